// Wrong arguments of every kind, to every method of the library: each is refused by a BlindSpotsError with a code
// of the list, soon, and the engine then answers as before.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { launch, openPage } from "./lib/browser.mjs";
import { host, repository } from "./lib/server.mjs";

/** Nothing wrong takes longer to refuse than this on a busy machine, in milliseconds. */
const SOON = 5000;

const messages = readFileSync(join(repository, "www/src/engine/messages.ts"), "utf8");
const codes = [...messages.match(/ErrorCode =([^;]+);/)[1].matchAll(/"([a-z-]+)"/g)].map(([, code]) => code);

let browser, site, page;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
  ({ page } = await openPage(browser));
  await page.goto(`${site.pages}blank.html`);
  await page.evaluate(async (url) => {
    const { BlindSpots, BlindSpotsError, Pool } = await import(`${url}blindspots.js`);
    const lab = await BlindSpots.open({ backend: "cpu" });
    const model = await lab.load("fc100-100-10");
    const digits = await lab.digits();
    const image = digits.images.slice(0, 784);
    const three = { images: digits.images.slice(0, 3 * 784), labels: digits.labels.slice(0, 3) };
    const units = await lab.units({ model: model.id, layer: 1, ...digits });
    const pool = await Pool.open({ workers: 1 });
    const pooled = await pool.load("fc10-1");
    const [lessons, pictures] = [await lab.lessons(), await lab.pictures()];
    const moved = () => {
      const array = new Float32Array(784);
      structuredClone(array, { transfer: [array.buffer] });
      return array;
    };
    /** Anything at all. */
    const things = {
      undefined,
      null: null,
      NaN,
      "-1": -1,
      1.5: 1.5,
      "1e9": 1e9,
      '"7"': "7",
      true: true,
      "{}": {},
      "[]": [],
      bigint: 7n,
      symbol: Symbol("7"),
      function: () => 7,
      moved: moved(),
      doubles: new Float64Array(784),
      bytes: new Uint8Array(784),
      date: new Date(0),
      "%": "%E0%A4%A",
    };
    const all = async (generator) => {
      const results = [];
      for await (const result of generator) results.push(result);
      return results;
    };
    Object.assign(globalThis, { BlindSpots, BlindSpotsError, Pool, lab, model, digits, image, three });
    Object.assign(globalThis, { units, lessons, pictures, pool, pooled, moved, things, all });

    /** How an attempt ends, and after how long. */
    globalThis.outcome = async (attempt) => {
      const begin = performance.now();
      const late = new Promise((resolve) => setTimeout(resolve, 20_000, { kind: "nothing" }));
      const ends = (async () => {
        try {
          const value = await attempt();
          // What was opened is closed.
          value?.close?.();
          return { kind: "answer" };
        } catch (error) {
          const kind = error instanceof BlindSpotsError ? "refusal" : "foreign";
          return {
            kind,
            name: String(error?.name),
            code: String(error?.code),
            message: String(error?.message),
          };
        }
      })();
      const result = await Promise.race([ends, late]);
      return { ...result, took: performance.now() - begin };
    };
  }, site.url);
});
after(() => Promise.all([browser.close(), site.close()]));

/** Tries `attempt` on all things but `fine`, and gives what was not refused as it should be. */
async function driven(attempts) {
  const results = await page.evaluate(async (attempts) => {
    const results = {};
    for (const [what, source, fine] of attempts) {
      const attempt = new Function("x", `return ${source}`);
      for (const [name, thing] of Object.entries(things)) {
        if (fine.includes(name)) continue;
        results[`${what}: ${name}`] = await outcome(() => attempt(thing));
      }
    }
    return results;
  }, attempts);
  return results;
}

function assertRefused(results, least) {
  assert.ok(Object.keys(results).length >= least, `${Object.keys(results).length} attempts`);
  const wrong = Object.entries(results).filter(
    ([, { kind, code, message, took }]) =>
      kind !== "refusal" ||
      !codes.includes(code) ||
      code === "internal" ||
      !/^\S.{15,}/s.test(message) ||
      took > SOON,
  );
  assert.deepEqual(
    wrong.map(([what, result]) => `${what} → ${JSON.stringify(result)}`),
    [],
  );
}

