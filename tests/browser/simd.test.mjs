// The engine's two builds: each runs, they agree, a visitor loads one of them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { floats, relativeDistance } from "./lib/numbers.mjs";
import { host, repository, SITE } from "./lib/server.mjs";

const MODELS = ["fc100-100-10", "cnn"];
/** One rounding instead of two in every product, through a whole backward pass: relative, in norm. */
const ROUNDING = 1e-4;

const { images, labels } = JSON.parse(readFileSync(join(repository, "training/reference.json"), "utf8"));

let browser, site, page, complaints;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());
beforeEach(async () => {
  site = await host();
  ({ page, complaints } = await openPage(browser));
  await page.goto(`${site.pages}blank.html`);
});
afterEach(() => site.close());

/** In the page: the build that ran, and gradients of the digits, one network after the other. */
async function gradients({ url, options, models, images, labels }) {
  const { BlindSpots } = await import(`${url}blindspots.js`);
  const lab = await BlindSpots.open({ backend: "cpu", ...options });
  const found = [];
  for (const name of models) {
    const { id } = await lab.load(name);
    found.push([...(await lab.gradient(id, Float32Array.from(images), labels))]);
  }
  const { simd, blocking } = lab;
  lab.close();
  return { simd, blocking, found };
}

const run = (options) =>
  page.evaluate(gradients, {
    url: site.url,
    options,
    models: MODELS,
    images: [...floats(images.noisy)],
    labels,
  });

/** The engine's Wasm files that were asked for. */
const engines = () => site.asked.filter((path) => path.endsWith(".wasm.gz") && !path.includes("importer"));

/** Bytes of `f32x4.relaxed_madd`. Data may hold the same few times by chance. */
const MULTIPLY_ADD = Uint8Array.of(0xfd, 0x85, 0x02);
const CHANCE = 10;

/** Whether a Wasm file multiplies and adds in one relaxed instruction. */
function isRelaxed(path) {
  const bytes = gunzipSync(readFileSync(join(SITE, path)));
  let count = 0;
  for (let at = 0; (at = bytes.indexOf(MULTIPLY_ADD, at)) >= 0; at += 1) count += 1;
  return count > CHANCE;
}

it("a browser with relaxed SIMD gets that build alone, and both builds agree", async () => {
  const fastest = await run({});
  assert.equal(fastest.simd, "relaxed");
  assert.equal(fastest.blocking, false);
  const [relaxed, ...more] = engines();
  assert.deepEqual(more, [], "one build is loaded");
  assert.ok(isRelaxed(relaxed), `${relaxed} holds the relaxed instruction`);

  const plain = await run({ simd: "baseline" });
  assert.equal(plain.simd, "baseline");
  const [, baseline] = engines();
  assert.ok(!isRelaxed(baseline), `${baseline} runs where there is no relaxed SIMD`);

  for (const [i, model] of MODELS.entries()) {
    const [one, other] = [fastest.found[i], plain.found[i]];
    assert.ok(relativeDistance(one, other) <= ROUNDING, model);
    assert.notDeepEqual(one, other, `${model}: two roundings are not one`);
    // The comparison can fail: another network's gradients, and slightly longer ones, are refused.
    assert.ok(relativeDistance(one, plain.found[1 - i]) > ROUNDING, model);
    const longer = other.map((value) => value * (1 + 2 * ROUNDING));
    assert.ok(relativeDistance(longer, one) > ROUNDING, model);
  }
  assertQuiet(complaints);
});

it("a browser without relaxed SIMD gets the baseline", async () => {
  await page.evaluate(() => {
    // As a browser answers that does not know the instruction.
    WebAssembly.validate = () => false;
  });
  const { simd, found } = await run({});
  assert.equal(simd, "baseline");
  assert.equal(found.length, MODELS.length);
  assert.equal(engines().length, 1);
  assert.ok(!isRelaxed(engines()[0]));
  const refusal = await run({ simd: "relaxed" }).catch((error) => error.message);
  assert.match(refusal, /no relaxed SIMD/);
  assertQuiet(complaints);
});

it("the engine also runs on the page's own thread, if asked to", async () => {
  const { blocking, found } = await run({ worker: false });
  assert.equal(blocking, true);
  const { found: there, ...other } = await run({});
  assert.equal(other.blocking, false);
  assert.deepEqual(found, there);
  assert.notDeepEqual(found[0], there[1]);
  assertQuiet(complaints);
});

it("a build that does not exist is refused by name", async () => {
  const refusal = await run({ simd: "quantum" }).catch((error) => error.message);
  assert.match(refusal, /"baseline" or "relaxed", not "quantum"/);
  assert.deepEqual(engines(), []);
  assertQuiet(complaints);
});
