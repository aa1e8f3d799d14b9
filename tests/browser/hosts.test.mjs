// The site on any static host: in a folder of it, and in a course page's sandboxed frame.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { assertFooled, digits, LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

let browser;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());

async function fool(lab) {
  await lab.draw(digits[2]);
  await lab.readings();
  await lab.choose("fc100-100-10");
  await lab.fool.click();
  await lab.isFooled();
  await assertFooled(lab, { model: "fc100-100-10", digit: 2 });
}

it("runs from a folder of a host and asks for nothing outside it", async () => {
  const site = await host({ folder: "/courses/vision/lab-3/" });
  const { page, complaints } = await openPage(browser);
  const elsewhere = [];
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(site.url) && !/^(blob|data):/.test(url)) elsewhere.push(url);
  });
  await fool(await LabPage.open(page, site.url));
  assert.deepEqual(elsewhere, []);
  assert.ok(site.asked.length > 15);
  assertQuiet(complaints);
  await site.close();
});

it("runs in a sandboxed frame, where there is no origin and no storage", async () => {
  const site = await host();
  const { page, complaints } = await openPage(browser, { viewport: { width: 1100, height: 1500 } });
  await page.goto(`${site.pages}frame.html?site=${encodeURIComponent(site.url)}`);
  const lab = new LabPage(page.frameLocator("iframe"), page);
  await lab.isReady();
  await fool(lab);
  assertQuiet(complaints);
  await site.close();
});
