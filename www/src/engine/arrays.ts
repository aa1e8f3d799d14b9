// What is handed in, checked and copied before it moves to the worker.

import { counted } from "./counted.js";
import { BlindSpotsError } from "./errors.js";
import { held, shown } from "./given.js";
import type { BackendKind, ModelInfo } from "./messages.js";

/** Channels, rows, columns. */
export type ImageShape = ModelInfo["image"];

/** Numbers in an image. */
export function pixelsOf([channels, height, width]: ImageShape): number {
  return channels * height * width;
}

/**
 * Refuses what is no whole number of images, not `count` of them, or has pixels outside [0, 1]. Of a
 * network that nobody knows (`shape` is undefined) the engine says that there is none.
 */
export function checkImages(images: Float32Array, shape: ImageShape | undefined, count?: number): void {
  const pixels = shape && pixelsOf(shape);
  // Callers in JavaScript can pass anything.
  const floats = (images as unknown) instanceof Float32Array && images.length > 0;
  const whole = floats && (!pixels || images.length % pixels === 0);
  const counted = whole && !(pixels && count && images.length !== count * pixels);
  if (counted) held(images, "an array of images");
  if (counted && inside(images)) return;
  if (!counted || images.some((value) => Number.isNaN(value)))
    throw new BlindSpotsError("not-an-image", `An image is a Float32Array of ${numbers(shape)}.`);
  const place = images.findIndex((value) => !(value >= 0 && value <= 1));
  const [image, pixel] = pixels ? [Math.floor(place / pixels), place % pixels] : [0, place];
  throw new BlindSpotsError(
    "out-of-box",
    `pixel ${pixel} of image ${image} is ${images[place]}; pixels are numbers from 0 to 1`,
  );
}

function numbers(shape: ImageShape | undefined): string {
  if (!shape) return "numbers from 0 to 1";
  const [channels, height, width] = shape;
  const rows = `${counted(height, "row")} of ${counted(width, "pixel")}`;
  const all = `${counted(pixelsOf(shape), "number")} from 0 to 1`;
  return `${all}, ${channels === 1 ? rows : `${channels} channels of ${rows}`}`;
}

/** A copy, in the memory of a spare array that has the length and all of its buffer. */
export function copied(images: Float32Array, spare?: Float32Array): Float32Array {
  const whole = spare?.buffer instanceof ArrayBuffer && spare.byteLength === spare.buffer.byteLength;
  if (!whole || !(spare instanceof Float32Array) || spare.length !== images.length) return images.slice();
  spare.set(images);
  return spare;
}

/**
 * Whether all are from 0 to 1, where v·(v − 1) ≤ 0 and nowhere else. Large batches feel a call for every pixel;
 * four at a time are quicker than one; and with a counter that both loops share, each pixel's bounds would
 * be checked again, which takes as long as everything else here.
 */
function inside(image: Float32Array): boolean {
  for (let i = 0; i + 3 < image.length; i += 4) {
    const [p, q] = [image[i] as number, image[i + 1] as number];
    const [r, s] = [image[i + 2] as number, image[i + 3] as number];
    if (!(p * (p - 1) <= 0 && q * (q - 1) <= 0 && r * (r - 1) <= 0 && s * (s - 1) <= 0)) return false;
  }
  for (let i = image.length - (image.length % 4); i < image.length; i += 1) {
    const v = image[i] as number;
    if (!(v * (v - 1) <= 0)) return false;
  }
  return true;
}

/** Classes as the engine takes them; whether there are such classes the engine says, except of what is no number of one. */
export function classesOf(labels: ArrayLike<number>): Uint32Array<ArrayBuffer> {
  const classes = new Uint32Array(labels.length);
  for (let i = 0; i < classes.length; i += 1) {
    const label: unknown = labels[i];
    classes[i] = typeof label === "number" ? label : NaN;
    // What is no whole number, or too large or small a one, does not come back as it was.
    if (classes[i] === label) continue;
    throw new BlindSpotsError(
      "no-such-class",
      `class ${shown(label)} does not exist; classes are 0, 1, 2 and so on`,
    );
  }
  return classes;
}

/** ∂ cross-entropy / ∂ pixels; `backend` says what computed it. */
export type Gradient = Float32Array & { readonly backend: BackendKind };

/** Classes; `backend` says what read them: of several networks, "webgpu" only where all of them ran there. */
export type Labels = Uint16Array & { readonly backend: BackendKind };

/**
 * The array of an answer, which says beside its numbers which backend computed them; it looks, and compares,
 * as without.
 */
export function computed<Name extends string, Answer extends Record<Name, object> & { backend: BackendKind }>(
  name: Name,
  answer: Answer,
): Answer[Name] & { readonly backend: BackendKind } {
  return Object.defineProperty(answer[name], "backend", { value: answer.backend }) as Answer[Name] & {
    readonly backend: BackendKind;
  };
}

/** Without the fields that are not given: the schema knows absent, not undefined. */
export function defined(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** Bytes one after the other. */
export function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
