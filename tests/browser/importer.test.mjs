// Reading files has a worker of its own: what breaks it, hangs in it or is given up costs that file
// only, and the next one finds a fresh worker.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { host, repository } from "./lib/server.mjs";

const fixture = (name) => [...readFileSync(join(repository, `tests/fixtures/onnx/${name}.onnx`))];

let browser, site, page, complaints;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());
beforeEach(async () => {
  site = await host();
  ({ page, complaints } = await openPage(browser));
  await page.goto(`${site.pages}blank.html`);
  await page.evaluate(async (url) => {
    globalThis.library = await import(`${url}blindspots.js`);
    globalThis.failed = (promise) =>
      promise.then(
        () => null,
        ({ code }) => code,
      );
  }, site.url);
});
afterEach(() => site.close());

/** How many importers run; a worker that has just been ended has no name any more. */
async function importers() {
  const names = page.workers().map((worker) => worker.evaluate(() => self.name).catch(() => null));
  return (await Promise.all(names)).filter((name) => name === "blindspots importer").length;
}

it("the engine has no importer until a file is to be read, and the importer is another worker", async () => {
  await page.evaluate(async () => {
    globalThis.lab = await library.BlindSpots.open({ backend: "cpu" });
  });
  assert.equal(await importers(), 0);
  assert.ok(!site.asked.some((path) => path.includes("importer")), "nothing of it was fetched");
  const same = await page.evaluate(async (bytes) => {
    const model = await lab.load(Uint8Array.from(bytes));
    const image = new Float32Array(3 * 32 * 32).fill(0.5);
    const first = await lab.classify(model.id, image);
    // The lowered bytes are enough, also for another engine.
    const lowered = await lab.lower(Uint8Array.from(bytes));
    const other = await library.BlindSpots.open({ backend: "cpu" });
    const again = await other.load(lowered.bytes);
    const second = await other.classify(again.id, image);
    other.close();
    return { image: model.image, classes: model.classes, first: first.logits, second: second.logits };
  }, fixture("colour"));
  assert.deepEqual([same.image, same.classes], [[3, 32, 32], 10]);
  assert.deepEqual(same.first, same.second);
  assert.equal(await importers(), 1);
  await page.evaluate(() => lab.close());
  assertQuiet(complaints);
});

it("a load that is given up ends its worker, and the next file gets a fresh one", async () => {
  const codes = await page.evaluate(
    async ([bytes]) => {
      globalThis.lab = await library.BlindSpots.open({ backend: "cpu" });
      const kept = await lab.load(Uint8Array.from(bytes));
      // Whatever an importer is asked now, it does not answer.
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (message, transfer) {
        if (!("options" in message)) post.call(this, message, transfer);
      };
      const stop = new AbortController();
      const hanging = failed(lab.load(Uint8Array.from(bytes), { signal: stop.signal }));
      const behind = failed(lab.load(Uint8Array.from(bytes), { signal: stop.signal }));
      const image = new Float32Array(3 * 32 * 32).fill(0.5);
      const meanwhile = (await lab.classify(kept.id, image)).logits.length;
      setTimeout(() => stop.abort(), 100);
      const given = [await hanging, await behind];
      Worker.prototype.postMessage = post;
      const next = await lab.load(Uint8Array.from(bytes));
      const logits = (await lab.classify(next.id, image)).logits.length;
      return { given, meanwhile, logits };
    },
    [fixture("colour")],
  );
  assert.deepEqual(codes, { given: ["aborted", "aborted"], meanwhile: 10, logits: 10 });
  assert.equal(await importers(), 1);
  assertQuiet(complaints);
});

it("a file that breaks the importer is refused alone; other networks stay, the next file is read", async () => {
  const found = await page.evaluate(
    async ([bytes]) => {
      const lab = await library.BlindSpots.open({ backend: "cpu" });
      const kept = await lab.load(Uint8Array.from(bytes));
      // A message that no importer can read stands for a file that stops it.
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (message, transfer) {
        post.call(this, "options" in message ? null : message, transfer);
      };
      const broken = await failed(lab.load(Uint8Array.from(bytes)));
      Worker.prototype.postMessage = post;
      const image = new Float32Array(3 * 32 * 32).fill(0.5);
      const still = (await lab.classify(kept.id, image)).logits.length;
      const next = await lab.load(Uint8Array.from(bytes));
      const logits = (await lab.classify(next.id, image)).logits.length;
      lab.close();
      return { broken, still, logits, closed: await failed(lab.load(Uint8Array.from(bytes))) };
    },
    [fixture("colour")],
  );
  assert.deepEqual(found, { broken: "importer-crashed", still: 10, logits: 10, closed: "closed" });
});

