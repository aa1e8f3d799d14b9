// Long readings say how far they have come, can be given up on the way, and read in pieces what they read at once.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { host } from "./lib/server.mjs";

let browsers, site;
before(async () => {
  const kinds = [false, true].map((webgpu) => launch({ webgpu }));
  [browsers, site] = await Promise.all([Promise.all(kinds), host()]);
});
after(() => Promise.all([...browsers.map((browser) => browser.close()), site.close()]));

/** In the page: every long reading of many digits, once to its end and once given up at the first word. */
async function readings({ url, backend, count }) {
  const { BlindSpots } = await import(`${url}blindspots.js`);
  const lab = await BlindSpots.open({ backend });
  const heard = {};
  const loaded = [];
  const onprogress = ({ fraction }) => loaded.push(fraction);
  const { id: model } = await lab.load("cnn", { onprogress });
  heard.load = { fractions: loaded };
  const arrived = [];
  const options = { onprogress: ({ fraction }) => arrived.push(fraction) };
  const { images: all, labels: kept } = await lab.digits("test", options);
  heard.digits = { fractions: arrived };
  const [images, labels] = [all.slice(0, count * 784), kept.slice(0, count)];
  const some = { models: [model, model], images, labels };
  const calls = {
    classifyMany: (options) => lab.classifyMany([model, model], images, options),
    labels: (options) => lab.labels([model, model], images, options),
    show: (options) => lab.show({ ...some, ...options }),
    gradient: (options) => lab.gradient(model, images, labels, options),
  };
  const found = {};
  for (const [name, call] of Object.entries(calls)) {
    const fractions = [];
    found[name] = await call({ onprogress: ({ fraction }) => fractions.push(fraction) });
    const stop = new AbortController();
    const given = await call({ signal: stop.signal, onprogress: () => stop.abort() }).then(
      () => "an answer",
      ({ code }) => code,
    );
    heard[name] = { fractions, given };
  }
  // The same in parts that are read at once.
  const parts = [0, count - 20].map((first) => images.slice(first * 784, (first + 20) * 784));
  const same = [];
  for (const [part, first] of [
    [parts[0], 0],
    [parts[1], count - 20],
  ]) {
    const read = await lab.classifyMany([model], part);
    const gradient = await lab.gradient(model, part, labels.slice(first, first + 20));
    const whole = found.gradient.slice(first * 784, (first + 20) * 784);
    const apart = (a, b) => a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);
    same.push({
      labels: read[0].every(({ label }, at) =>
        [
          found.classifyMany[0][first + at].label,
          found.labels[first + at],
          found.labels[count + first + at],
          found.show.labels[first + at],
        ].every((other) => other === label),
      ),
      logits: apart(
        read[0].flatMap(({ logits }) => [...logits]),
        found.classifyMany[1].slice(first, first + 20).flatMap(({ logits }) => [...logits]),
      ),
      gradient: apart(gradient, whole),
      largest: whole.reduce((most, v) => Math.max(most, Math.abs(v)), 0),
    });
  }
  const lengths = {
    classifyMany: found.classifyMany[1].length,
    labels: found.labels.length / 2,
    gradient: found.gradient.length / 784,
    show: found.show.count,
  };
  lab.close();
  return { heard, same, lengths };
}

/** Digits that take long enough to be told of, and not too long in software. */
const COUNTS = { cpu: 2000, webgpu: 300 };

for (const [which, [backend, count]] of Object.entries(COUNTS).entries()) {
  it(`long readings are told of, given up, and as right as short ones, on ${backend}`, async () => {
    const { page, complaints } = await openPage(browsers[which]);
    await page.goto(`${site.pages}blank.html`);
    const { heard, same, lengths } = await page.evaluate(readings, { url: site.url, backend, count });
    for (const [name, { fractions, given = "aborted" }] of Object.entries(heard)) {
      assert.ok(fractions.length > 0, `${name} says nothing`);
      const rising = fractions.every((at, index) => at > (fractions[index - 1] ?? 0) && at <= 1);
      assert.ok(rising, `${name}: ${fractions}`);
      assert.equal(given, "aborted", name);
    }
    // On a device gradients come in large batches.
    const many = ["classifyMany", "labels", "show", ...(backend === "cpu" ? ["gradient"] : [])];
    for (const name of many) assert.ok(heard[name].fractions.length > 1, `${name}: ${heard[name].fractions}`);
    assert.deepEqual(lengths, { classifyMany: count, labels: count, gradient: count, show: count });
    for (const part of same) {
      assert.ok(part.labels);
      assert.ok(part.logits < 1e-3, `logits differ by ${part.logits}`);
      assert.ok(part.largest > 0 && part.gradient < 1e-4 * Math.max(1, part.largest), JSON.stringify(part));
    }
    assertQuiet(complaints);
  });
}

it("a short reading says nothing, and bounds say how far they are", async () => {
  const { page, complaints } = await openPage(browsers[0]);
  await page.goto(`${site.pages}blank.html`);
  const heard = await page.evaluate(async (url) => {
    const { BlindSpots } = await import(`${url}blindspots.js`);
    const lab = await BlindSpots.open({ backend: "cpu" });
    const { id: model } = await lab.load("cnn");
    const fractions = { classify: [], bounds: [] };
    const into =
      (name) =>
      ({ fraction }) =>
        fractions[name].push(fraction);
    await lab.classify(model, new Float32Array(784), { onprogress: into("classify") });
    await lab.bounds(model, { onprogress: into("bounds") });
    lab.close();
    return fractions;
  }, site.url);
  assert.deepEqual(heard.classify, []);
  assert.ok(heard.bounds.length > 0 && heard.bounds.every((at) => at > 0 && at <= 1), `${heard.bounds}`);
  assertQuiet(complaints);
});
