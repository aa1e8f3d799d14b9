// A search can be given up at any time, and nothing is lost by it.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { assertFooled, digits, LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
});
after(() => Promise.all([browser.close(), site.close()]));

/** A page with a digit and the slowest of the networks, so that there is time to change one's mind. */
async function drawn() {
  const { page, complaints } = await openPage(browser);
  const lab = await LabPage.open(page, site.url);
  await lab.draw(digits[2]);
  await lab.readings();
  await lab.choose("cnn-robust");
  return { lab, page, complaints };
}

it("a search is cancelled, the drawing stays, the next search works", async () => {
  const { lab, page, complaints } = await drawn();
  await lab.fool.click();
  await lab.cancel.click();
  await lab.fool.waitFor();
  assert.notEqual(await lab.result.getAttribute("data-phase"), "running");
  assert.equal(await page.getByTestId("fooled").count(), 0, "nothing is shown as found");
  assert.ok(await lab.hasDrawing());

  await lab.choose("fc100-100-10");
  await lab.fool.click();
  await lab.isFooled();
  await assertFooled(lab, { model: "fc100-100-10", digit: 2 });
  assertQuiet(complaints);
});

it("a double click begins one search, and does not give it up", async () => {
  const { lab, page, complaints } = await drawn();
  await page.evaluate(() => {
    globalThis.clicked = [];
    document.addEventListener("click", ({ detail }) => clicked.push(detail), true);
  });
  await lab.fool.dblclick();
  assert.deepEqual(await page.evaluate(() => globalThis.clicked), [1, 2]);
  await lab.isFooled();
  await assertFooled(lab, { model: "cnn-robust", digit: 2 });
  assertQuiet(complaints);
});

it("drawing goes on while a search runs", async () => {
  const { lab, page, complaints } = await drawn();
  await lab.fool.click();
  await lab.cancel.waitFor();
  // The page answers within a fraction of a second although the worker is busy.
  const lag = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const start = performance.now();
        let longest = 0;
        let last = start;
        const tick = (now) => {
          longest = Math.max(longest, now - last);
          last = now;
          if (now - start < 500) requestAnimationFrame(tick);
          else resolve(longest);
        };
        requestAnimationFrame(tick);
      }),
  );
  assert.ok(lag < 250, `the page stood still for ${lag.toFixed(0)} ms`);
  assertQuiet(complaints);
});