/** The engine answers as before. */
async function assertAlive() {
  const label = await page.evaluate(async () => (await lab.classify(model.id, image)).label);
  assert.equal(label, 7, "the gallery begins with a seven");
}

/** What may stand where nothing need be. */
const absent = ["undefined", "null"];
/** What may stand for a number: 7n is one. */
const seven = ["bigint"];
/** What may stand where options are. */
const anOption = ["undefined", "{}", "date"];
const unsignalled = ["undefined"];

it("things in the place of arguments", async () => {
  const results = await driven([
    ["open", "BlindSpots.open(x)", anOption],
    ["open backend", "BlindSpots.open({ backend: x })", absent],
    ["open simd", "BlindSpots.open({ simd: x })", absent],
    ["open signal", "BlindSpots.open({ signal: x })", unsignalled],
    ["bundled", "BlindSpots.bundled(x)", anOption],
    ["use", "lab.use(x)", []],
    ["load", "lab.load(x)", []],
    ["load options", 'lab.load("fc10-1", x)', anOption],
    ["load files", 'lab.load("fc10-1", { files: { a: x } })', ["bytes"]],
    ["load limits", 'lab.load("fc10-1", { limits: { seconds: x } })', ["undefined", "1.5", "1e9"]],
    ["load image", 'lab.load("fc10-1", { image: x })', absent],
    ["load normalize", 'lab.load("fc10-1", { normalize: x })', absent],
    ["lower", "lab.lower(x)", []],
    ["unload", "lab.unload(x)", [...seven, "1e9"]],
    ["classify model", "lab.classify(x, image)", []],
    ["classify image", "lab.classify(model.id, x)", []],
    ["classify options", "lab.classify(model.id, image, x)", anOption],
    ["classify signal", "lab.classify(model.id, image, { signal: x })", unsignalled],
    ["classifyMany", "lab.classifyMany(x, image)", ["[]"]],
    ["classifyMany of", "lab.classifyMany([x], image)", []],
    ["gradient model", "lab.gradient(x, image, 7)", []],
    ["gradient images", "lab.gradient(model.id, x, 7)", []],
    ["gradient labels", "lab.gradient(model.id, image, x)", []],
    ["gradient of labels", "lab.gradient(model.id, image, [x])", []],
    ["bounds", "lab.bounds(x)", []],
    ["certify", "lab.certify(x, image)", []],
    ["certify image", "lab.certify(model.id, x)", []],
    ["certify label", "lab.certify(model.id, image, x)", [...absent, ...seven]],
    ["memory", "lab.memory(x)", anOption],
    ["noise image", "lab.noise(x, 0.1)", []],
    ["noise distortion", "lab.noise(image, x)", ["1.5", "1e9"]],
    ["noise seed", "lab.noise(image, 0.1, x)", ["undefined", "1e9", ...seven]],
    ["noise count", "lab.noise(image, 0.1, 1, { count: x })", [...absent, ...seven]],
    ["rasterise", "lab.rasterise(x)", []],
    ["rasterise stroke", "lab.rasterise([x])", []],
    ["rasterise points", "lab.rasterise([{ points: x, width: 0.1 }])", []],
    ["rasterise point", "lab.rasterise([{ points: [x], width: 0.1 }])", []],
    ["rasterise x", "lab.rasterise([{ points: [{ x, y: 0 }], width: 0.1 }])", ["-1", "1.5", "1e9", ...seven]],
    ["rasterise width", "lab.rasterise([{ points: [{ x: 0, y: 0 }], width: x }])", ["1.5", "1e9", ...seven]],
    ["digits", "lab.digits(x)", absent],
    ["digits images", "lab.digits({ images: x, labels: new Uint8Array(9) })", []],
    ["digits keep", 'lab.digits("gallery", { keep: x })', [...absent, "true"]],
    ["keep images", "lab.keep(x, [7])", []],
    ["keep labels", "lab.keep(image, x)", ["doubles", "bytes"]],
    ["forget", "lab.forget(x)", [...seven, "1e9"]],
    ["hiddenLayers", "lab.hiddenLayers(x)", []],
  ]);
  assertRefused(results, 600);
  await assertAlive();
});

