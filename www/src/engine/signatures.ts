// What every method of the library takes, for `guard`.

import { BlindSpotsError } from "./errors.js";
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
  perhaps,
  real,
  record,
  signal,
  source,
  strokes,
  text,
  textOr,
  truth,
  whole,
  wholes,
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
  record(set === null ? { labels } : { set: whole, first: perhaps(whole), count: perhaps(whole) })(
    value,
    name,
  );
};

/** How examples are looked for. */
const attempt = { method: perhaps(text), label: perhaps(whole), seed: perhaps(whole), steps: perhaps(whole) };
const sizes = { epsilon: perhaps(real), distortion: perhaps(real) };

/** What is fooled: one network, or several by one change. */
const fooled: Check = (value) => {
  const { model, models: several } = value as { model?: unknown; models?: unknown };
  if (model === undefined || several === undefined) return;
  const message = "model is one network and models are several: an attack takes one of the two, not both";
  throw new BlindSpotsError("bad-request", message);
};

/** Several checks, one after the other. */
function all(...checks: Check[]): Check {
  return (value, name) => checks.forEach((check) => check(value, name));
}

/** What computes. */
const backend = word(["auto", "webgpu", "cpu"]);

/** `BlindSpots.open` and the like. */
export const ofBlindSpots: Signatures = {
  open: { options: optional(options({ backend: perhaps(backend), onmoved: optional(callable) })) },
  bundled: { options: waits },
};

/** An engine's methods. */
export const ofEngine: Signatures = {
  use: { backend, options: waits },
  load: { source, options: reading },
  lower: { source, options: reading },
  unload: { model: network },
  confirm: { model: network, options: reading },
  classify: { model: network, image: anything, options: waits },
  classifyMany: { models, images: anything, options: waits },
  gradient: { model: network, images: anything, labels: labelOrLabels, options: waits },
  bounds: { model: network, options: waits },
  certify: { model: network, image: anything, label: perhaps(whole), options: waits },
  memory: { options: waits },
  attack: {
    options: all(
      options({
        model: optional(network),
        models: optional(models),
        target: perhaps(whole),
        others: optional(floats),
        ...attempt,
        ...sizes,
      }),
      fooled,
    ),
  },
  transfer: { options: options({ models, ...attempt, ...sizes }) },
  examples: {
    options: all(options({ model: network, method: perhaps(text), seed: perhaps(whole) }), originals),
  },
  show: {
    options: all(
      options({ models, examples: optional(floats), distortion: perhaps(real), seed: perhaps(whole) }),
      originals,
    ),
  },
  compare: { options: options({ models, label: whole, factor: perhaps(real), seed: perhaps(whole) }) },
  labels: { models, images: anything, options: waits },
  slice: { options: options({ model: network, at: floats, seed: optional(whole) }) },
  line: { options: options({ model: network, seed: optional(whole) }) },
  plane: { options: options({ model: network, seed: optional(whole) }) },
  hiddenLayers: { model: network, options: waits },
  units: { options: all(options({ model: network, layer: whole }), originals) },
  keep: { images: anything, labels, options: waits },
  forget: { set: whole },
  noise: {
    image: anything,
    distortion: real,
    seed: optional(whole),
    options: optional(options({ count: perhaps(whole) })),
  },
  rasterise: { strokes, options: waits },
  digits: {
    source: optional(textOr(word(["gallery", "test"]), record({ images: bytes, labels: bytes }))),
    options: optional(options({ keep: perhaps(truth) })),
  },
};

/** Methods of the units of a layer. */
export const ofUnits: Signatures = {
  compare: { options: waits },
  make: { options: options({ units: optional(wholes), directions: optional(wholes) }) },
  close: { options: waits },
};

/** Digits of photographs and of files. */
export const ofPictures: Signatures = {
  photograph: { picture: record({ pixels: bytes, width: whole, height: whole }), options: waits },
  read: { file: bytes, options: waits },
};

/** Lessons, and results of them. */
export const ofLessons: Signatures = {
  read: { text, options: waits },
  sides: { seed: whole, count: whole, options: waits },
  mark: {
    options: options({ task: whole, work: record({ original: optional(floats), image: optional(floats) }) }),
  },
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
