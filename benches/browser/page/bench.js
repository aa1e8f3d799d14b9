// The page in which one contender is measured. Node opens it and calls what is
// offered here as `bench`. A contender is
//
//     open({ backend, bytes })    → contender, with the network in an ONNX file; more options
//                                   are those of one contender
//     .batch(images, labels)      → run; run() → what comes out, read back
//
// and may offer more, which only one of them has.

import { clean, goals, images, packed } from "./digits.js";

let contender;
let run;
let digits;

/** Starts a contender with a network. */
async function open({ module, model, ...options }) {
  const { open } = await import(`../contenders/${module}.js`);
  const bytes = new Uint8Array(await (await fetch(`/onnx/${model}.onnx`)).arrayBuffer());
  contender = await open({ ...options, bytes });
}

/** Readies a batch, runs it once, and gives what came out as base64. */
async function first(lanes) {
  run = await contender.batch(await images(lanes), await goals(lanes));
  return packed(await run());
}

/** Mean milliseconds of a run, over as many runs as fill some time. */
async function sample(milliseconds) {
  const start = performance.now();
  let runs = 0;
  do {
    await run();
    runs += 1;
  } while (performance.now() - start < milliseconds);
  return (performance.now() - start) / runs;
}

/**
 * Attacks one test digit for one target or all nine: the report, and the milliseconds until the page
 * had it.
 */
async function attack({ index, method, targets }) {
  digits ??= await clean();
  const image = digits.images.slice(784 * index, 784 * (index + 1));
  const label = digits.labels[index];
  const target = targets === "one" ? (label + 1) % 10 : undefined;
  const start = performance.now();
  const { image: found, ...report } = await contender.attack({ image, label, target, method });
  return { ...report, waited: performance.now() - start, found: found !== null };
}

const memory = () => contender.memory();
const operations = () => contender.operations;
const simd = () => contender.simd;

globalThis.bench = { open, first, sample, attack, memory, operations, simd };
