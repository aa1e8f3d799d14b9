// The library as another page uses it, on both backends, against PyTorch's
// numbers and against the command line.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { bundled } from "./lib/lab.mjs";
import { floats, relativeDistance, within } from "./lib/numbers.mjs";
import { host, repository } from "./lib/server.mjs";

const PIXELS = 784;
const CLASSES = 10;

/** f32 sums in another order than PyTorch's f64: absolute plus relative. */
const LOGITS = 1e-4;
/** The same, through a whole backward pass: relative, in norm. */
const GRADIENT = 1e-3;
/** A gradient that moves less than this with the last place of the pixels is determined. */
const DETERMINED = 1e-4;
/** Two searches that differ in their last bits end at distances this near. */
const ATTACK = 0.02;

const MODEL = "fc100-100-10";
const ATTACKED = 6;
/** More lanes than the kernels take at a time, and no multiple of it. */
const BATCH = 67;

const reference = JSON.parse(readFileSync(join(repository, "training/reference.json"), "utf8"));

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: true }), host()]);
});
after(() => Promise.all([browser.close(), site.close()]));

/** An empty page with the library at hand as `library`. */
async function openLibrary() {
  const opened = await openPage(browser);
  await opened.page.goto(`${site.pages}blank.html`);
  await opened.page.evaluate(async (url) => {
    globalThis.library = await import(`${url}blindspots.js`);
  }, site.url);
  return opened;
}

for (const backend of ["cpu", "webgpu"]) {
  describe(`the library on ${backend}`, () => {
    for (const set of ["digits", "noisy"]) {
      it(`gives PyTorch's logits and input gradients for every bundled network: ${set}`, () => agrees(set));
    }

    async function agrees(set) {
      const { page, complaints } = await openLibrary();
      const { labels, models } = reference;
      const images = [...floats(reference.images[set])];
      assert.equal(images.length, labels.length * PIXELS);
      const { kind, found } = await page.evaluate(measure, { backend, images, labels, bundled });
      assert.equal(kind, backend);
      assert.deepEqual(models.map(({ name }) => name).sort(), [...bundled].sort());

      let determined = 0;
      for (const { name, [set]: entry } of models) {
        const wanted = { logits: floats(entry.logits), gradients: floats(entry.gradients) };
        assert.equal(wanted.logits.length, labels.length * CLASSES);
        labels.forEach((_, i) => {
          const row = wanted.logits.slice(i * CLASSES, (i + 1) * CLASSES);
          assert.ok(within(found[name].logits[i], row, LOGITS), `${name}, digit ${i}: logits`);
          if (entry.spread[i] > DETERMINED) return;
          determined++;
          const gradient = wanted.gradients.slice(i * PIXELS, (i + 1) * PIXELS);
          const distance = relativeDistance(found[name].gradients[i], gradient);
          assert.ok(distance <= GRADIENT, `${name}, digit ${i}: the gradient is ${distance} off`);
        });
        // The comparison can fail: another digit's numbers are refused.
        assert.ok(!within(found[name].logits[0], wanted.logits.slice(CLASSES, 2 * CLASSES), LOGITS));
        const other = wanted.gradients.slice(PIXELS, 2 * PIXELS);
        assert.ok(relativeDistance(found[name].gradients[0], other) > GRADIENT);
      }
      // On the noisy digits every gradient, on the digits as they are most.
      const all = models.length * labels.length;
      assert.ok(set === "noisy" ? determined === all : determined > 0.85 * all, `${determined} of ${all}`);
      assertQuiet(complaints);
    }

    it("differentiates a batch as it does one image after the other", async () => {
      const { page, complaints } = await openLibrary();
      const { batch, singles, spares, refusal, strange, memory, parameters } = await page.evaluate(
        differentiate,
        {
          backend,
          model: MODEL,
          count: BATCH,
        },
      );
      assert.equal(batch.length, BATCH * PIXELS);
      assert.ok(relativeDistance(batch, singles) <= GRADIENT);
      // The comparison can fail: the images in another order are refused.
      const turned = [...batch.slice(PIXELS), ...batch.slice(0, PIXELS)];
      assert.ok(relativeDistance(turned, singles) > GRADIENT);
      // Memory that is offered is taken where it is all of a buffer and fits; the images stay.
      assert.deepEqual(spares.same, [true, true, true]);
      assert.deepEqual(spares.left, [0, BATCH * PIXELS, PIXELS, BATCH * PIXELS]);
      assert.equal(refusal, "wrong-length");
      assert.deepEqual(strange, Array(4).fill("no-such-class"));
      assertMemory(memory, { backend, parameters });
      assertQuiet(complaints);
    });

    it("finds the same adversarial examples as the command line", async () => {
      const { page, complaints } = await openLibrary();
      const native = attackNatively();
      const reports = await page.evaluate(attack, { backend, model: MODEL, count: ATTACKED });
      assert.equal(native.images.length, ATTACKED);
      native.images.forEach((wanted, i) => {
        const report = reports[i];
        assert.equal(report.success, wanted.success, `digit ${i}`);
        assert.equal(report.backend, backend);
        if (!report.success) return;
        const share = report.l2 / wanted.l2;
        assert.ok(Math.abs(share - 1) < ATTACK, `digit ${i}: L2 ${report.l2}, natively ${wanted.l2}`);
        // Measured again from the image itself.
        assert.ok(report.inBox, `digit ${i} is in the box`);
        assert.ok(Math.abs(report.measuredL2 - report.l2) < 1e-3 * report.l2);
        assert.equal(report.readAs, report.label);
        assert.notEqual(report.readAs, report.originalLabel);
        assert.ok(report.evaluations > 0 && report.cost.milliseconds > 0);
      });
      assert.ok(reports.filter((report) => report.success).length >= ATTACKED - 1);
      const lengths = reports.map((report) => report.l2);
      assert.ok(Math.max(...lengths) > (1 + ATTACK) * Math.min(...lengths), "digits differ by more");
      assertQuiet(complaints);
    });
  });
}

