// The site on any static host: in a folder of it, and in a course page's sandboxed frame.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { foolATwo, LabPage } from "./lib/lab.mjs";
import { host, page as asPage, SITE } from "./lib/server.mjs";

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

it("is written rightly where a host says that its files are of Latin letters", async () => {
  const site = await host();
  const latin = (type) => (_, response, body) => {
    response.writeHead(200, {
      "Content-Type": `${type}; charset=iso-8859-1`,
      "Access-Control-Allow-Origin": "*",
    });
    response.end(body);
  };
  site.otherwise.push([/^(index\.html)?$/, latin("text/html")]);
  site.otherwise.push([/^(start|trouble)\.js$/, latin("text/javascript")]);
  site.missing.push(/\/app-[\w-]+\.js$/);
  const { page, context } = await openPage(browser);
  await page.goto(`${site.url}?lang=fr`);
  await page.getByText("La page n’a pas pu démarrer").waitFor();
  // As a browser would show what it takes for Latin letters.
  assert.doesNotMatch(await page.content(), /Ã|â€/);
  await context.close();
  await site.close();
});

/** What is seen of the hints for a page whose scripts do not come. */
const hints = (page) => page.locator(".unstarted:visible p");

it("an address without its last slash is said to lack it, in all languages", async () => {
  const index = readFileSync(join(SITE, "index.html"));
  const site = await host({ folder: "/courses/lab/", made: { "/courses/lab": index } });
  site.otherwise.push([/^$/, asPage(index.toString())]);
  const { page, context } = await openPage(browser);
  await page.goto(site.url.slice(0, -1));
  await page.locator("#before-start", { hasText: "The page is loading …" }).waitFor();
  await hints(page).first().waitFor();
  const said = await hints(page).evaluateAll((all) =>
    all.map(({ lang, textContent }) => [lang, textContent]),
  );
  assert.deepEqual(
    said.map(([lang]) => lang),
    ["", "de", "es", "fr", "zh-Hans"],
  );
  for (const [lang, words] of said) assert.match(words, /[（(]\/[）)]/, lang);
  await context.close();
  await site.close();
});

it("so it is where the page has its style and no script; not before, nor where one has come", async () => {
  const site = await host();
  site.held.push(/\/app-[\w-]+\.js$/);
  const open = async () => {
    const { page, context } = await openPage(browser);
    await page.goto(`${site.url}?lang=en`, { waitUntil: "commit" });
    await page.locator("#before-start").waitFor();
    return { page, context };
  };
  const fine = await open();
  assert.equal(await hints(fine.page).count(), 0);
  await fine.page.waitForTimeout(6000);
  assert.equal(await hints(fine.page).count(), 0);
  await fine.page.getByText("The page is loading …").waitFor();
  await fine.context.close();
  site.missing.push(/^start\.js$/);
  const bad = await open();
  assert.equal(await hints(bad.page).count(), 0);
  await hints(bad.page).first().waitFor({ timeout: 10_000 });
  // The page itself takes its place.
  site.release();
  await new LabPage(bad.page).isReady();
  assert.equal(await hints(bad.page).count(), 0);
  await bad.context.close();
  await site.close();
});
