// How soon a first visit reads a digit, on bad lines and slow processors: our page, and a page of
// TensorFlow.js that loads one network of the same size.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundled } from "../../../tests/browser/lib/lab.mjs";
import { assertQuiet, launch, openPage } from "../../../tests/browser/lib/browser.mjs";
import { host, repository } from "../../../tests/browser/lib/server.mjs";
import { layers } from "../page/onnx.js";
import { median } from "./median.mjs";

/** Patience with one step of a visit, in milliseconds. */
const LIMIT = 300_000;

/** Says, once they are so, how long after the visit began these selectors are there, in milliseconds. */
const moments = ([selectors, limit]) =>
  new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`${selectors} are not there`)), limit);
    const within = (root, selector) =>
      root.querySelector(selector) ??
      [...root.querySelectorAll("*")]
        .map((e) => e.shadowRoot && within(e.shadowRoot, selector))
        .find(Boolean);
    const look = () => {
      if (selectors.every((selector) => within(document, selector))) resolve(performance.now());
      else setTimeout(look, 10);
    };
    look();
  });

/** A visit of an address on a line: at each step how many milliseconds and how many bytes. */
async function visit(browser, server, path, steps, { megabits, latency, slower }) {
  const { page, context, complaints } = await openPage(browser, { serviceWorkers: "allow" });
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency,
    downloadThroughput: (megabits * 1e6) / 8,
    uploadThroughput: (megabits * 1e6) / 8,
  });
  await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
  await page.goto(server.url + path, { waitUntil: "commit" });
  const found = {};
  for (const [name, selectors] of Object.entries(steps)) {
    const milliseconds = await page.evaluate(moments, [selectors, LIMIT]);
    found[name] = { milliseconds, bytes: server.sent() };
  }
  assertQuiet(complaints);
  await context.close();
  return found;
}

const reading = (name, more = "[data-label]") => `[data-testid="reading"][data-model="${name}"]${more}`;

/** What is looked at, and when it has got how far. */
const pages = {
  blindspots: {
    path: "",
    steps: {
      first: [reading("fc100-100-10")],
      all: bundled.map((name) => reading(name)),
      done: bundled.map((name) => reading(name, '[data-read="here"]')),
    },
  },
  tfjs: { path: "bench/page/tfjs.html", steps: { first: ["#reading[data-label]"] } },
};

/** Visits on each line, of a host that compresses nothing and of one that does. */
export async function page(_, { lines, rounds }, say) {
  const model = layersModel();
  const browser = await launch({ webgpu: false });
  const rows = [];
  for (const compresses of [false, true]) {
    for (const line of lines) {
      const visits = { blindspots: [], tfjs: [] };
      for (let round = 0; round < rounds; round += 1) {
        for (const [name, { path, steps }] of Object.entries(pages)) {
          const bench = join(repository, "benches/browser");
          const server = await host({ others: { "/bench/": bench }, made: model, compresses });
          // What is kept for when there is no network comes after the visit, and would be counted with its end.
          server.held.push(/offline\.js$/);
          visits[name].push(await visit(browser, server, path, steps, line));
          await server.close();
        }
      }
      for (const [name, list] of Object.entries(visits)) {
        const steps = Object.keys(list[0]).map((step) => {
          const of = (key) => median(list.map((one) => one[step][key]));
          return { step, milliseconds: of("milliseconds"), bytes: of("bytes") };
        });
        rows.push({ page: name, compresses, ...line, steps });
      }
      const first = (name) => Math.round(rows.findLast(({ page }) => page === name).steps[0].milliseconds);
      say(
        `${line.megabits} Mbit/s, ${compresses ? "packed" : "plain"}: ${first("blindspots")} and ${first("tfjs")} ms`,
      );
    }
  }
  const version = `Chromium ${browser.version()}`;
  await browser.close();
  return { version, rows };
}

/** FC100-100-10's sizes as a layers model, with its own weights, which tfjs keeps in 32 bits. */
function layersModel() {
  const sizes = [784, 100, 100, 10];
  const described = sizes.slice(1).map((units, place) => ({
    class_name: "Dense",
    config: {
      name: `dense${place}`,
      units,
      activation: place === 2 ? "softmax" : "sigmoid",
      ...(place === 0 ? { batch_input_shape: [null, sizes[0]] } : {}),
    },
  }));
  const weights = sizes.slice(1).flatMap((units, place) => [
    { name: `dense${place}/kernel`, shape: [sizes[place], units], dtype: "float32" },
    { name: `dense${place}/bias`, shape: [units], dtype: "float32" },
  ]);
  const topology = {
    class_name: "Sequential",
    config: { name: "net", layers: described },
    keras_version: "2.15.0",
  };
  const json = {
    format: "layers-model",
    modelTopology: { model_config: topology },
    weightsManifest: [{ paths: ["weights.bin"], weights }],
  };
  const dense = layers(readFileSync(join(repository, "models/fc100-100-10.onnx"))).filter(
    ({ weight }) => weight,
  );
  const numbers = dense.flatMap(({ weight, bias }) => [weight, bias]);
  const bytes = numbers.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  const folder = "/bench/page/tfjs-model/";
  return {
    [`${folder}model.json`]: Buffer.from(JSON.stringify(json)),
    [`${folder}weights.bin`]: Buffer.concat(bytes),
  };
}
