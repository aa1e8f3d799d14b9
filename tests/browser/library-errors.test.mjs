// Everything that can be given to the library by mistake: each is answered by a
// BlindSpotsError with a stable code and a sentence, and the library goes on.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { floats, within } from "./lib/numbers.mjs";
import { host, repository } from "./lib/server.mjs";

/** Other exporters' graphs, in f32, against their f64 reference. */
const LOGITS = 1e-4;

const folder = join(repository, "tests/fixtures/onnx");
const fixtures = JSON.parse(readFileSync(join(folder, "reference.json"), "utf8"));
const images = floats(fixtures.images);

let browser, site, page, complaints;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
  ({ page, complaints } = await openPage(browser));
  await page.goto(`${site.pages}blank.html`);
  await page.evaluate(async (url) => {
    globalThis.library = await import(`${url}blindspots.js`);
    globalThis.lab = await library.BlindSpots.open();
    globalThis.bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    /** How an attempt ended: its value, or what was wrong. */
    globalThis.outcome = async (attempt) => {
      try {
        return { value: await attempt() };
      } catch (error) {
        return { own: error instanceof library.BlindSpotsError, code: error.code, message: error.message };
      }
    };
  }, site.url);
});
after(() => Promise.all([browser.close(), site.close()]));

const base64 = (data) => Buffer.from(data).toString("base64");