it("things in the place of options", async () => {
  const attack = "lab.attack({ model: model.id, image, method: 'ddn',";
  const pgd = "lab.attack({ model: model.id, image, method: 'pgd-l2',";
  const results = await driven([
    ["attack", "lab.attack(x)", []],
    ["attack model", "lab.attack({ model: x, image })", []],
    ["attack models", "lab.attack({ models: x, image })", []],
    ["attack one of models", "lab.attack({ models: [model.id, x], image })", []],
    ["attack image", "lab.attack({ model: model.id, image: x })", []],
    ["attack label", `${attack} label: x })`, [...absent, ...seven]],
    ["attack target", `${attack} target: x })`, absent],
    ["attack others", `${attack} others: x })`, absent],
    ["attack method", "lab.attack({ model: model.id, image, method: x })", absent],
    ["attack seed", `${attack} seed: x })`, [...absent, "1e9", ...seven]],
    ["attack steps", `${attack} steps: x })`, [...absent, "1e9", ...seven]],
    ["attack epsilon", `${pgd} epsilon: x })`, [...absent, "1.5", "1e9", ...seven]],
    [
      "attack distortion",
      "lab.attack({ model: model.id, image, method: 'noise', distortion: x })",
      [...absent, "1.5", "1e9", ...seven],
    ],
    ["attack signal", `${attack} signal: x })`, unsignalled],
    ["attack onprogress", `${attack} onprogress: x })`, ["undefined", "function"]],
    ["transfer", "lab.transfer(x)", []],
    ["transfer models", "lab.transfer({ models: x, image })", ["[]"]],
    ["transfer image", "lab.transfer({ models: [model.id], image: x })", []],
    ["transfer label", "lab.transfer({ models: [model.id], image, label: x })", [...absent, ...seven]],
    ["examples", "lab.examples(x)", []],
    ["examples model", "lab.examples({ ...three, model: x })", []],
    ["examples images", "lab.examples({ ...three, model: model.id, images: x })", []],
    ["examples labels", "lab.examples({ ...three, model: model.id, labels: x })", []],
    ["examples label", "lab.examples({ ...three, model: model.id, labels: [7, 2, x] })", []],
    ["examples set", "lab.examples({ model: model.id, set: x })", []],
    ["show", "lab.show(x)", []],
    ["show models", "lab.show({ ...three, models: x })", []],
    ["show examples", "lab.show({ ...three, models: [model.id], examples: x })", absent],
    ["show labels", "lab.show({ ...three, models: [model.id], labels: x })", []],
    ["compare", "lab.compare(x)", []],
    ["compare models", "lab.compare({ models: x, image, example: image, label: 7 })", ["[]"]],
    ["compare example", "lab.compare({ models: [model.id], image, example: x, label: 7 })", []],
    ["compare label", "lab.compare({ models: [model.id], image, example: image, label: x })", seven],
    ["labels", "lab.labels(x, image)", ["[]"]],
    ["labels images", "lab.labels([model.id], x)", []],
    ["slice", "lab.slice(x)", []],
    ["slice at", "lab.slice({ model: model.id, image, towards: three.images.slice(784, 1568), at: x })", []],
    ["line", "lab.line(x)", []],
    ["line towards", "lab.line({ model: model.id, image, towards: x })", []],
    [
      "line from",
      "lab.line({ model: model.id, image, towards: three.images.slice(784, 1568), from: x })",
      ["undefined", "-1", "1.5", "1e9"],
    ],
    [
      "line points",
      "lab.line({ model: model.id, image, towards: three.images.slice(784, 1568), points: x })",
      absent,
    ],
    ["plane", "lab.plane(x)", []],
    ["units", "lab.units(x)", []],
    ["units layer", "lab.units({ ...digits, model: model.id, layer: x })", []],
    ["units labels", "lab.units({ ...three, model: model.id, layer: 1, labels: x })", []],
    ["units compare", "units.compare(x)", anOption],
    ["units make", "units.make(x)", ["date", "{}"]],
    ["units make of", "units.make({ units: [x] })", seven],
    ["units make units", "units.make({ units: x })", ["undefined", "[]"]],
  ]);
  assertRefused(results, 600);
  await assertAlive();
});

