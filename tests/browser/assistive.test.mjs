// What a screen reader is told, and what the keyboard reaches: the pen, results, the list of keys, sizes of targets.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { digits, LabPage } from "./lib/lab.mjs";
import { filled, openFilled } from "./lib/panels.mjs";
import { host } from "./lib/server.mjs";

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
});
after(() => Promise.all([browser.close(), site.close()]));

it("the pen says whether it is down, and where, while digits are drawn by keys", async () => {
  const { page, complaints } = await openPage(browser);
  const lab = await LabPage.open(page, site.url);
  const pen = page.getByTestId("pen");
  assert.equal(await pen.getAttribute("role"), "status");
  assert.equal(await pen.textContent(), "", "a live region that is there before it is filled");
  const after = async (key) => {
    await page.keyboard.press(key);
    return pen.textContent();
  };
  await lab.pad.focus();
  // The pen begins at a half across and three tenths down.
  assert.equal(await after("ArrowRight"), "Column 15, row 9 of 28.");
  assert.equal(await after("Space"), "Pen down. Column 15, row 9 of 28.");
  assert.equal(await after("ArrowDown"), "Drawing. Column 15, row 10 of 28.");
  assert.equal(await after("Shift+ArrowDown"), "Drawing. Column 15, row 12 of 28.");
  assert.equal(await after("Escape"), "Pen up. Column 15, row 12 of 28.");
  assert.equal(await after("ArrowLeft"), "Column 15, row 12 of 28.");
  assert.ok(await lab.hasDrawing());
  assertQuiet(complaints);
});

it("what takes a stroke away lifts the pen, and says so", async () => {
  const { page, complaints } = await openPage(browser);
  const lab = await LabPage.open(page, site.url);
  const pen = page.getByTestId("pen");
  const strokes = () => page.evaluate(() => document.querySelector("bs-app").lab.strokes.length);
  const up = (words = /^Pen up\./) => pen.filter({ hasText: words }).waitFor({ timeout: 5000 });
  const ways = {
    "the key that clears": () => page.keyboard.press("Delete"),
    "the key that takes back": () => page.keyboard.press("Control+z"),
    "the button that clears": () => page.getByRole("button", { name: "Clear" }).last().click(),
    "a sample": () => page.locator('[data-sample="11"]').click(),
    "a stroke by mouse": () => lab.draw(digits[7]),
  };
  for (const [way, take] of Object.entries(ways)) {
    await lab.pad.focus();
    await page.keyboard.press("Space");
    await up(/^Pen down/);
    await page.keyboard.press("ArrowRight");
    await take();
    await up();
    const before = await strokes();
    await lab.pad.focus();
    await page.keyboard.press("ArrowRight");
    assert.match(await pen.textContent(), /^Column/, way);
    assert.equal(await page.locator("bs-pad .cursor.down").count(), 0, way);
    assert.equal(await strokes(), before, way);
    // And the next one begins at once.
    await page.keyboard.press("Space");
    assert.match(await pen.textContent(), /^Pen down/, way);
    assert.equal(await strokes(), before + 1, way);
    await page.keyboard.press("Escape");
  }
  // Where the digit is to stay there is nothing to draw, and nothing is said to be drawn.
  await page.evaluate(() => {
    document.querySelector("bs-app").lab.locks = () => true;
  });
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  assert.match(await pen.textContent(), /^Column/);
  assertQuiet(complaints);
});

/** In the page: remembers every live region that is put in with words in it. */
function watchRegions() {
  globalThis.late = [];
  const watch = (root) => {
    new MutationObserver((records) => {
      for (const { addedNodes } of records) for (const node of addedNodes) look(node);
    }).observe(root, { childList: true, subtree: true });
  };
  const look = (node) => {
    if (!(node instanceof Element)) return;
    for (const one of [node, ...node.querySelectorAll("*")]) {
      if (/^(status|alert)$/.test(one.getAttribute("role") ?? "") && one.textContent.trim()) {
        globalThis.late.push(`${one.localName}: ${one.textContent.trim().slice(0, 120)}`);
      }
    }
  };
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    watch(root);
    return root;
  };
  watch(document);
}