/** Fails unless an attempt was refused with this code, in a sentence. */
function assertRefused(result, code, what) {
  assert.equal(result.code, code, `${what}: ${JSON.stringify(result)}`);
  assert.ok(result.own, `${what} ends in a BlindSpotsError`);
  assert.match(result.message, /^\S.{20,}/s, `${what} is explained`);
  assert.doesNotMatch(result.message, /panicked|unwrap|undefined|\[object/, what);
}

it("foreign ONNX files are read rightly, or refused for the right reason", async () => {
  const outcomes = { load: 0, refused: 0 };
  for (const { file, expect, answer, output, image } of fixtures.files) {
    const result = await page.evaluate(
      ({ file, pixels }) =>
        outcome(async () => {
          const model = await lab.load(bytes(file));
          const [readings] = await lab.classifyMany([model.id], Float32Array.from(pixels));
          await lab.unload(model.id);
          return { output: model.output, logits: readings.flatMap((reading) => reading.logits) };
        }),
      { file: base64(readFileSync(join(folder, file))), pixels: [...(image ? patterns(image) : images)] },
    );
    if (expect === "load-or-unsupported-op" && result.code) {
      assertRefused(result, "unsupported-op", file);
      outcomes.refused += 1;
    } else if (expect.startsWith("load")) {
      assert.ok(result.value, `${file}: ${result.message}`);
      assert.equal(result.value.output, output, file);
      const classes = floats(answer).length / 3;
      const logits = upToConstants(result.value.logits, output, classes);
      const wanted = upToConstants(wantedLogits(floats(answer), output), output, classes);
      assert.ok(within(logits, wanted, LOGITS), `${file} agrees`);
      const shifted = logits.map((value, i) => value + (i === 3 ? 0.01 : 0));
      assert.ok(!within(shifted, wanted, LOGITS), "the comparison can fail");
      outcomes.load += 1;
    } else {
      assertRefused(result, expect, file);
      outcomes.refused += 1;
    }
  }
  assert.ok(outcomes.load > 50 && outcomes.refused > 10, JSON.stringify(outcomes));
});

/** Three images of another shape than a digit's, as the reference describes them. */
function patterns([channels, height, width]) {
  const number = (i) => Math.imul(i, 2654435761) >>> 16;
  return Float32Array.from({ length: 3 * channels * height * width }, (_, i) => number(i) / 65536);
}

/** Logits whose softmax is the file's own answer. */
function wantedLogits(answer, output) {
  return [...answer].map((value) => (output === "probabilities" ? Math.log(value) : value));
}

/** Where a file ends in a softmax its logits are known up to a constant an image. */
function upToConstants(logits, output, classes) {
  if (output === "logits") return [...logits];
  return [...logits].map((value, i, all) => {
    const image = all.slice(i - (i % classes), i - (i % classes) + classes);
    return value - image.reduce((sum, logit) => sum + logit, 0) / classes;
  });
}

it("drawings that are none are refused", async () => {
  const rasterise = (strokes) =>
    page.evaluate((strokes) => outcome(async () => [...(await lab.rasterise(strokes))]), strokes);
  assertRefused(await rasterise([]), "empty-drawing", "no stroke");
  assertRefused(await rasterise([{ points: [], width: 0.05 }]), "empty-drawing", "no point");
  assertRefused(await rasterise([{ points: [{ x: 0, y: 0 }], width: 0 }]), "invalid-drawing", "no pen");
  const { value } = await rasterise([{ points: [{ x: 0.5, y: 0.5 }], width: 0.05 }]);
  assert.equal(value.length, 784);
  assert.ok(Math.max(...value) === 1 && value.reduce((sum, v) => sum + v) > 3, "a dot is a drawing");
});

it("IDX files that are none, or the wrong ones, are refused", async () => {
  const read = (kind) => gunzipSync(readFileSync(join(repository, `models/gallery-${kind}-ubyte.gz`)));
  const [pictures, labels] = [read("images-idx3"), read("labels-idx1")];
  const attempt = (files) =>
    page.evaluate(
      ({ images, labels }) =>
        outcome(async () => {
          const digits = await lab.digits({ images: bytes(images), labels: bytes(labels) });
          return { pixels: digits.images.length, labels: digits.labels };
        }),
      { images: base64(files.images), labels: base64(files.labels) },
    );
  const whole = await attempt({ images: pictures, labels });
  assert.equal(whole.value.pixels, whole.value.labels.length * 784);
  assert.deepEqual(
    whole.value.labels,
    JSON.parse(readFileSync(join(repository, "models/gallery.json"), "utf8")).labels,
  );
  assertRefused(await attempt({ images: labels, labels: pictures }), "idx-mislabelled", "swapped files");
  assertRefused(
    await attempt({ images: pictures.subarray(0, 9000), labels }),
    "idx-truncated",
    "half a file",
  );
  assertRefused(await attempt({ images: Buffer.from("<html>"), labels }), "not-an-idx-file", "a web page");
});

it("wrong arguments and missing files are refused", async () => {
  const results = await page.evaluate(async (url) => {
    const model = await lab.load("fc10-1");
    const image = new Float32Array(784).fill(0.5);
    return {
      short: await outcome(() => lab.classify(model.id, new Float32Array(783))),
      list: await outcome(() => lab.classify(model.id, Array.from(image))),
      nan: await outcome(() => lab.classify(model.id, image.with(7, NaN))),
      // Of seven numbers, wherever it is; and of seven that are numbers.
      anywhere: await Promise.all(
        [0, 1, 2, 3, 4, 5, 6, null].map((place) => {
          const seven = new Float32Array(7).fill(0.5);
          if (place !== null) seven[place] = place % 2 ? NaN : 1.5;
          return outcome(async () => (await lab.noise(seven, 0.1)).length).then(
            ({ code, value }) => code ?? value,
          );
        }),
      ),
      unknown: await outcome(() => lab.classify(4711, image)),
      label: await outcome(() => lab.gradient(model.id, image, 10)),
      name: await outcome(() => lab.load("no-such-network")),
      url: await outcome(() => lab.load(`${url}nowhere.onnx`)),
      still: await outcome(async () => (await lab.classify(model.id, image)).probabilities),
    };
  }, site.url);
  assertRefused(results.short, "not-an-image", "783 pixels");
  assertRefused(results.list, "not-an-image", "a list");
  assert.deepEqual(
    results.anywhere,
    [0, 1, 2, 3, 4, 5, 6, null].map((place) =>
      place === null ? 7 : place % 2 ? "not-an-image" : "out-of-box",
    ),
  );
  for (const what of ["nan", "unknown", "label"]) {
    assert.ok(results[what].code, `${what} is refused`);
    assertRefused(results[what], results[what].code, what);
  }
  assertRefused(results.name, "missing-file", "a name that no network has");
  assertRefused(results.url, "missing-file", "an address where nothing is");
  const sum = results.still.value.reduce((total, share) => total + share);
  assert.ok(Math.abs(sum - 1) < 1e-5, "after all that, the library still reads");
});

it("a wrong argument is named, with what would be right, and long names are cut", async () => {
  const results = await page.evaluate(async () => {
    const model = await lab.load("fc10-1");
    const image = new Float32Array(784).fill(0.5);
    const all = {
      model: () => lab.classify(model, image),
      "models[1]": () => lab.classifyMany([model.id, "1"], image),
      layer: () => lab.units({ model: model.id, layer: "1", images: image, labels: [7] }),
      label: () => lab.certify(model.id, image, "7"),
      steps: () => lab.attack({ model: model.id, image, steps: 1.5 }),
      distortion: () => lab.noise(image, "0.1"),
      seed: () => lab.noise(image, 0.1, -1),
      keep: () => lab.digits("gallery", { keep: 1 }),
      backend: () => lab.use("gpu"),
      both: () => lab.attack({ model: model.id, models: [model.id], image }),
      long: () => lab.load(`./${"long".repeat(500)}.onnx`),
      method: () => lab.attack({ model: model.id, image, method: "long".repeat(250_000) }),
      source: () => lab.digits("long".repeat(250_000)),
    };
    const results = {};
    for (const [name, attempt] of Object.entries(all)) results[name] = await outcome(attempt);
    return {
      results,
      right: await outcome(async () => (await lab.attack({ models: [model.id], image })).l2),
    };
  });
  const { both, long, method, source, ...wrong } = results.results;
  for (const [name, result] of Object.entries(wrong)) {
    assertRefused(result, "bad-request", name);
    assert.ok(result.message.startsWith(`${name} has to be `), result.message);
    assert.doesNotMatch(result.message, /JsValue|invalid type|u32/);
  }
  assertRefused(both, "bad-request", "model and models");
  assert.match(both.message, /model is one .* models are several/);
  assertRefused(long, "missing-file", "a long name");
  assert.match(long.message, /^long.*…/);
  assert.ok(long.message.length < 200, long.message);
  for (const result of [method, source]) {
    assert.equal(result.own, true);
    assert.match(result.message, /long/);
    assert.ok(result.message.length < 1300, `${result.message.length} characters`);
  }
  assert.equal(typeof results.right.value, "number", JSON.stringify(results.right));
});

it("more numbers than the engine has memory for are refused, and it goes on", async () => {
  const results = await page.evaluate(async () => {
    const model = await lab.load("fc10-1");
    // Never written to, so that they take no memory.
    const many = new Float32Array((Math.ceil(2 ** 28 / 784) + 1) * 784);
    const read = async () => (await lab.classify(model.id, new Float32Array(784))).label;
    return {
      noise: await outcome(() => lab.noise(many, 0.1)),
      readings: await outcome(() => lab.classifyMany([model.id], many)),
      gradients: await outcome(() => lab.gradient(model.id, many, 1)),
      image: await outcome(() => lab.noise(new Float32Array(2 ** 25 + 1), 0.1)),
      after: await outcome(read),
    };
  });
  const { after, image, ...many } = results;
  for (const [name, result] of Object.entries(many)) {
    assertRefused(result, "too-large", name);
    assert.match(result.message, /numbers; one call may bring 268435456/, name);
  }
  assertRefused(image, "too-large", "one image");
  assert.match(image.message, /33554433 pixels; no network reads more than 33554432/);
  assert.equal(typeof after.value, "number", JSON.stringify(after));
});

it("a search is given up by its signal, and a closed library says so", async () => {
  const results = await page.evaluate(async () => {
    const other = await library.BlindSpots.open({ backend: "cpu" });
    const model = await other.load("cnn-robust");
    const { images } = await other.digits();
    const image = images.slice(0, 784);
    const control = new AbortController();
    const search = outcome(() =>
      other.attack({
        model: model.id,
        image,
        signal: control.signal,
        onprogress: () => control.abort(),
      }),
    );
    const given = await search;
    const early = await outcome(() => other.attack({ model: model.id, image, signal: AbortSignal.abort() }));
    const read = await outcome(async () => (await other.classify(model.id, image)).label);
    const pending = outcome(() => other.attack({ model: model.id, image }));
    other.close();
    return {
      given,
      early,
      read,
      pending: await pending,
      closed: await outcome(() => other.classify(model.id, image)),
    };
  });
  for (const what of ["given", "early"]) {
    assert.equal(results[what].code, "aborted", what);
    assert.ok(results[what].own);
  }
  assert.equal(results.read.value, 7, "after that it reads as before: the gallery begins with a seven");
  assertRefused(results.pending, "closed", "work under way");
  assertRefused(results.closed, "closed", "new work");
  assertQuiet(complaints, /404/);
});