it("says of each network where it runs, and of each attack where it was computed", async () => {
  const { page, complaints } = await openLibrary();
  const { seen, software } = await page.evaluate(async (name) => {
    const lab = await library.BlindSpots.open({ backend: "auto" });
    const model = await lab.load(name);
    const { images } = await lab.digits();
    const seen = [];
    for (const choice of ["auto", "webgpu", "cpu", "auto"]) {
      const { kind } = await lab.use(choice);
      const { backend } = await lab.attack({ model: model.id, image: images.slice(0, 784), method: "fgsm" });
      seen.push({ choice, kind, model: model.backend, attack: backend });
    }
    const software = /emulated/.test(lab.backend.reason);
    lab.close();
    return { seen, software };
  }, MODEL);
  for (const { choice, kind, model, attack } of seen) {
    assert.equal(model, attack, choice);
    if (choice !== "auto") assert.deepEqual([kind, model], [choice, choice]);
    // Auto leaves a network to the processor where WebGPU is only emulated.
    else if (software) assert.deepEqual([kind, model], ["cpu", "cpu"]);
  }
  assert.ok(new Set(seen.map(({ model }) => model)).size === 2, "the networks have moved");
  assertQuiet(complaints);
});

it("every answer that runs a network says where it was computed", async () => {
  const { page, complaints } = await openLibrary();
  for (const backend of ["cpu", "webgpu"]) {
    const found = await page.evaluate(everyAnswer, { backend, name: MODEL });
    assert.ok(Object.keys(found).length >= 14);
    for (const [what, where] of Object.entries(found)) assert.equal(where, backend, what);
  }
  assertQuiet(complaints);
});

it("reads a drawing with all networks within 50 ms on the CPU", async () => {
  const { page, complaints } = await openLibrary();
  const { milliseconds, labels } = await page.evaluate(read, { bundled });
  milliseconds.sort((a, b) => a - b);
  const median = milliseconds[milliseconds.length >> 1];
  assert.ok(median > 0 && median <= 50, `from strokes to readings ${median.toFixed(1)} ms`);
  assert.equal(labels.length, bundled.length);
  assert.ok(labels.filter((label) => label === 1).length >= bundled.length - 3, labels.join());
  assertQuiet(complaints);
});

/** In the page: how long it takes to read a drawing, again and again, and what is read at last. */
async function read({ bundled }) {
  const lab = await library.BlindSpots.open({ backend: "cpu" });
  const ids = [];
  for (const name of bundled) ids.push((await lab.load(name)).id);
  const milliseconds = [];
  let readings;
  for (let i = 0; i < 30; i += 1) {
    const points = Array.from({ length: 20 }, (_, j) => ({ x: 0.5, y: 0.1 + (0.01 * i + 0.5) * (j / 19) }));
    const start = performance.now();
    const image = await lab.rasterise([{ points, width: 0.08 }]);
    readings = await lab.classifyMany(ids, image);
    milliseconds.push(performance.now() - start);
  }
  lab.close();
  return { milliseconds, labels: readings.map(([reading]) => reading.label) };
}

/** In the page: logits and gradients of digits, by all networks. */
async function measure({ backend, images, labels, bundled }) {
  const lab = await library.BlindSpots.open({ backend });
  const found = {};
  for (const name of bundled) {
    const model = await lab.load(name);
    const logits = [];
    const gradients = [];
    for (const [i, label] of labels.entries()) {
      const image = Float32Array.from(images.slice(i * 784, (i + 1) * 784));
      logits.push((await lab.classify(model.id, image)).logits);
      gradients.push([...(await lab.gradient(model.id, image, label))]);
    }
    found[name] = { logits, gradients };
    await lab.unload(model.id);
  }
  const { kind } = lab.backend;
  lab.close();
  return { kind, found };
}