it("a file that asks for more time or memory than it is given is refused with the numbers", async () => {
  const found = await page.evaluate(
    async ([bytes]) => {
      const lab = await library.BlindSpots.open({ backend: "cpu" });
      const kept = await lab.load(Uint8Array.from(bytes));
      const image = new Float32Array(3 * 32 * 32).fill(0.5);
      const before = (await lab.classify(kept.id, image)).logits;
      const load = (limits) =>
        lab.load(Uint8Array.from(bytes), { limits }).then(
          () => "loaded",
          ({ code, message }) => `${code}: ${message}`,
        );
      const slow = await load({ seconds: 1e-4 });
      const large = await load({ megabytes: 0.25 });
      const enough = [await load({ seconds: 1e9, megabytes: 256 }), await load({})];
      const wrong = [
        await load({ seconds: 0 }),
        await load({ megabytes: NaN }),
        await load({ seconds: "9" }),
      ];
      // What was there does not notice.
      const after = (await lab.classify(kept.id, image)).logits;
      lab.close();
      const same = after.every((z, k) => z === before[k]);
      return { slow, large, enough, wrong: wrong.map((text) => text.split(":")[0]), same };
    },
    [fixture("colour")],
  );
  assert.match(found.slow, /^too-slow: .* 0\.0001 s/);
  assert.match(found.large, /^too-large: .* 0\.25 MB/);
  assert.deepEqual(found.enough, ["loaded", "loaded"]);
  assert.deepEqual(found.wrong, ["bad-option", "bad-option", "bad-option"]);
  assert.equal(found.same, true);
});

it("weights in a second file are asked for by its name and read with the first", async () => {
  const read = (name) => [...readFileSync(join(repository, `tests/fixtures/graphs/${name}`))];
  const found = await page.evaluate(
    async ([graph, data]) => {
      const image = new Float32Array(64).fill(0.5);
      const answers = [];
      for (const worker of [true, false]) {
        const lab = await library.BlindSpots.open({ backend: "cpu", worker });
        const bytes = Uint8Array.from(graph);
        const files = { "external.onnx.data": Uint8Array.from(data), "notes.txt": new Uint8Array(3) };
        const missing = await lab.load(bytes).catch(({ code, message }) => ({ code, message }));
        const other = await failed(lab.load(bytes, { files: { "other.data": files["notes.txt"] } }));
        const cut = { "external.onnx.data": files["external.onnx.data"].subarray(1) };
        const short = await failed(lab.load(bytes, { files: cut }));
        const { id } = await lab.load(bytes, { files });
        const buffer = { "external.onnx.data": files["external.onnx.data"].buffer };
        const again = await lab.load(bytes, { files: buffer });
        const logits = (await lab.classify(id, image)).logits;
        const same = (await lab.classify(again.id, image)).logits.every((z, k) => z === logits[k]);
        answers.push({ missing, other, short, same, logits, kept: files["external.onnx.data"].length });
        lab.close();
      }
      return answers;
    },
    [read("external.onnx"), read("external.onnx.data")],
  );
  for (const { missing, other, short, same, logits, kept } of found) {
    assert.equal(missing.code, "missing-weights");
    assert.match(missing.message, /“external\.onnx\.data”/);
    assert.deepEqual([other, short, same], ["missing-weights", "malformed-onnx", true]);
    assert.ok(new Set(logits).size > 1);
    // The caller's bytes stay the caller's.
    assert.equal(kept, read("external.onnx.data").length);
  }
  assert.deepEqual(found[0].logits, found[1].logits);
  assertQuiet(complaints);
});

it("what a file does not say is said by options, and what cannot be is refused", async () => {
  const found = await page.evaluate(
    async ([flat, colour]) => {
      const lab = await library.BlindSpots.open({ backend: "cpu", worker: false });
      const image = new Float32Array(3 * 32 * 32).fill(0.25);
      const logits = async (options, pixels) => {
        const { id } = await lab.load(Uint8Array.from(colour), options);
        return (await lab.classify(id, pixels)).logits;
      };
      const plain = await logits({}, image);
      const signed = await logits(
        { normalize: "signed", invert: true },
        image.map((x) => 1 - (x + 1) / 2),
      );
      const lowered = await lab.lower(Uint8Array.from(colour));
      const { bytes } = lowered;
      const spoiled = bytes.slice();
      spoiled[40] ^= 1;
      return {
        blocking: lab.blocking,
        apart: Math.max(...plain.map((z, k) => Math.abs(z - signed[k]))),
        size: Math.max(...plain.map(Math.abs)),
        image: (await lab.load(Uint8Array.from(flat), { image: [1, 8, 8] })).image,
        refused: [
          await failed(lab.load(Uint8Array.from(flat))),
          await failed(lab.load(Uint8Array.from(flat), { image: [3, 8, 8] })),
          await failed(lab.load(Uint8Array.from(colour), { normalize: "percent" })),
          await failed(lab.load(Uint8Array.from(colour), { normalize: { mean: [0, 0], deviation: [1, 1] } })),
          await failed(lab.load(bytes, { invert: true })),
          await failed(lab.load(spoiled)),
          await failed(lab.load(bytes.subarray(0, 60))),
        ],
      };
    },
    [fixture("reject-64-pixels"), fixture("colour")],
  );
  assert.equal(found.blocking, true);
  assert.ok(found.size > 0.01 && found.apart < 1e-4 * Math.max(1, found.size), JSON.stringify(found));
  assert.deepEqual(found.image, [1, 8, 8]);
  assert.deepEqual(found.refused, [
    "ambiguous-image",
    "not-an-image-classifier",
    "bad-option",
    "bad-input-transform",
    "bad-option",
    "lowered-damaged",
    "lowered-truncated",
  ]);
  assertQuiet(complaints);
});
