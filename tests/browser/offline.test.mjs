// Without a network: what a browser keeps after a first visit, and how a new version takes its place.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { digits, foolATwo, LabPage } from "./lib/lab.mjs";
import { host, SITE } from "./lib/server.mjs";

let browser, site, made, kept;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());
beforeEach(async () => {
  made = {};
  site = await host({ made });
  kept = await openPage(browser, { serviceWorkers: "allow" });
});
afterEach(async () => {
  await kept.context.close();
  await site.close();
});

/** Waits until a service worker is in charge of the page. */
const inCharge = (page) =>
  page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated", null, {
    timeout: 120_000,
  });

/** Asks the page until the answer, which it may have to wait for, is a true one. */
async function until(page, question, given) {
  for (const start = Date.now(); Date.now() - start < 120_000;) {
    if (await page.evaluate(question, given)) return;
    await page.waitForTimeout(200);
  }
  assert.fail(`${question} has not become true`);
}

/** Addresses of all that is kept, from the site's folder on. */
const keptFiles = (page) =>
  page.evaluate(async () => {
    const names = await caches.keys();
    const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return all.flat().map(({ url }) => url.slice(document.baseURI.replace(/\?.*/, "").length));
  });

const [MAIN] = /assets\/index-[^"]+\.js/.exec(readFileSync(join(SITE, "index.html"), "utf8"));

/** Puts another version of the site in the place of the one there is: its script has another name, and says so. */
function release(version) {
  const name = `assets/index-${version}.js`;
  const script = `globalThis.version = ${JSON.stringify(version)};\n${readFileSync(join(SITE, MAIN), "utf8")}`;
  const text = (file) => readFileSync(join(SITE, file), "utf8");
  const html = text("index.html").replace(/(<script type="module"[^>]*) integrity="[^"]*"/, "$1");
  const worker = text("offline.js").replace(new RegExp(`\\["${MAIN}","[^"]*"\\]`), `["${name}",""]`);
  made[`/${name}`] = Buffer.from(script);
  made["/index.html"] = made["/"] = Buffer.from(html.replaceAll(MAIN, name));
  made["/offline.js"] = Buffer.from(worker.replaceAll(MAIN, name));
}

it("after a first visit the page and all its panels work without the network", async () => {
  const { page, complaints } = kept;
  await LabPage.open(page, site.url);
  await inCharge(page);
  const files = await keptFiles(page);
  const engines = files.filter((name) => /blindspots_bg-.*wasm/.test(name));
  assert.equal(engines.length, 1, "of the engine's two builds only the one that runs here");
  assert.deepEqual(
    readdirSync(join(SITE, "models")).filter(
      (name) => !files.some((file) => file.startsWith(`models/${name}?v=`)),
    ),
    [],
    "all networks and digits",
  );
  await site.close();

  await page.goto(`${site.url}?backend=cpu`);
  const lab = new LabPage(page);
  await lab.isReady();
  await lab.draw(digits[2]);
  await lab.readings();
  await foolATwo(lab, "fc100-100-10");
  const panels = {
    transfer: "bs-transfer-matrix",
    units: "bs-units",
    slice: "bs-slice",
    bounds: "bs-bounds",
  };
  for (const [panel, element] of Object.entries(panels)) {
    await page.goto(`${site.url}?panel=${panel}&transfer=test,k7`);
    await lab.isReady();
    await page.locator("bs-experiments").scrollIntoViewIfNeeded();
    await page.locator(element).waitFor();
  }
  await page.goto(`${site.url}?panel=transfer&transfer=test,k7`);
  await lab.isReady();
  await page.locator("bs-experiments").scrollIntoViewIfNeeded();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByTestId("transfer-state").filter({ hasText: "Done" }).waitFor({ timeout: 120_000 });
  assertQuiet(complaints);
});

it("a new version takes the place of the old one as a whole, and an old tab finds its files", async () => {
  const { page, context, complaints } = kept;
  const version = (tab) => tab.evaluate(() => globalThis.version);
  const lab = await LabPage.open(page, site.url);
  await inCharge(page);
  const old = await context.newPage();
  await LabPage.open(old, site.url);

  release("second");
  await page.reload();
  assert.equal(await version(page), "second", "where there is a network the page is the newest");
  await lab.isReady();
  await until(page, async () => {
    const list = await caches.match("./offline.js?files");
    return (await list.text()).includes("index-second");
  });
  assert.ok((await keptFiles(page)).includes(MAIN), "what the other tab was made of is still there");

  release("third");
  await page.reload();
  await lab.isReady();
  await until(page, async () => {
    const list = await caches.match("./offline.js?files");
    return (await list.text()).includes("index-third");
  });
  assert.ok(!(await keptFiles(page)).includes(MAIN), "what nobody needs any more is not");
  await site.close();
  await page.reload();
  assert.equal(await version(page), "third", "and so it is without one");
  await lab.isReady();
  assertQuiet(complaints);
});

it("keeps nothing half: a file that is missing or another one ends it, and the next visit goes on", async () => {
  const { page } = kept;
  // The last of the list, so that all others are there before it fails.
  for (const fault of ["missing", "damaged"]) {
    site[fault].push(/t10k-labels/);
    const asked = site.asked.length;
    await LabPage.open(page, site.url);
    // Asked for by nobody but the service worker, which then gives up.
    while (!site.asked.slice(asked).some((path) => path.includes("t10k-labels")))
      await page.waitForTimeout(200);
    await until(page, async () => !(await navigator.serviceWorker.getRegistration()));
    site[fault].length = 0;
  }
  const asked = site.asked.length;
  await page.reload();
  await inCharge(page);
  const again = site.asked.slice(asked).filter((path) => path.includes("t10k-images"));
  assert.deepEqual(again, [], "what was kept before is not fetched again");
});

it("a page that does not come in time is the kept one, one that is refused is not", async () => {
  const { page } = kept;
  const lab = await LabPage.open(page, site.url);
  await inCharge(page);
  site.held.push(/^$/);
  await page.reload();
  await lab.isReady();
  site.release();
  site.missing.push(/^$/);
  const answer = await page.goto(site.url);
  assert.equal(answer.status(), 404, "a site that was taken away is away");
});

it("a frame keeps nothing on the visitor's machine", async () => {
  const { page } = kept;
  const course = `<!doctype html><title>A course</title><link rel="icon" href="data:," /><iframe src="/"></iframe>`;
  made["/course.html"] = Buffer.from(course);
  await page.goto(`${site.url}course.html`);
  const lab = new LabPage(page.frameLocator("iframe"), page);
  await lab.isReady();
  const read = page.frameLocator("iframe").locator('[data-testid="reading"][data-read="here"]');
  await read.nth(11).waitFor({ timeout: 120_000 });
  await page.waitForTimeout(1000);
  assert.deepEqual(
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length),
    0,
  );
  assert.deepEqual(await page.evaluate(() => caches.keys()), []);
});
