// Networks read before the importer, by far the largest file, is there; what it makes of their files counts.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { brotliCompressSync, gunzipSync } from "node:zlib";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { bundled, LabPage } from "./lib/lab.mjs";
import { host, repository, SITE } from "./lib/server.mjs";

let browser, site, page, complaints;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());
beforeEach(async () => {
  site = await host();
  ({ page, complaints } = await openPage(browser));
});
afterEach(() => site.close());

const IMPORTER = /importer_bg/;

/** Has every file that the importer is asked for inverted: another network comes of it. */
const inverted = () => {
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, transfer) {
    if ("options" in message) message.options.invert = true;
    post.call(this, message, transfer);
  };
};

it("all networks read before the importer has arrived", async () => {
  site.held.push(IMPORTER);
  const lab = await LabPage.open(page, site.url);
  const readings = await lab.readings();
  assert.equal(Object.keys(readings).length, 12);
  await lab.row("cnn").locator("summary").click();
  await lab.row("cnn").getByText("read when the site was built").waitFor();
  site.release();
  await lab.row("cnn").getByText("read in this browser").waitFor();
  assert.deepEqual(await lab.readings(), readings);
  assertQuiet(complaints);
});

it("what the importer makes of a file in the browser is what was made of it when the site was built", async () => {
  await page.goto(`${site.pages}blank.html`);
  const found = await page.evaluate(async (url) => {
    const { BlindSpots } = await import(`${url}blindspots.js`);
    const lab = await BlindSpots.open({ backend: "cpu" });
    const found = [];
    for (const { name } of await BlindSpots.bundled()) {
      const model = await lab.load(name, { early: true });
      const { early } = model;
      found.push({ name, early, same: await lab.confirm(model.id), after: model.early });
    }
    const plain = await lab.load("cnn");
    const chosen = await lab.load("cnn", { early: true, normalize: "0-255" });
    lab.close();
    return { found, plain: plain.early, chosen: [chosen.early, chosen.normalize] };
  }, site.url);
  assert.equal(found.found.length, 12);
  for (const { name, early, same, after } of found.found)
    assert.deepEqual([early, same, after], [true, true, false], name);
  assert.equal(found.plain, false);
  assert.deepEqual(
    found.chosen,
    [false, "0-255"],
    "options that a file was not read with are not passed over",
  );
  assertQuiet(complaints);
});

it("only a network that is there is confirmed, and only where somebody waits for it", async () => {
  await page.goto(`${site.pages}blank.html`);
  const found = await page.evaluate(async (url) => {
    const { BlindSpots } = await import(`${url}blindspots.js`);
    const lab = await BlindSpots.open({ backend: "cpu" });
    const code = (attempt) =>
      attempt.then(
        (value) => value,
        ({ code }) => code,
      );
    const [early, plain, gone] = [
      await lab.load("fc10-1", { early: true }),
      await lab.load("fc10-1"),
      await lab.load("fc10-1", { early: true }),
    ];
    await lab.unload(gone.id);
    const found = {
      others: await Promise.all([999, gone.id].map((id) => code(lab.confirm(id)))),
      things: await Promise.all([NaN, null, "1", 1.5, undefined].map((id) => code(lab.confirm(id)))),
      given: await Promise.all(
        [early, plain].map(({ id }) => code(lab.confirm(id, { signal: AbortSignal.abort() }))),
      ),
      there: [await lab.confirm(early.id), await lab.confirm(early.id), await lab.confirm(plain.id)],
    };
    lab.close();
    return { ...found, closed: await Promise.all([early.id, 999].map((id) => code(lab.confirm(id)))) };
  }, site.url);
  assert.deepEqual(found, {
    others: ["no-such-model", "no-such-model"],
    things: Array(5).fill("bad-request"),
    given: ["aborted", "aborted"],
    there: [true, true, true],
    closed: ["closed", "closed"],
  });
  assertQuiet(complaints);
});

it("a file that says something else here is noticed, and counts", async () => {
  await page.goto(`${site.pages}blank.html`);
  await page.evaluate(inverted);
  const same = await page.evaluate(async (url) => {
    const { BlindSpots } = await import(`${url}blindspots.js`);
    const lab = await BlindSpots.open({ backend: "cpu" });
    const { id } = await lab.load("fc10-1", { early: true });
    const same = await lab.confirm(id);
    lab.close();
    return same;
  }, site.url);
  assert.equal(same, false);

  await page.addInitScript(inverted);
  site.held.push(IMPORTER);
  const lab = await LabPage.open(page, site.url);
  const built = await lab.readings();
  site.release();
  await lab.row("fc100-100-10").locator("summary").click();
  await lab.row("fc100-100-10").getByText("read in this browser").waitFor();
  assert.notDeepEqual(await lab.readings(), built, "inverted networks read something else");
});

