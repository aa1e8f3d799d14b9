// The graphics device is lost while networks run on it: the library goes on with a fresh one, or
// without, and the page says so.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

/** As far as two backends differ. */
const NEAR = 1e-3;

/** More crashes than Chromium bears: some time it gives a page no device any more. */
const CRASHES = 8;

let site;
const browsers = [];
before(async () => {
  site = await host();
});
after(() => Promise.all([...browsers.map((browser) => browser.close()), site.close()]));

/** A browser of its own: one that has lost its graphics process too often stays without. */
async function open() {
  const browser = await launch({ webgpu: true });
  browsers.push(browser);
  return { browser, ...(await openPage(browser)) };
}

/** Ends the browser's graphics process, as a driver that fails does; gives what a device says of it. */
async function loseDevice(browser, page) {
  await page.evaluate(async () => {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter?.requestDevice();
    globalThis.lost = device ? device.lost.then(({ reason }) => reason) : Promise.resolve("there was none");
  });
  const session = await browser.newBrowserCDPSession();
  // The answer may be lost with the process.
  await session.send("Browser.crashGpuProcess").catch(() => undefined);
  await session.detach();
  return page.evaluate(() => globalThis.lost);
}

it("the library answers as before, on a fresh device and in the end without one", async () => {
  const { browser, page } = await open();
  await page.goto(`${site.pages}blank.html`);
  const ask = (pixel = 37) =>
    page.evaluate(async (pixel) => {
      const image = new Float32Array(784).map((_, i) => ((i * pixel) % 100) / 100);
      const { logits } = await lab.classify(model.id, image);
      const gradient = await lab.gradient(model.id, image, 3);
      const { backend } = await lab.attack({ model: model.id, image, method: "fgsm", epsilon: 0.1 });
      return { numbers: [...logits, ...gradient], backend };
    }, pixel);
  await page.evaluate(async (url) => {
    const { BlindSpots } = await import(`${url}blindspots.js`);
    globalThis.lab = await BlindSpots.open({ backend: "webgpu" });
    globalThis.model = await lab.load("fc100-100-10");
  }, site.url);
  const found = await ask();
  assert.equal(found.backend, "webgpu");
  const near = ({ numbers }) => numbers.every((v, i) => Math.abs(v - found.numbers[i]) < NEAR);
  assert.ok(!near(await ask(41)), "another image is told apart");
  const backends = [];
  while (backends.at(-1) !== "cpu" && backends.length < CRASHES) {
    assert.equal(await loseDevice(browser, page), "unknown", "the device was lost");
    const again = await ask();
    assert.ok(near(again), `after ${backends.length + 1} crashes`);
    backends.push(again.backend);
  }
  assert.deepEqual([backends[0], backends.at(-1)], ["webgpu", "cpu"], "a fresh one, and then none");
});

it("the page goes on, and says so where it is without one", async () => {
  const { browser, page } = await open();
  const lab = await LabPage.open(page, `${site.url}?backend=webgpu&hide=experiments`);
  await lab.readings();
  const notice = page.getByTestId("notice");
  const fool = async () => {
    await lab.fool.click();
    await lab.isFooled();
  };
  await fool();
  assert.equal(await notice.count(), 0);
  let crashes = 0;
  while ((await notice.count()) === 0 && crashes < CRASHES) {
    await loseDevice(browser, page);
    crashes += 1;
    await fool();
    // It comes with the answer, or not at all.
    await notice.waitFor({ timeout: 2000 }).catch(() => undefined);
  }
  assert.match(
    await notice.textContent(),
    /The graphics device was lost\. The networks now run on the CPU\./,
  );
  assert.ok(crashes > 1, "of a fresh device there is nothing to say");
  // It asks for none by name any more.
  await page.waitForURL((url) => url.searchParams.get("backend") === null);
  await page.getByRole("button", { name: "Dismiss" }).click();
  await fool();
  assert.equal(await notice.count(), 0);
});