it("things in the place of a pool's", async () => {
  const results = await driven([
    ["open", "Pool.open(x)", anOption],
    ["open workers", "Pool.open({ workers: x })", absent],
    ["load", "pool.load(x)", []],
    ["load options", 'pool.load("fc10-1", x)', anOption],
    ["unload", "pool.unload(x)", []],
    ["each", "all(pool.each(x, () => 1))", ["[]", '"7"', "%", "moved", "doubles", "bytes"]],
    ["each work", "all(pool.each([1], x))", ["function"]],
    ["attackMany", "all(pool.attackMany(x))", []],
    ["attackMany model", "all(pool.attackMany({ ...three, model: x }))", []],
    ["attackMany images", "all(pool.attackMany({ ...three, model: pooled, images: x }))", []],
    ["attackMany labels", "all(pool.attackMany({ ...three, model: pooled, labels: x }))", []],
    ["attackMany label", "all(pool.attackMany({ ...three, model: pooled, labels: [7, 2, x] }))", []],
  ]);
  assertRefused(results, 150);
});

it("numbers and words out of place", async () => {
  const results = await page.evaluate(async () => {
    const towards = three.images.slice(784, 1568);
    const attempts = {
      "label 263": () => lab.examples({ ...three, model: model.id, labels: [7, 2, 263] }),
      "label 10": () => lab.attack({ model: model.id, image, label: 10 }),
      "target of the label": () => lab.attack({ model: model.id, image, target: 7 }),
      "fewer labels": () => lab.examples({ ...three, model: model.id, labels: [7] }),
      "labels of a length": () => lab.gradient(model.id, image, { length: 2 ** 40 }),
      "labels of no length": () => lab.gradient(model.id, image, { length: NaN }),
      "a row of bigints": () => lab.gradient(model.id, image, new BigUint64Array(1)),
      "no address": () => lab.load("http://["),
      "no code in an address": () => lab.load("./%E0%A4%A"),
      "no such scheme": () => lab.load("nowhere:7"),
      "script for an address": () => lab.load("javascript:alert(1)"),
      "a page for an address": () => lab.load(new URL(location.href)),
      "a set of that name": () => lab.digits("constructor"),
      "a method of that name": () => lab.attack({ model: model.id, image, method: "constructor" }),
      "a line to nowhere": () => lab.line({ model: model.id, image, towards, to: Infinity }),
      "a line to itself": () => lab.line({ model: model.id, image, towards: image }),
      "a large plane": () => lab.plane({ model: model.id, image, towards, points: 514 }),
      "a place that is none": () =>
        lab.slice({ model: model.id, image, towards, at: new Float32Array([NaN, 0]) }),
      "half a place": () => lab.slice({ model: model.id, image, towards, at: new Float32Array(3) }),
      "moved bytes": () => lab.load(moved().buffer),
      "a view of moved bytes": () => {
        const view = new Uint8Array(8);
        structuredClone(view, { transfer: [view.buffer] });
        return lab.load(view);
      },
      "no bytes": () => lab.load(new Uint8Array(0)),
      "a million points": () =>
        lab.rasterise([
          {
            points: Array.from({ length: 1e6 }, (_, i) => ({ x: (i % 7) / 7, y: (i % 11) / 11 })),
            width: 0.1,
          },
        ]),
      "a million times the same point": () =>
        lab.rasterise([{ points: Array(1e6).fill({ x: 0.5, y: 0.5 }), width: 0.1 }]),
      "a million strokes": () => lab.rasterise(Array(1e6).fill({ points: [], width: 0.1 })),
      "a length without points": () => lab.rasterise([{ points: Array(1e9), width: 0.1 }]),
      "coordinates beyond f32": () => lab.rasterise([{ points: [{ x: 1e300, y: 0 }], width: 0.1 }]),
    };
    const results = {};
    for (const [name, attempt] of Object.entries(attempts)) results[name] = await outcome(attempt);
    return results;
  });
  assertRefused(results, 25);
  for (const name of Object.keys(results).filter((name) => /million/.test(name))) {
    assert.equal(results[name].code, "too-large", name);
    assert.ok(results[name].took < 1000, `${name} took ${results[name].took} ms`);
  }
  assert.equal(results["label 263"].code, "no-such-class");
  await assertAlive();
});

