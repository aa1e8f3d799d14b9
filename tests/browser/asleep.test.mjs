// A tab whose processes stand still in the middle of a search, as when a laptop is closed, goes on where it was.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { assertFooled, digits, LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

/** Milliseconds that the tab's processes stand still. */
const SLEEP = 3000;

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
});
after(() => Promise.all([browser.close(), site.close()]));

// Windows cannot stop a process.
const skip = process.platform === "win32";

it("a search outlives the sleep of its tab, and the next one works, too", { skip }, async () => {
  const { page, complaints } = await openPage(browser);
  const lab = await LabPage.open(page, site.url);
  await lab.draw(digits[2]);
  await lab.readings();
  // The slowest of the networks, so that it falls asleep in the middle.
  await lab.choose("cnn-robust");
  await page.evaluate(() => {
    globalThis.longest = 0;
    let last = performance.now();
    setInterval(() => {
      globalThis.longest = Math.max(globalThis.longest, performance.now() - last);
      last = performance.now();
    }, 50);
  });
  await lab.fool.click();
  await lab.cancel.waitFor();
  const protocol = await browser.newBrowserCDPSession();
  const { processInfo } = await protocol.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  for (const { id } of renderers) process.kill(id, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, SLEEP));
  for (const { id } of renderers) process.kill(id, "SIGCONT");
  await lab.isFooled();
  await assertFooled(lab, { model: "cnn-robust", digit: 2 });
  const longest = await page.evaluate(() => globalThis.longest);
  assert.ok(longest > 0.9 * SLEEP, `it was asleep: ${longest.toFixed(0)} ms without a turn`);

  await lab.choose("fc100-100-10");
  await lab.fool.click();
  await lab.isFooled();
  await assertFooled(lab, { model: "fc100-100-10", digit: 2 });
  assertQuiet(complaints);
});
