// The site on any static host: in a folder of it, and in a course page's sandboxed frame.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { foolATwo, LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

let browser;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());

it("runs from a folder of a host and asks for nothing outside it", async () => {
  const site = await host({ folder: "/courses/vision/lab-3/" });
  const { page, complaints } = await openPage(browser);
  const elsewhere = [];
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(site.url) && !/^(blob|data):/.test(url)) elsewhere.push(url);
  });
  await foolATwo(await LabPage.open(page, site.url));
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
  await foolATwo(lab);
  assertQuiet(complaints);
  await site.close();
});

it("runs where a host leads its worker to another address and loses what this one says", async () => {
  const site = await host();
  site.otherwise.push([
    /worker-[\w-]+\.js$/,
    (request, response, body) => {
      const { pathname, search } = new URL(request.url, site.url);
      response.writeHead(
        ...(search ? [302, { Location: pathname }] : [200, { "Content-Type": "text/javascript" }]),
      );
      response.end(search ? "" : body);
    },
  ]);
  const { page, complaints } = await openPage(browser);
  await foolATwo(await LabPage.open(page, site.url));
  assert.equal(await page.getByTestId("notice").count(), 0);
  assert.ok(page.workers().some((worker) => /worker-[\w-]+\.js$/.test(worker.url())));
  assertQuiet(complaints);
  await site.close();
});
