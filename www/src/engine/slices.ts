// The line and the plane through an image and its adversarial example: which
// points are read, and what comes back.

import { BlindSpotsError } from "./errors.js";
import { shown } from "./given.js";
import type { BackendKind, SliceReport } from "./messages.js";
import type { WorkOptions } from "./options.js";

/** More points along a side would fill the memory of small machines. */
const MOST = 513;

/** A plane x + a·r + b·d: r = `towards` − `image`, d random, orthogonal to r and as long. */
export interface SliceOptions extends WorkOptions {
  /** `id` of the model that reads it. */
  model: number;
  /** The original, at a = b = 0. */
  image: Float32Array;
  /** The example, at a = 1. */
  towards: Float32Array;
  /** Seed of the random direction. */
  seed?: number;
}

export interface PointsOptions extends SliceOptions {
  /** `[n, 2]`: a and b of each point. */
  at: Float32Array;
}

export interface LineOptions extends SliceOptions {
  /** Where it begins, in lengths of r; −1 where it is not given. */
  from?: number;
  /** Where it ends; 3 where it is not given. */
  to?: number;
  /** How many points are read; 161 where it is not given. */
  points?: number;
}

export interface PlaneOptions extends LineOptions {
  /** Points along each side; 65 where it is not given. */
  points?: number;
}

/** What a model reads along r, and along a random direction of the same length. */
export interface Line {
  /** Classes that the model tells apart. */
  classes: number;
  /** `[n]`: t, in lengths of r. */
  positions: Float32Array;
  /** `[n, classes]`: probabilities in clip(x + t·r). */
  along: Float32Array;
  /** `[n, classes]`: probabilities in clip(x + t·d). */
  aside: Float32Array;
  /** `[n]`: how far clipping moved the points along r, in lengths of r. */
  alongClipped: Float32Array;
  /** `[n]`: the same along d. */
  asideClipped: Float32Array;
  /** d, `[C·H·W]`. */
  direction: Float32Array;
  /** Which backend computed it. */
  backend: BackendKind;
}

/** What a model reads in the plane, row by row; b grows from row to row, a within one. */
export interface Plane {
  /** Points along each side. */
  points: number;
  /** Classes that the model tells apart. */
  classes: number;
  /** `[n]`: a of each column. */
  a: Float32Array;
  /** `[n]`: b of each row, around 0. */
  b: Float32Array;
  /** `[n, n]`: the class that is read. */
  labels: Uint16Array;
  /** `[n, n, classes]` */
  probabilities: Float32Array;
  /** `[n, n]`: how far clipping moved each point, in lengths of r. */
  clipped: Float32Array;
  /** d, `[C·H·W]`. */
  direction: Float32Array;
  /** Which backend computed it. */
  backend: BackendKind;
}

type Read = (options: PointsOptions) => Promise<SliceReport>;

/** Reads both lines in one go. */
export async function readLine(
  read: Read,
  { from = -1, to = 3, points = 161, ...of }: LineOptions,
): Promise<Line> {
  const positions = evenly(from, to, points);
  const at = new Float32Array(4 * points);
  positions.forEach((t, i) => {
    at[2 * i] = t;
    at[2 * (points + i) + 1] = t;
  });
  const { probabilities, clipped, aside, backend } = await read({ ...of, at });
  const classes = probabilities.length / clipped.length;
  return {
    classes,
    positions,
    along: probabilities.subarray(0, classes * points),
    aside: probabilities.subarray(classes * points),
    alongClipped: clipped.subarray(0, points),
    asideClipped: clipped.subarray(points),
    direction: aside,
    backend,
  };
}

/** Reads a square of the plane. */
export async function readPlane(
  read: Read,
  { from = -1, to = 3, points = 65, ...of }: PlaneOptions,
): Promise<Plane> {
  const a = evenly(from, to, points);
  const b = evenly((from - to) / 2, (to - from) / 2, points);
  const at = new Float32Array(2 * points * points);
  for (let row = 0; row < points; row += 1) {
    for (let column = 0; column < points; column += 1) {
      at.set([a[column] ?? 0, b[row] ?? 0], 2 * (row * points + column));
    }
  }
  const { probabilities, clipped, aside, backend } = await read({ ...of, at });
  const classes = probabilities.length / clipped.length;
  const labels = Uint16Array.from(clipped, (_, index) => mostLikely(probabilities, classes, index));
  return { points, classes, a, b, labels, probabilities, clipped, direction: aside, backend };
}

/** The image at a point of a plane: clip(x + a·r + b·d). */
export function imageAt(
  image: Float32Array,
  towards: Float32Array,
  direction: Float32Array,
  [a, b]: readonly [a: number, b: number],
): Float32Array {
  return image.map((x, i) => {
    const value = x + a * ((towards[i] ?? 0) - x) + b * (direction[i] ?? 0);
    return Math.min(1, Math.max(0, value));
  });
}

/** The class of the largest of a point's probabilities, `[points, classes]`. */
export function mostLikely(probabilities: Float32Array, classes: number, point: number): number {
  let best = 0;
  const of = (k: number) => probabilities[classes * point + k] ?? 0;
  for (let k = 1; k < classes; k += 1) if (of(k) > of(best)) best = k;
  return best;
}

/** Numbers from one to another at even steps. */
function evenly(from: number, to: number, points: number): Float32Array {
  if (!Number.isInteger(points) || points < 2 || points > MOST) {
    throw new BlindSpotsError(
      "bad-option",
      `a slice has 2 to ${MOST} points along a side, not ${shown(points)}`,
    );
  }
  for (const end of [from, to]) {
    if (Number.isFinite(end)) continue;
    throw new BlindSpotsError("bad-option", `a slice begins and ends at a number, not ${shown(end)}`);
  }
  return Float32Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1));
}
