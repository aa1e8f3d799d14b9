// A newcomer's first minute: draw a digit, see it read, fool a network.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { assertFooled, digits, LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

const MODEL = "fc100-100-10";

for (const webgpu of [true, false]) {
  describe(`the first page load ${webgpu ? "with WebGPU" : "with WebGPU switched off"}`, () => {
    let browser, site;
    before(async () => {
      [browser, site] = await Promise.all([launch({ webgpu }), host()]);
    });
    after(() => Promise.all([browser.close(), site.close()]));

    it("draws, reads and fools a digit by mouse", async () => {
      const { page, complaints } = await openPage(browser);
      const lab = await LabPage.open(page, site.url);
      const backend = page.getByTestId("backend");
      if (webgpu) await lab.use("webgpu");
      else {
        assert.equal(await backend.getAttribute("data-kind"), "cpu");
        assert.ok(await page.getByRole("radio", { name: "WebGPU" }).isDisabled());
        assert.match(await backend.textContent(), /WebGPU/, "the page says why it is the CPU");
      }

      await lab.draw(digits[2]);
      const readings = await lab.readings();
      const right = Object.values(readings).filter((label) => label === 2).length;
      assert.ok(right >= 8, `most networks read a 2: ${JSON.stringify(readings)}`);
      assert.equal(readings[MODEL], 2);

      await lab.choose(MODEL);
      await lab.fool.click();
      await lab.isFooled();
      const { adversarial } = await assertFooled(lab, { model: MODEL, digit: 2 });
      const fooled = Object.values(adversarial).filter((cell) => cell.fooled).length;
      assert.match(
        await page.getByTestId("transfer-summary").textContent(),
        new RegExp(`${fooled - 1} of the other`),
      );
      assertQuiet(complaints);
    });
  });
}

describe("drawing", () => {
  let browser, site;
  before(async () => {
    [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
  });
  after(() => Promise.all([browser.close(), site.close()]));

  it("updates all readings while the pen is down", async () => {
    const { page, complaints } = await openPage(browser);
    const lab = await LabPage.open(page, site.url);
    await lab.pad.scrollIntoViewIfNeeded();
    const box = await lab.pad.boundingBox();
    const at = (x, y) => [box.x + x * box.width, box.y + y * box.height];
    await page.mouse.move(...at(0.5, 0.15));
    await page.mouse.down();
    await page.mouse.move(...at(0.5, 0.85), { steps: 5 });
    const one = await lab.readings();
    assert.ok(Object.values(one).filter((label) => label === 1).length >= 8, JSON.stringify(one));
    await page.mouse.up();
    assertQuiet(complaints);
  });

  it("takes a finger, and does not scroll the page under it", async () => {
    const { page, complaints } = await openPage(browser, {
      hasTouch: true,
      isMobile: true,
      viewport: { width: 390, height: 844 },
    });
    const lab = await LabPage.open(page, site.url);
    await lab.pad.scrollIntoViewIfNeeded();
    const box = await lab.pad.boundingBox();
    const before = await page.evaluate(() => scrollY);
    const session = await page.context().newCDPSession(page);
    const touch = (type, points) => session.send("Input.dispatchTouchEvent", { type, touchPoints: points });
    const [stroke] = digits[7];
    const at = ([x, y]) => [{ x: box.x + x * box.width, y: box.y + y * box.height }];
    await touch("touchStart", at(stroke[0]));
    for (let i = 1; i < stroke.length; i += 1) {
      const [from, to] = [stroke[i - 1], stroke[i]];
      for (const share of [0.25, 0.5, 0.75, 1]) {
        await touch("touchMove", at([0, 1].map((axis) => from[axis] + share * (to[axis] - from[axis]))));
      }
    }
    await touch("touchEnd", []);
    const readings = await lab.readings();
    assert.ok(Object.values(readings).filter((label) => label === 7).length >= 8, JSON.stringify(readings));
    assert.equal(await page.evaluate(() => scrollY), before);
    assertQuiet(complaints);
  });

  it("works by keyboard alone, up to a fooled network", async () => {
    const { page, complaints } = await openPage(browser);
    const lab = await LabPage.open(page, site.url);
    const focused = (test) =>
      page.evaluate((source) => {
        let element = document.activeElement;
        while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
        return new Function("element", `return ${source}`)(element);
      }, test);
    const tabTo = async (test) => {
      for (let i = 0; i < 60; i += 1) {
        await page.keyboard.press("Tab");
        if (await focused(test)) return;
      }
      assert.fail(`60 presses of Tab do not lead to ${test}`);
    };
    await tabTo('element?.dataset.testid === "pad"');
    // The pen begins in the middle, near the top: a one.
    await page.keyboard.press("Space");
    for (let i = 0; i < 16; i += 1) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    const readings = await lab.readings();
    assert.ok(Object.values(readings).filter((label) => label === 1).length >= 8, JSON.stringify(readings));

    await tabTo('element?.id === "fool"');
    await page.keyboard.press("Enter");
    await lab.isFooled();
    assert.ok(await focused('element?.id === "fool"'), "the focus stays at the button");
    assertQuiet(complaints);
  });
});
