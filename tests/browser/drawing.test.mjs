// While a digit is drawn: what a movement of the pen renders and draws, and the room that long work leaves.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { digits, LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

let browser, site;
before(async () => ([browser, site] = await Promise.all([launch({ webgpu: false }), host()])));
after(() => Promise.all([browser.close(), site.close()]));

/** In the page: counts how often elements are rendered, and the pad's canvas is cleared. */
const watch = (names) => {
  const counts = (globalThis.counts = { moves: 0, pen: 0, pad: 0 });
  for (const name of names) {
    counts[name] = 0;
    const { prototype } = customElements.get(name);
    const { performUpdate } = prototype;
    prototype.performUpdate = function () {
      counts[name] += 1;
      return performUpdate.call(this);
    };
  }
  const { prototype } = CanvasRenderingContext2D;
  const { clearRect } = prototype;
  prototype.clearRect = function (...box) {
    if (this.canvas.closest(".pad > canvas")) counts.pad += 1;
    return clearRect.apply(this, box);
  };
  const { lab } = document.querySelector("bs-app");
  let last = lab.pen.moved;
  Object.defineProperty(lab.pen, "moved", {
    get: () => last,
    set(now) {
      last = now;
      counts.pen += 1;
    },
  });
  const grow = lab.growStroke.bind(lab);
  lab.growStroke = () => {
    counts.moves += 1;
    grow();
  };
};

/** In the page: the pen moves until it is told to stop, a busy machine or not. */
const move = () => {
  const { pen } = document.querySelector("bs-app").lab;
  const go = () => (pen.moved = performance.now());
  go();
  globalThis.moves = setInterval(go, 1000 / 60);
};

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("while a digit is drawn", () => {
  it("each movement is drawn once, read, and renders nothing that it does not concern", async () => {
    const { page, context, complaints } = await openPage(browser);
    const lab = await LabPage.open(page, `${site.url}?panel=transfer&transfer=test`);
    await page.locator("bs-experiments").scrollIntoViewIfNeeded();
    await page.getByTestId("transfer-table").waitFor();
    await lab.draw(digits[2]);
    await lab.readings();
    // Networks that still arrive are news, too.
    await page.waitForFunction(() => {
      const { slots } = document.querySelector("bs-app").lab;
      return slots.every(({ model }) => model && !model.early);
    });
    await page.evaluate(watch, ["bs-transfer-table", "bs-readings"]);
    await lab.draw(digits[7]);
    await lab.readings();
    const { moves, pen, pad, ...rendered } = await page.evaluate(() => globalThis.counts);
    assert.ok(moves > 8, `${moves} movements`);
    assert.equal(pen, moves, "others hear that somebody draws");
    // Strokes begin, too; what is read meanwhile leaves the ink as it is.
    assert.ok(pad > 8 && pad <= moves + digits[7].length, `drawn ${pad} times in ${moves} movements`);
    // Once for the movement, once for what is read then.
    const most = 2 * (moves + digits[7].length) + 2;
    assert.ok(rendered["bs-readings"] > 8 && rendered["bs-readings"] <= most, JSON.stringify(rendered));
    assert.equal(rendered["bs-transfer-table"], 0);
    // What concerns it does render it.
    await page.getByLabel("How many").selectOption({ index: 1 });
    await page.waitForFunction(() => globalThis.counts["bs-transfer-table"] > 0);
    // The ink is there again after what changes the pad's size.
    await page.setViewportSize({ width: 800, height: 900 });
    const inked = ({ clientWidth, width }) => [clientWidth, width];
    await page.waitForFunction((before) => globalThis.counts.pad > before, pad);
    const [shown, drawn] = await lab.pad.locator("canvas").evaluate(inked);
    assert.equal(drawn, shown);
    assertQuiet(complaints);
    await context.close();
  });

  it("bars whose height changes by less than an eye sees are left alone", async () => {
    const { page, context, complaints } = await openPage(browser);
    await LabPage.open(page, site.url);
    const changes = await page.evaluate(async () => {
      const bars = document.createElement("bs-bars");
      bars.first = [0.9, 0.1, 0];
      document.body.append(bars);
      await bars.updateComplete;
      const seen = [];
      for (const next of [
        [0.9002, 0.0997, 0.0001],
        [0.8, 0.2, 0],
      ]) {
        let changes = 0;
        const watch = new MutationObserver((records) => (changes += records.length));
        watch.observe(bars.shadowRoot, { subtree: true, childList: true, attributes: true });
        bars.first = next;
        await bars.updateComplete;
        seen.push(changes + watch.takeRecords().length);
        watch.disconnect();
      }
      const whole = bars.shadowRoot.querySelector(".plot").clientHeight;
      const heights = [...bars.shadowRoot.querySelectorAll(".bar")].map(
        (bar) => bar.getBoundingClientRect().height / whole,
      );
      return { seen, heights };
    });
    assert.deepEqual(changes.seen, [0, 2]);
    for (const [place, share] of [0.8, 0.2, 0].entries())
      assert.ok(Math.abs(changes.heights[place] - share) < 0.003, JSON.stringify(changes.heights));
    assertQuiet(complaints);
    await context.close();
  });

  it("one of several workers rests, and works again afterwards", async () => {
    const { page, context, complaints } = await openPage(browser);
    await page.addInitScript(() => {
      Object.defineProperty(navigator, "hardwareConcurrency", { value: 3 });
      const asked = (globalThis.asked = new Set());
      const { postMessage } = Worker.prototype;
      Worker.prototype.postMessage = function (message, ...more) {
        if (message?.request?.kind === "examples") asked.add(this);
        return postMessage.call(this, message, ...more);
      };
    });
    await LabPage.open(page, `${site.url}?panel=transfer&transfer=gallery,paper`);
    const busy = async () => {
      await page.evaluate(() => globalThis.asked.clear());
      await wait(1500);
      return page.evaluate(() => globalThis.asked.size);
    };
    await page.locator("bs-experiments").scrollIntoViewIfNeeded();
    const start = page.getByRole("button", { name: "Start", exact: true });
    await page.evaluate(move);
    await start.click();
    await page.waitForFunction(() => globalThis.asked.size > 0);
    assert.equal(await busy(), 2);
    await page.evaluate(() => clearInterval(globalThis.moves));
    await page.waitForFunction(() => globalThis.asked.size === 3);
    assertQuiet(complaints);
    await context.close();
  });
});
