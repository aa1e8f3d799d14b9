// What every method of the library takes, for `guard`.

import {
  anything,
  bytes,
  callable,
  files,
  floats,
  iterable,
  labelOrLabels,
  labels,
  models,
  network,
  optional,
  options,
  record,
  signal,
  source,
  strokes,
  textOr,
  word,
  type Check,
  type Signatures,
} from "./given.js";

/** Options of everything that takes a while. */
const waits = optional(options());

/** Options of reading a file. */
const reading = optional(options({ files: optional(files), limits: optional(record()) }));

/** Images with their classes, or a data set's number. */
const originals: Check = (value, name) => {
  options()(value, name);
  const { set = null } = value as { set?: unknown };
  if (set === null) record({ labels })(value, name);
};

/** Several checks, one after the other. */
function all(...checks: Check[]): Check {
  return (value, name) => checks.forEach((check) => check(value, name));
}

/** `BlindSpots.open` and the like. */
export const ofBlindSpots: Signatures = {
  open: { options: optional(options({ onmoved: optional(callable) })) },
  bundled: { options: waits },
};

/** An engine's methods. */
export const ofEngine: Signatures = {
  use: { backend: anything, options: waits },
  load: { source, options: reading },
  lower: { source, options: reading },
  confirm: { model: network, options: reading },
  classify: { model: network, image: anything, options: waits },
  classifyMany: { models, images: anything, options: waits },
  gradient: { model: network, images: anything, labels: labelOrLabels, options: waits },
  bounds: { model: network, options: waits },
  certify: { model: network, image: anything, label: anything, options: waits },
  memory: { options: waits },
  attack: { options: options({ models: optional(models), others: optional(floats) }) },
  transfer: { options: options({ models }) },
  examples: { options: originals },
  show: { options: all(options({ models, examples: optional(floats) }), originals) },
  compare: { options: options({ models }) },
  labels: { models, images: anything, options: waits },
  slice: { options: options({ at: floats }) },
  line: { options: options() },
  plane: { options: options() },
  hiddenLayers: { model: network, options: waits },
  units: { options: originals },
  keep: { images: anything, labels, options: waits },
  noise: { image: anything, distortion: anything, seed: anything, options: waits },
  rasterise: { strokes, options: waits },
  digits: {
    source: optional(textOr(word(["gallery", "test"]), record({ images: bytes, labels: bytes }))),
    options: waits,
  },
};

/** Methods of the units of a layer. */
export const ofUnits: Signatures = {
  compare: { options: waits },
  make: { options: options() },
  close: { options: waits },
};

/** Digits of photographs and of files. */
export const ofPictures: Signatures = {
  photograph: { picture: record({ pixels: bytes }), options: waits },
  read: { file: bytes, options: waits },
};

/** Lessons, and results of them. */
export const ofLessons: Signatures = {
  read: { text: anything, options: waits },
  sides: { seed: anything, count: anything, options: waits },
  mark: { options: options({ work: record({ original: optional(floats), image: optional(floats) }) }) },
  result: { options: options() },
  verify: { file: bytes, options: options() },
};

/** `Pool.open`. */
export const ofPools: Signatures = { open: { options: waits } };

/** A network that a pool has loaded. */
const pooled = record({ ids: models, image: iterable });

/** One, or a list of them. */
const oneOrMore: Check = (value, name) => {
  for (const model of Array.isArray(value) ? (value as unknown[]) : [value]) pooled(model, name);
};

/** A pool's methods. */
export const ofPool: Signatures = {
  load: { source, options: reading },
  unload: { model: pooled },
  each: { items: iterable, work: callable, signal: optional(signal) },
  attackMany: { options: options({ model: oneOrMore, images: floats, labels, others: optional(floats) }) },
};
