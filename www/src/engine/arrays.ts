// What is handed in, checked and copied before it moves to the worker.

import { BlindSpotsError } from "./errors.js";
import type { ModelInfo } from "./messages.js";

/** Channels, rows, columns. */
export type ImageShape = ModelInfo["image"];

/** Numbers in an image. */
export function pixelsOf([channels, height, width]: ImageShape): number {
  return channels * height * width;
}

/**
 * Refuses what is no whole number of images, or not `count` of them. Of a network that nobody knows
 * (`shape` is undefined) the engine says that there is none.
 */
export function checkImages(images: Float32Array, shape: ImageShape | undefined, count?: number): void {
  const pixels = shape && pixelsOf(shape);
  // Callers in JavaScript can pass anything.
  const floats = (images as unknown) instanceof Float32Array && images.length > 0;
  const whole = floats && (!pixels || images.length % pixels === 0);
  if (whole && (!pixels || !count || images.length === count * pixels) && finite(images)) return;
  throw new BlindSpotsError("not-an-image", `An image is a Float32Array of ${numbers(shape)}.`);
}

function numbers(shape: ImageShape | undefined): string {
  if (!shape) return "numbers from 0 to 1";
  const [channels, height, width] = shape;
  const rows = `${height} rows of ${width} pixels`;
  return `${pixelsOf(shape)} numbers from 0 to 1, ${channels === 1 ? rows : `${channels} channels of ${rows}`}`;
}

/** A copy, in the memory of a spare array that has the length and all of its buffer. */
export function copied(images: Float32Array, spare?: Float32Array): Float32Array {
  const whole = spare?.buffer instanceof ArrayBuffer && spare.byteLength === spare.buffer.byteLength;
  if (!whole || !(spare instanceof Float32Array) || spare.length !== images.length) return images.slice();
  spare.set(images);
  return spare;
}

/**
 * Whether all are numbers: 0·x is 0, or it is not a number. Large batches feel a call for every pixel;
 * one sum alone would wait for itself; and with a counter that both loops share, each pixel's bounds
 * would be checked again, which takes as long as everything else here three times over.
 */
function finite(image: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i + 3 < image.length; i += 4) {
    a += 0 * (image[i] as number);
    b += 0 * (image[i + 1] as number);
    c += 0 * (image[i + 2] as number);
    d += 0 * (image[i + 3] as number);
  }
  for (let i = image.length - (image.length % 4); i < image.length; i += 1) a += 0 * (image[i] as number);
  return a + b + c + d === 0;
}

/** Classes as the engine takes them; whether there are such classes the engine says, except of what is no number of one. */
export function classesOf(labels: ArrayLike<number>): Uint32Array<ArrayBuffer> {
  const classes = new Uint32Array(labels.length);
  for (let i = 0; i < classes.length; i += 1) {
    const label = labels[i] as number;
    classes[i] = label;
    // What is no whole number, or too large or small a one, does not come back as it was.
    if (classes[i] === label) continue;
    throw new BlindSpotsError(
      "no-such-class",
      `class ${label} does not exist; classes are 0, 1, 2 and so on`,
    );
  }
  return classes;
}

/** Without the fields that are not given: the schema knows absent, not undefined. */
export function defined(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
