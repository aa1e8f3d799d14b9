// Transfer over many digits: the library's batches against its single answers
// and the command line; the panel by mouse, touch and keyboard.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { host, repository } from "./lib/server.mjs";
import { PATIENCE, TransferPanel } from "./lib/transfer-panel.mjs";

/** Two searches that differ in their last bits end at distances this near. */
const ATTACK = 0.02;

const NAMES = ["fc10-1e-4", "fc100-100-10"];
const DIGITS = 12;

let browsers, site;
before(async () => {
  const kinds = [true, false].map((webgpu) => launch({ webgpu }));
  [browsers, site] = await Promise.all([Promise.all(kinds), host()]);
});
after(() => Promise.all([...browsers.map((browser) => browser.close()), site.close()]));

/** In the page: examples of the first test digits for every network, shown to all. */
async function batches({ url, names, count }) {
  const { BlindSpots } = await import(`${url}blindspots.js`);
  const lab = await BlindSpots.open({ backend: "cpu" });
  const models = [];
  for (const name of names) models.push((await lab.load(name)).id);
  const digits = await lab.digits("test");
  const images = digits.images.slice(0, 784 * count);
  const labels = digits.labels.slice(0, count);
  const one = (all, i) => all.slice(784 * i, 784 * (i + 1));
  const distortion = (a, b) => Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0) / 784);
  const rows = [];
  for (const model of models) {
    const examples = await lab.examples({ model, images, labels, method: "nearest-boundary" });
    const read = await lab.labels(models, examples.images);
    const all = { models, images, labels };
    const shown = await lab.show({ ...all, examples: examples.images });
    const magnified = await lab.show({ ...all, examples: examples.images, distortion: 0.1 });
    const noise = await lab.show({ ...all, distortion: 0.1, seed: 5 });
    // The same of a data set that is kept, from the third on.
    const set = await lab.keep(images, labels);
    const some = { set, first: 2, count: 4 };
    const part = await lab.examples({ ...some, model, method: "nearest-boundary" });
    const partShown = await lab.show({ ...some, models, examples: part.images });
    const single = [];
    for (let i = 0; i < count; i += 1) {
      const report = await lab.attack({
        model,
        image: one(images, i),
        label: labels[i],
        method: "nearest-boundary",
      });
      single.push(report.success ? report.distortion : 0);
    }
    rows.push({
      distortions: labels.map((_, i) => distortion(one(examples.images, i), one(images, i))),
      fooled: [...examples.fooled],
      shown: { ...shown, images: [...shown.images], labels: [...shown.labels] },
      read: [...read],
      examples: [...examples.images],
      part: [...part.images],
      partShown: { count: partShown.count, labels: [...partShown.labels] },
      magnified: magnified.distortion / count,
      noise: [...noise.images],
      wrong: models.map((_, m) => labels.filter((label, i) => read[m * count + i] !== label).length),
      single,
    });
  }
  const readings = await lab.classifyMany(models, images);
  const read = [...(await lab.labels(models, images))];
  const noisy = await lab.noise(images, 0.1, 5, { count });
  const alone = await lab.noise(one(images, 3), 0.1, 5);
  const refused = {};
  const attempt = async (name, promise) =>
    (refused[name] = await promise.then(
      () => null,
      ({ code }) => code,
    ));
  const of = { model: models[0], images, labels };
  await attempt("labels missing", lab.examples({ ...of, labels: [1] }));
  await attempt("no such class", lab.examples({ ...of, labels: labels.map(() => 12) }));
  await attempt("half an image", lab.examples({ ...of, images: images.slice(5) }));
  await attempt("no such model", lab.labels([99], images));
  await attempt("shown to nobody", lab.show({ models: [], images, labels }));
  await attempt("one example missing", lab.show({ ...of, models, examples: images.slice(784) }));
  await attempt("aborted", lab.examples({ ...of, signal: AbortSignal.abort() }));
  const set = await lab.keep(images, labels);
  await attempt("beyond the set", lab.examples({ model: models[0], set, first: count - 1, count: 2 }));
  await lab.forget(set);
  await attempt("a set that is forgotten", lab.show({ models, set }));
  lab.close();
  return {
    rows,
    labels: { batch: read, single: readings.flat().map(({ label }) => label) },
    noise: {
      all: [...noisy],
      same: one(noisy, 3).every((v, i) => v === alone[i]),
      others: one(noisy, 2).every((v, i) => v === alone[i]),
    },
    refused,
  };
}