/** In the page: gradients of many images at once and one by one; memory before, between and after. */
/** In the page: the backend of every kind of answer. */
async function everyAnswer({ backend, name }) {
  const lab = await library.BlindSpots.open({ backend });
  const { id: model } = await lab.load(name);
  const { images, labels } = await lab.digits();
  const [image, label] = [images.slice(0, 784), labels[0]];
  const some = { images: images.slice(0, 16 * 784), labels: labels.slice(0, 16) };
  const attacked = await lab.attack({ model, image, label });
  const towards = attacked.image;
  const [{ original, noise }] = (await lab.compare({ models: [model], image, example: towards, label }))
    .models;
  const units = await lab.units({ model, layer: 1, directions: 20, ...some });
  const [made] = await units.make({ units: [0] });
  const answers = {
    classify: await lab.classify(model, image),
    classifyMany: (await lab.classifyMany([model], some.images))[0][15],
    gradient: await lab.gradient(model, image, label),
    labels: await lab.labels([model], some.images),
    attack: attacked,
    transfer: await lab.transfer({ models: [model], image, label }),
    examples: await lab.examples({ model, ...some }),
    show: await lab.show({ models: [model], ...some }),
    original,
    noise,
    slice: await lab.slice({ model, image, towards, at: Float32Array.of(0, 0) }),
    line: await lab.line({ model, image, towards, points: 3 }),
    plane: await lab.plane({ model, image, towards, points: 3 }),
    certify: await lab.certify(model, image),
    units,
    made,
  };
  const found = Object.entries(answers).map(([what, answer]) => [what, answer.backend]);
  lab.close();
  return Object.fromEntries(found);
}

async function differentiate({ backend, model: name, count }) {
  const lab = await library.BlindSpots.open({ backend });
  const memory = [await lab.memory()];
  const model = await lab.load(name);
  memory.push(await lab.memory());
  const digits = await lab.digits();
  const image = (i) => digits.images.slice((i % 10) * 784, (i % 10) * 784 + 784);
  const images = new Float32Array(count * 784);
  for (let i = 0; i < count; i += 1) images.set(image(i), i * 784);
  const labels = Uint8Array.from({ length: count }, (_, i) => (i * 7) % 10);
  const singles = [];
  for (let i = 0; i < count; i += 1) singles.push(...(await lab.gradient(model.id, image(i), labels[i])));
  memory.push(await lab.memory());
  const batch = [...(await lab.gradient(model.id, images, labels))];
  memory.push(await lab.memory());
  const spare = new Float32Array(images.length);
  const wide = new Float32Array(2 * images.length);
  const unfit = [wide.subarray(0, images.length), image(0)];
  const spared = [await lab.gradient(model.id, images, labels, { spare })];
  for (const spare of unfit) spared.push(await lab.gradient(model.id, images, labels, { spare }));
  const spares = {
    same: spared.map((gradient) => gradient.every((value, i) => value === batch[i])),
    left: [spare, ...unfit, images].map(({ length }) => length),
  };
  const refusal = await lab.gradient(model.id, images, labels.slice(1)).catch(({ code }) => code);
  const strange = [];
  for (const label of [10, 256, -1, 0.5]) {
    strange.push(await lab.gradient(model.id, image(0), label).catch(({ code }) => code));
  }
  await lab.unload(model.id);
  memory.push(await lab.memory());
  lab.close();
  return { batch, singles, spares, refusal, strange, memory, parameters: model.parameters };
}

/** Weights, one image's buffers, a batch's, nothing: as much as each must hold at least. */
function assertMemory([empty, loaded, single, batch, unloaded], { backend, parameters }) {
  assert.ok(empty.wasm > 0 && loaded.wasm >= empty.wasm && batch.wasm >= single.wasm);
  assert.equal(empty.device, 0);
  assert.equal(unloaded.device, 0);
  if (backend === "cpu") {
    assert.equal(batch.device, 0);
  } else {
    assert.ok(loaded.device >= 4 * parameters && single.device > loaded.device);
    assert.ok(batch.device - single.device >= (BATCH - 1) * 2 * 4 * PIXELS);
  }
}

/** In the page: attacks the gallery's first digits and measures what comes back. */
async function attack({ backend, model: name, count }) {
  const lab = await library.BlindSpots.open({ backend });
  const digits = await lab.digits();
  const model = await lab.load(name);
  const reports = [];
  for (let i = 0; i < count; i += 1) {
    const original = digits.images.slice(i * 784, (i + 1) * 784);
    const { image, ...report } = await lab.attack({
      model: model.id,
      image: original,
      label: digits.labels[i],
    });
    if (image) {
      report.inBox = image.every((value) => value >= 0 && value <= 1);
      report.measuredL2 = Math.hypot(...image.map((value, pixel) => value - original[pixel]));
      report.readAs = (await lab.classify(model.id, image)).label;
    }
    reports.push(report);
  }
  lab.close();
  return reports;
}

function attackNatively() {
  const program = process.env.BLINDSPOTS ?? join(repository, "target/debug/blindspots");
  const folder = mkdtempSync(join(tmpdir(), "blindspots-"));
  const json = join(folder, "attack.json");
  const models = join(repository, "models");
  const inputs = [
    ["--model", MODEL],
    ["--images", join(models, "gallery-images-idx3-ubyte.gz")],
    ["--labels", join(models, "gallery-labels-idx1-ubyte.gz")],
    ["--count", String(ATTACKED)],
    ["--json", json],
  ];
  try {
    execFileSync(program, ["attack", ...inputs.flat()], { cwd: repository });
    return JSON.parse(readFileSync(json, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