/** Words that stand there from the beginning and are no result. */
const FIRST = /Starting|of \d+$|Pick a row|found when this page was built/;

for (const panel of filled) {
  it(`results go into regions that are there already; sliders are easy to hit: ${panel}`, async () => {
    const { page, complaints } = await openPage(browser);
    await page.addInitScript(watchRegions);
    await openFilled(page, site.url, panel);
    const late = (await page.evaluate(() => globalThis.late)).filter((words) => !FIRST.test(words));
    assert.deepEqual(late, []);
    for (const slider of await page.locator("input[type=range]").all()) {
      const { height } = await slider.boundingBox();
      assert.ok(height >= 44, `${await slider.getAttribute("aria-label")}: ${height} pixels high`);
    }
    await page.evaluate(() => {
      const region = Object.assign(document.createElement("p"), { role: "status", textContent: "late" });
      document.body.append(region);
    });
    assert.deepEqual(await page.evaluate(() => globalThis.late.at(-1)), "p: late");
    assertQuiet(complaints);
  });
}

it("“?” and a button open the list of keys; Escape and a button close it", async () => {
  const { page, complaints } = await openPage(browser);
  await LabPage.open(page, site.url);
  const dialog = page.getByRole("dialog", { name: "What the keyboard can do" });
  await page.keyboard.press("?");
  await dialog.waitFor();
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  const button = page.getByRole("button", { name: "Keyboard" });
  await button.focus();
  await page.keyboard.press("Enter");
  await dialog.waitFor();
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "hidden" });
  assert.ok(await button.evaluate((one) => one.getRootNode().activeElement === one), "the focus comes back");
  // Where text can be written the key is a letter.
  await page.evaluate(() => {
    document.body.append(document.createElement("textarea"));
    document.querySelector("textarea").focus();
  });
  await page.keyboard.press("?");
  assert.equal(await page.evaluate(() => document.querySelector("textarea").value), "?");
  assert.equal(await dialog.count(), 0);
  assertQuiet(complaints);
});

it("what the keyboard reaches beneath a notice comes out from under it, and goes on where it was dismissed", async () => {
  const viewport = { width: 390, height: 844 };
  const { page, complaints } = await openPage(browser, { viewport });
  await page.goto(`${site.url}?model=nobody`);
  const notice = page.getByTestId("notice");
  await notice.waitFor();
  await page.locator("bs-readings").last().waitFor();
  /** By how many pixels the notice hides what has the focus. */
  const hidden = () =>
    notice.evaluate((notice) => {
      let reached = document.activeElement;
      while (reached?.shadowRoot?.activeElement) reached = reached.shadowRoot.activeElement;
      const [over, under] = [notice, reached].map((element) => element.getBoundingClientRect());
      return notice.contains(reached) ? 0 : Math.min(over.bottom - under.top, under.bottom - over.top);
    });
  // Backwards from the end, what is reached comes in from above.
  await page.evaluate(() => scrollTo({ top: document.body.scrollHeight, behavior: "instant" }));
  await page.keyboard.press("Shift+Tab");
  let scrolled = 0;
  for (let step = 0; step < 60; step += 1) {
    const before = await page.evaluate(() => scrollY);
    await page.keyboard.press("Shift+Tab");
    const after = await page.evaluate(() => scrollY);
    if (after === 0) break;
    scrolled += after < before ? 1 : 0;
    assert.ok((await hidden()) <= 0, `step ${step} at ${after}`);
  }
  assert.ok(scrolled > 5, `the page has moved up ${scrolled} times`);
  await notice.getByRole("button").focus();
  await page.keyboard.press("Enter");
  await notice.waitFor({ state: "detached" });
  await page.keyboard.press("Tab");
  const within = await page.evaluate(() => {
    const main = document.querySelector("bs-app").shadowRoot.querySelector("main");
    return main.contains(document.querySelector("bs-app").shadowRoot.activeElement);
  });
  assert.ok(within, "the next stop is in the page's own part, not in its head");
  assertQuiet(complaints);
});