/** The same by the command line. */
function commandLine() {
  const folder = mkdtempSync(join(tmpdir(), "blindspots-"));
  try {
    const file = join(folder, "transfer.json");
    const data = (name) => join(repository, "data/mnist", name);
    const digits = ["--images", data("t10k-images-idx3-ubyte"), "--labels", data("t10k-labels-idx1-ubyte")];
    const wish = [
      "--models",
      NAMES.join(","),
      "--count",
      `${DIGITS}`,
      "--method",
      "nearest-boundary",
      "--json",
      file,
    ];
    execFileSync(process.env.BLINDSPOTS, ["transfer", ...digits, ...wish], { stdio: "ignore" });
    return JSON.parse(readFileSync(file, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;

it("makes in batches what it makes one by one, and what the command line makes", async () => {
  const { page, complaints } = await openPage(browsers[1]);
  await page.goto(`${site.pages}blank.html`);
  const found = await page.evaluate(batches, { url: site.url, names: NAMES, count: DIGITS });
  const { rows } = commandLine();
  const near = (a, b) => Math.abs(a - b) <= ATTACK * b;
  NAMES.forEach((name, model) => {
    const { distortions, single, fooled, wrong, shown, ...row } = found.rows[model];
    assert.deepEqual([shown.count, shown.wrong, shown.labels], [DIGITS, wrong, row.read], "counted alike");
    assert.deepEqual(shown.images, row.examples, "shown as they are");
    assert.deepEqual(row.part, row.examples.slice(2 * 784, 6 * 784), "part of a kept set");
    assert.notDeepEqual(row.part, row.examples.slice(784, 5 * 784));
    const reads = NAMES.flatMap((_, m) => row.read.slice(m * DIGITS + 2, m * DIGITS + 6));
    assert.deepEqual(row.partShown, { count: 4, labels: reads });
    assert.ok(Math.abs(shown.distortion / DIGITS - mean(distortions)) < 1e-6);
    // Clipping takes a little of what was asked for.
    assert.ok(row.magnified > 0.09 && row.magnified <= 0.1 + 1e-6, `magnified to ${row.magnified}`);
    assert.deepEqual(row.noise, found.noise.all, "the same noise");
    assert.equal(wrong[model], DIGITS, "its own examples fool it");
    assert.deepEqual(fooled, Array(DIGITS).fill(1));
    distortions.forEach((distortion, i) => assert.ok(near(distortion, single[i]), `${name}, digit ${i}`));
    const theirs = rows.find((row) => row.made_for === name && row.what === "examples");
    assert.ok(near(mean(distortions), theirs.distortion), `${name}: ${theirs.distortion}`);
    assert.equal(theirs.errors[model], 100);
  });
  const [first, second] = found.rows.map(({ distortions }) => mean(distortions));
  assert.ok(!near(first, second), "networks are told apart");
  assert.deepEqual(found.labels.batch, found.labels.single);
  assert.deepEqual([found.noise.same, found.noise.others], [true, false]);
  assert.deepEqual(found.refused, {
    "labels missing": "wrong-length",
    "no such class": "no-such-class",
    "half an image": "not-an-image",
    "no such model": "no-such-model",
    "shown to nobody": "no-network",
    "one example missing": "wrong-length",
    aborted: "aborted",
    "beyond the set": "bad-request",
    "a set that is forgotten": "no-such-data-set",
  });
  assertQuiet(complaints);
});

const sum = (row) => Object.values(row).reduce((a, b) => a + b, 0);

for (const webgpu of [true, false]) {
  describe(`the panel ${webgpu ? "with" : "without"} WebGPU`, () => {
    const open = async (transfer, options) => {
      const { page, complaints } = await openPage(browsers[webgpu ? 0 : 1], options);
      const panel = await TransferPanel.open(page, site, transfer, webgpu ? "&backend=webgpu" : "");
      return { page, complaints, panel };
    };

    it("fools every network with the visitor's digit, by touch, and magnifies by keyboard", async () => {
      const { page, complaints, panel } = await open("", {
        hasTouch: true,
        viewport: { width: 390, height: 844 },
      });
      await panel.button("Start").tap();
      await panel.isDone();
      const names = ["fc10-1e-4", "fc10-1e-2", "fc10-1", "fc100-100-10", "fc200-200-10", "ae400-10"];
      for (const name of names) assert.equal((await panel.row(name))[name], "fooled");
      const fooled = async () => {
        const rows = await Promise.all(names.map((name) => panel.row(name)));
        return rows.flatMap((row) => Object.values(row)).filter((state) => state === "fooled").length;
      };
      const found = await fooled();
      const slider = page.getByRole("slider", { name: "Magnify every change" });
      await slider.focus();
      await page.keyboard.press("End");
      await page.waitForURL(/transfer=d0\.3/);
      await panel.isDone();
      assert.ok((await fooled()) > found, "magnified examples fool more networks");
      await panel.button("As found").tap();
      await panel.isDone();
      assert.equal(await fooled(), found);
      assertQuiet(complaints);
    });
  });
}

it("runs the paper's experiment, pauses, goes on and magnifies at once", async () => {
  const { page, complaints } = await openPage(browsers[1]);
  const panel = await TransferPanel.open(page, site, "test,halves,n300,k3,cells");
  await panel.button("Start").click();
  await page.locator('[data-made="fc100-100-10-p1"]:not([data-digits="0"])').waitFor({ timeout: PATIENCE });
  await panel.button("Pause").click();
  await panel.state.filter({ hasText: "Paused" }).waitFor({ timeout: PATIENCE });
  const halves = ["fc100-100-10-p1", "fc123-456-10-p1", "fc100-100-10-p2"];
  const before = await panel.digits(halves[0]);
  assert.ok(before > 0 && before < 300, `${before}`);
  await page.waitForTimeout(500);
  assert.equal(await panel.digits(halves[0]), before, "nothing goes on while it is paused");

  // What is there can be magnified meanwhile.
  await panel.button("0.1, as in the paper").click();
  await page.waitForFunction(
    ([name, count]) => {
      const table = document.querySelector("bs-app").shadowRoot.querySelector("bs-experiments");
      const find = (root) => root.querySelector(`[data-made="${name}"]`);
      const panel = table.shadowRoot
        .querySelector("bs-experiment")
        .shadowRoot.querySelector("bs-transfer-matrix");
      const row = find(panel.shadowRoot.querySelector("bs-transfer-table").shadowRoot);
      return Number(row?.dataset.digits) === count;
    },
    [halves[0], before],
    { timeout: PATIENCE },
  );
  // Other rows are still being read; then nothing more is made.
  await panel.state.filter({ hasText: "Paused" }).waitFor({ timeout: PATIENCE });
  assert.equal(await panel.digits(halves[0]), before);
  await panel.button("As found").click();
  await panel.button("Go on").click();
  await panel.isDone();

  const found = await Promise.all(halves.map((name) => panel.row(name)));
  const noise = await panel.row("noise-0.06");
  halves.forEach((name, i) => assert.equal(found[i][name], 300));
  const others = sum(Object.fromEntries(found.map((row, i) => [i, sum(row) - 300])));
  assert.ok(others < 6 * 300 * 0.8, `${others} of the transfers succeed`);
  assert.ok(sum(noise) < 0.2 * 900, `noise fools ${sum(noise)}`);
  // The paper's cells stand beside ours, and only there.
  assert.match(await page.locator('[data-made="fc100-100-10-p1"]').textContent(), /in the paper:\s*26\.2%/);
  assert.match(await page.getByTestId("transfer-sums").textContent(), /entirely\s+other digits: \d/);

  const started = Date.now();
  await panel.button("0.1, as in the paper").click();
  await page.waitForURL(/d0\.1/);
  await panel.isDone();
  const magnified = await Promise.all(halves.map((name) => panel.row(name)));
  const rise = sum(Object.fromEntries(magnified.map((row, i) => [i, sum(row) - row[halves[i]]]))) - others;
  assert.ok(rise > 0.1 * 1800, `magnified, ${rise} more succeed`);
  assert.match(await page.locator('[data-made="fc100-100-10-p1"]').textContent(), /in the paper:\s*98%/);
  assert.ok(Date.now() - started < 60_000, "only reads again");
  await page.getByLabel("The paper's Table 4 beside it").uncheck();
  assert.doesNotMatch(await page.locator('[data-made="fc100-100-10-p1"]').textContent(), /in the paper/);
  assertQuiet(complaints);
});

it("takes the page's samples, hides its choices, and forgets what no longer fits", async () => {
  const { page, complaints } = await openPage(browsers[1]);
  const panel = await TransferPanel.open(page, site, "gallery,k7", "&hide=transfer-choice");
  assert.equal(await page.getByLabel("Which digits").count(), 0);
  await panel.button("Start").click();
  await panel.isDone();
  const row = await panel.row("fc100-100-10");
  assert.equal(row["fc100-100-10"], await panel.digits("fc100-100-10"));
  assert.ok(row["ae400-10"] < row["fc100-100-10"]);

  const all = await TransferPanel.open(page, site, "gallery,k7");
  await all.button("Start").click();
  await page.getByLabel("Which digits").selectOption("only 1");
  await all.button("Start").waitFor({ timeout: PATIENCE });
  await page.waitForURL(/transfer=gallery,k1/);
  assert.equal(
    await page.locator('[data-made]:not([data-digits="0"])').count(),
    0,
    "the form is empty again",
  );
  assert.equal(await page.locator("[data-made][data-digits]").count(), 8);
  assertQuiet(complaints);
});

it("hands the originals to each worker once, and has them forgotten", async () => {
  const { page, complaints, context } = await openPage(browsers[1]);
  // Every request to a worker that carries or names originals.
  await context.addInitScript(() => {
    globalThis.sent = [];
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, transfer) {
      const { kind, images, set } = message?.request ?? {};
      if (["keep", "forget", "examples", "show"].includes(kind)) {
        sent.push({ kind, set, pixels: images?.length ?? 0 });
      }
      return post.call(this, message, transfer);
    };
  });
  const panel = await TransferPanel.open(page, site, "gallery,k7");
  const sent = (...kinds) => page.evaluate((kinds) => sent.filter(({ kind }) => kinds.includes(kind)), kinds);
  const run = async () => {
    await panel.button("Start").click();
    await panel.isDone();
  };
  await run();
  const kept = await sent("keep");
  const asked = await sent("examples", "show");
  const digits = await panel.digits("fc100-100-10");
  assert.ok(
    kept.length >= 1 && asked.length > 2 * kept.length,
    `${kept.length} for ${asked.length} questions`,
  );
  assert.deepEqual(
    kept.map(({ pixels }) => pixels),
    kept.map(() => 784 * digits),
  );
  assert.ok(asked.every(({ pixels, set }) => pixels === 0 && set >= 1));
  assert.equal((await sent("forget")).length, 0, "they are needed for other magnifications");
  await panel.button("Once more").click();
  await panel.button("Start").waitFor({ timeout: PATIENCE });
  assert.equal((await sent("forget")).length, kept.length);
  await run();
  assert.equal((await sent("keep")).length, 2 * kept.length, "and cross again for another table");
  assertQuiet(complaints);
});

for (const colorScheme of ["light", "dark"]) {
  it(`axe finds nothing serious, ${colorScheme}`, async () => {
    const { page, complaints } = await openPage(browsers[1], { colorScheme });
    const panel = await TransferPanel.open(page, site);
    assert.deepEqual(await violations(page), []);
    await panel.button("Start").click();
    await panel.isDone();
    assert.deepEqual(await violations(page), []);
    await page.getByLabel("Digits", { exact: true }).selectOption("the page's samples");
    await page.getByLabel("Networks", { exact: true }).selectOption("Trained on halves");
    await panel.button("Start").click();
    await panel.isDone();
    assert.deepEqual(await violations(page), []);
    assertQuiet(complaints);
  });
}

it("does not widen a small screen", async () => {
  const { page } = await openPage(browsers[1], { viewport: { width: 320, height: 700 } });
  const panel = await TransferPanel.open(page, site, "cells");
  await panel.button("Start").click();
  await panel.isDone();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} pixels`);
});