it("a file of a visitor's goes before the site's own", async () => {
  // The importer never answers for the site's own files, whose pixels are known.
  await page.addInitScript(() => {
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, transfer) {
      if (message.options?.normalize === "none") globalThis.waiting = true;
      else post.call(this, message, transfer);
    };
  });
  const lab = await LabPage.open(page, site.url);
  await page.waitForFunction(() => globalThis.waiting);
  await page
    .getByLabel("Your ONNX file")
    .setInputFiles(join(repository, "tests/fixtures/onnx/dynamo-dynamic.onnx"));
  await page.getByTestId("own-loaded").waitFor();
  await lab.row("fc200-200-10").locator("summary").click();
  await lab.row("fc200-200-10").getByText("read when the site was built").waitFor();
  assertQuiet(complaints);
});

it("the first screen needs no more than 60 KB of scripts, compressed as hosts do", async () => {
  // What never comes is not needed. It is kept in the browser: a host has six connections for it at once.
  const later =
    /\/(later|own|clipboard|link|csv|tables|files|about-words|register|transfer|pool|importer-host|spots|chapter)-[^/]*\.js$/;
  await page.route(later, () => undefined);
  site.held.push(IMPORTER);
  const lab = await LabPage.open(page, site.url);
  await lab.readings();
  const scripts = [...new Set(site.asked)].filter((path) => path.endsWith(".js"));
  assert.ok(scripts.some((path) => /\/app-/.test(path)) && scripts.some((path) => /\/worker-/.test(path)));
  const bytes = scripts.map((path) => brotliCompressSync(readFileSync(join(SITE, path))).length);
  const sum = bytes.reduce((a, b) => a + b, 0);
  assert.ok(sum <= 60_000, `${sum} bytes: ${scripts.map((path, i) => `${path} ${bytes[i]}`).join(", ")}`);
});

it("a first visit fetches no more than 4 MB from a host that compresses nothing, networks 1 MB; the engine has 500 KB", async () => {
  await LabPage.open(page, site.url);
  for (const name of bundled) {
    await page.locator(`[data-testid="reading"][data-model="${name}"][data-read="here"]`).waitFor();
  }
  const bytes = (pattern) =>
    site.asked.filter((path) => pattern.test(path)).map((path) => statSync(join(SITE, path)).size);
  const sum = (sizes) => sizes.reduce((a, b) => a + b, 0);
  const networks = bytes(/\.onnx\.gz$/);
  assert.equal(networks.length, bundled.length);
  assert.ok(sum(networks) <= 1_000_000, `${sum(networks)} bytes of networks`);
  const modules = bytes(/\.wasm\.gz$/);
  assert.equal(modules.length, 2);
  const others = site.sent() - sum(modules) - sum(networks);
  assert.ok(others <= 400_000, `${others} bytes of scripts, cards and digits`);
  // Only the optimised build has two engines to choose from; the other's modules are large.
  const engines = readdirSync(join(SITE, "assets")).filter((name) => /blindspots_bg.*\.wasm\.gz$/.test(name));
  if (engines.length === 1) return;
  assert.ok(site.sent() <= 4_000_000, `${site.sent()} bytes in all`);
  for (const engine of engines) {
    const module = gunzipSync(readFileSync(join(SITE, "assets", engine)));
    const packed = brotliCompressSync(module).length;
    assert.ok(packed <= 500_000, `${engine}: ${packed} bytes`);
  }
});

it("what has arrived is counted while it arrives", async () => {
  site.held.push(/blindspots_bg.*\.gz$/);
  await page.goto(site.url);
  const summary = page.getByTestId("summary");
  // The network is there, the engine is not: of the bytes that were announced all but the engine's.
  await summary.getByText(/^Loading the engine … [\d,]+ of [\d,]+ KB$/).waitFor();
  assert.ok(await page.getByRole("progressbar", { name: "Loading" }).isVisible());
  site.release();
  await summary.getByText(/networks read/).waitFor();
  assert.equal(await page.getByRole("progressbar", { name: "Loading" }).count(), 0);
  assertQuiet(complaints);
});

it("a packed file that is cut short, or served as something else, is named", async () => {
  for (const [change, named] of [
    [
      (body) => body.subarray(0, body.length / 2),
      /“assets\/blindspots_bg-.*\.wasm\.gz” is not the file that this site was built with/,
    ],
    [() => Buffer.from("<!doctype html>"), /is not the file that this site was built with/],
    [() => Buffer.alloc(0), /is not the file that this site was built with/],
  ]) {
    const { page, context } = await openPage(browser);
    await page.route(/blindspots_bg.*\.wasm\.gz$/, async (route) => {
      const answer = await route.fetch();
      const { "content-length": _, ...headers } = answer.headers();
      await route.fulfill({ status: 200, headers, body: change(await answer.body()) });
    });
    await page.goto(site.url);
    await page.getByTestId("notice").getByText(named).waitFor();
    await page.unrouteAll({ behavior: "wait" });
    await context.close();
  }
});

it("storage that throws changes nothing", async () => {
  await page.addInitScript(() => {
    for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"]) {
      Object.defineProperty(globalThis, name, {
        get() {
          throw new DOMException("no storage here", "SecurityError");
        },
      });
    }
  });
  const lab = await LabPage.open(page, site.url);
  await lab.readings();
  await lab.fool.click();
  await lab.isFooled();
  assertQuiet(complaints);
});