it("unusual drawings are drawn", async () => {
  const took = await page.evaluate(async () => {
    const drawings = [
      [
        {
          points: [
            { x: -1e30, y: 0.5 },
            { x: 1e30, y: 0.5 },
          ],
          width: 0.1,
        },
      ],
      Array.from({ length: 5000 }, (_, i) => ({
        points: [{ x: (i % 7) / 7, y: (i % 11) / 11 }],
        width: 0.1,
      })),
      [{ points: Array(99_999).fill({ x: 0.5, y: 0.5 }), width: 0.1 }],
    ];
    const took = [];
    for (const strokes of drawings) {
      const begin = performance.now();
      const image = await lab.rasterise(strokes);
      if (!image.some((v) => v > 0.9)) throw new Error("no ink");
      took.push(performance.now() - begin);
    }
    return took;
  });
  for (const milliseconds of took) assert.ok(milliseconds < 1000, `${took} ms`);
});

it("right arguments are answered: the same calls with what belongs there", async () => {
  const kinds = await page.evaluate(async () => {
    const attempts = [
      () => lab.attack({ model: model.id, image, method: "ddn", onprogress: null, signal: undefined }),
      () => lab.examples({ ...three, model: model.id, labels: Uint8Array.from(three.labels) }),
      () => lab.show({ ...three, models: [model.id] }),
      () => lab.gradient(model.id, image, 7, { signal: new AbortController().signal }),
      () => all(pool.attackMany({ ...three, model: [pooled] })),
      () => all(pool.each(new Set([1, 2]), async () => 1)),
      () => lab.digits({ images: new Uint8Array(0), labels: new Uint8Array(0) }),
    ];
    const kinds = [];
    for (const attempt of attempts) kinds.push((await outcome(attempt)).kind);
    return kinds;
  });
  assert.deepEqual(kinds, ["refusal", ...Array(5).fill("answer"), "refusal"]);
});

it("photographs and files of digits", async () => {
  const photograph = (parts) =>
    `pictures.photograph({ ...{ pixels: new Uint8Array(16), width: 2, height: 2 }, ...{ ${parts} } })`;
  const results = await driven([
    ["photograph", "pictures.photograph(x)", []],
    ["photograph pixels", photograph("pixels: x"), []],
    ["photograph width", photograph("width: x"), []],
    ["photograph height", photograph("height: x"), []],
    [
      "photograph options",
      "pictures.photograph({ pixels: new Uint8Array(4), width: 1, height: 1 }, x)",
      anOption,
    ],
    ["read", "pictures.read(x)", []],
  ]);
  assertRefused(results, 70);
});

it("lessons and results", async () => {
  const lesson =
    '{ blindspots: "lesson", version: 1, title: "x", tasks: [{ kind: "resist", network: "fc100-100-10", distortion: 0.1 }] }';
  const known = '[{ name: "fc100-100-10", sha256: "", model: model.id }]';
  const work = '{ kind: "resist", original: image, label: 7 }';
  const mark = (parts) =>
    `lessons.mark({ ...{ lesson: ${lesson}, task: 0, work: ${work}, known: ${known} }, ...{ ${parts} } })`;
  const results = await driven([
    ["read", "lessons.read(x)", []],
    ["sides seed", "lessons.sides(x, 3)", ["1e9", ...seven]],
    ["sides count", "lessons.sides(1, x)", seven],
    ["mark", "lessons.mark(x)", []],
    ["mark lesson", mark("lesson: x"), []],
    ["mark task", mark("task: x"), []],
    ["mark work", mark("work: x"), []],
    ["mark image", mark('work: { kind: "resist", original: x, label: 7 }'), []],
    ["mark known", mark("known: x"), []],
    ["mark model", mark('known: [{ name: "fc100-100-10", sha256: "", model: x }]'), []],
    ["result", "lessons.result(x)", []],
    [
      "result answers",
      `lessons.result({ lesson: ${lesson}, student: "", answers: x, known: ${known} })`,
      ["[]"],
    ],
    ["verify", `lessons.verify(x, { known: ${known} })`, ["bytes"]],
    ["verify known", "lessons.verify(new Uint8Array(3), { known: x })", ["[]"]],
    [
      "verify lesson",
      `lessons.verify(new Uint8Array(3), { known: ${known}, lesson: x })`,
      [...absent, "NaN"],
    ],
  ]);
  assertRefused(results, 200);
});
