// Input gradients side by side: every contender of a case takes its turns in
// the same minutes, beside the peaks of Wasm SIMD.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { relativeDistance } from "../../../tests/browser/lib/numbers.mjs";
import { repository } from "../../../tests/browser/lib/server.mjs";
import { layers, operations } from "../page/onnx.js";
import { Contestant, TooSlow } from "./contestant.mjs";
import { median } from "./median.mjs";

/** f32 sums in another order, through a whole backward pass: relative, in norm. */
const AGREEMENT = 1e-3;

const OURS = "blindspots cpu";
const SAME_THREAD = "blindspots cpu, page's thread";
const BASELINE = "blindspots cpu, SIMD128, page's thread";
const PEAKS = { baseline: "peak", relaxed: "relaxed peak" };

const contenders = [
  { name: OURS, module: "blindspots", backend: "cpu", gives: "gradient" },
  { name: SAME_THREAD, module: "blindspots", backend: "cpu", worker: false, gives: "gradient" },
  {
    name: BASELINE,
    module: "blindspots",
    backend: "cpu",
    worker: false,
    simd: "baseline",
    gives: "gradient",
  },
  { name: "blindspots webgpu", module: "blindspots", backend: "webgpu", gives: "gradient" },
  { name: "tfjs wasm", module: "tfjs", backend: "wasm", gives: "gradient" },
  { name: "jax-js wasm", module: "jax", backend: "wasm", gives: "gradient" },
  { name: "jax-js webgpu", module: "jax", backend: "webgpu", gives: "gradient" },
  { name: "onnxruntime-web wasm", module: "onnxruntime", backend: "wasm", gives: "logits" },
  { name: "onnxruntime-web webgpu", module: "onnxruntime", backend: "webgpu", gives: "logits" },
  { name: PEAKS.baseline, module: "peak", simd: "baseline", gives: "speed" },
  { name: PEAKS.relaxed, module: "peak", simd: "relaxed", gives: "speed" },
  { name: "tfjs webgpu", module: "tfjs", backend: "webgpu", gives: "gradient" },
];

/**
 * @typedef {object} Measured
 * @property {string} model
 * @property {number} lanes
 * @property {string} contender
 * @property {string} gives  "gradient", or "logits" where there is only a forward pass
 * @property {number} [milliseconds]  median; absent where it did not end in time
 * @property {number} [longerThan]  seconds after which it was given up
 * @property {string} [failed]  what the contender said instead of answering
 * @property {number} samples
 * @property {number} [off]  relative distance of its gradient from ours
 * @property {"baseline" | "relaxed"} [simd]  which build of ours ran
 */

/**
 * All cases; `options` are `models`, `lanes`, `only` (names of contenders, or null for
 * all), `rounds`, `block` (ms), `budget` and `limit` (s).
 */
export async function gradients(url, options, say) {
  const rows = [];
  const speeds = [];
  let version;
  for (const model of options.models) {
    const bytes = await readFile(join(repository, "models", `${model}.onnx`));
    const work = operations(layers(bytes));
    const group = await start(url, model, options, say);
    version = await group[0].contestant.version();
    for (const lanes of options.lanes) {
      say(`${model}, ${lanes} lanes`);
      const measured = await oneCase(group, lanes, options, say);
      const peak = (simd) => {
        const { work, milliseconds } = measured.find(({ contender }) => contender === PEAKS[simd]);
        return milliseconds && work / milliseconds / 1e6;
      };
      // A browser may have no relaxed SIMD, and then no peak of it.
      speeds.push({ model, lanes, work, gigaflops: peak("baseline"), relaxed: peak("relaxed") });
      const theirs = measured.filter(({ gives }) => gives !== "speed");
      rows.push(...theirs.map((row) => ({ model, lanes, ...row })));
    }
    await Promise.all(group.map(({ contestant }) => contestant.close()));
  }
  return { version, rows, speeds };
}

/** A browser for every contender; one that does not start is given up. */
async function start(url, model, { only, limit }, say) {
  const group = [];
  for (const { name, gives, ...what } of contenders) {
    if (only && !only.includes(name)) continue;
    const contestant = new Contestant(url, { ...what, model }, limit);
    const entry = { name, gives, ours: what.module === "blindspots", contestant, out: null };
    await attempt(entry, () => contestant.open(), say);
    group.push(entry);
  }
  return group;
}

/** Runs something of a contender; what goes wrong puts it out, and never lets ours off. */
async function attempt(entry, work, say) {
  try {
    return await work();
  } catch (error) {
    if (entry.name === OURS || entry.name === PEAKS.baseline) throw error;
    entry.out =
      error instanceof TooSlow ? { longerThan: error.seconds } : { failed: error.message.split("\n")[0] };
    say(`${entry.name}: ${error.message.split("\n")[0]}`);
    await entry.contestant.close();
    return undefined;
  }
}

async function oneCase(group, lanes, { rounds, block, budget }, say) {
  let ours;
  for (const entry of group) {
    Object.assign(entry, { times: [], spent: 0, off: undefined });
    if (entry.out) continue;
    const start = performance.now();
    await attempt(
      entry,
      async () => {
        const found = await entry.contestant.first(lanes);
        if (entry.name === OURS) ours = found;
        if (entry.gives === "gradient") entry.off = agreeing(found, ours);
      },
      say,
    );
    entry.spent = (performance.now() - start) / 1000;
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const entry of group) {
      // A slow contender is measured once at least, and as often as it has time for.
      if (entry.out || (entry.times.length > 0 && entry.spent > budget)) continue;
      const start = performance.now();
      const time = await attempt(entry, () => entry.contestant.sample(block), say);
      entry.spent += (performance.now() - start) / 1000;
      if (time !== undefined) entry.times.push(time);
    }
  }
  return Promise.all(group.map(result));
}

/** The distance of a gradient from ours; an error where it is another gradient, or none at all. */
function agreeing(found, ours) {
  const off = relativeDistance(found, ours);
  const turned = relativeDistance(
    found.map((value) => -value),
    ours,
  );
  if (!(off <= AGREEMENT)) throw new Error(`its gradient is ${off.toPrecision(2)} off`);
  if (!(turned > AGREEMENT)) throw new Error("its gradient agrees with everything");
  return off;
}

async function result({ name, gives, ours, times, off, out, contestant }) {
  const row = { contender: name, gives, samples: times.length, off };
  // One that was stopped half-way counts with the samples it gave.
  if (times.length === 0) return { ...row, ...out };
  if (gives === "speed") row.work = await contestant.ask("operations");
  if (ours) row.simd = await contestant.ask("simd");
  return { ...row, milliseconds: median(times) };
}
