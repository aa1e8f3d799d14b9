// A digit that the visitor brought: what the lab keeps of it, and how it is had of a file. Whatever the browser
// decodes is a picture, in which the engine finds the digit; NumPy's and IDX files hold digits as they are.

import { msg } from "@lit/localize";
import type { BlindSpots } from "../engine/engine.js";
import { BlindSpotsError } from "../engine/errors.js";
import type { PhotographReport, Stroke } from "../engine/messages.js";
import { apart } from "./measure.js";

/** A digit of a photograph, or of a file. */
export interface Picture {
  image: Float32Array;
}

/** Where the digit comes from: a drawing, a sample, a picture; or nothing of these. */
export interface Source {
  strokes: Stroke[];
  sample: number | null;
  picture: Picture | null;
}

/** A part of a picture: column, row, width and height, in its pixels. */
export type Area = PhotographReport["crop"];

/** What was found in a file. */
export type Found =
  | { kind: "photograph"; canvas: HTMLCanvasElement; report: PhotographReport }
  | { kind: "digits"; images: Float32Array[] };

/** What is said of a file that is no picture, or of a kind that the browser does not decode. */
const noPicture = () => msg("This file is no picture that can be read here: PNG, JPEG and WebP can.");

/** That a file gives no picture. */
export class NoPicture extends BlindSpotsError {
  constructor(cause?: unknown) {
    super("not-an-image", noPicture(), { cause });
  }
}

/** Largest file that is read, in bytes. */
const LARGEST = 100 * 2 ** 20;

/** The longer side of a picture that is looked at, in pixels. */
const LONGEST = 1024;

/** Looks for digits in a file; rejects where it is none. */
export async function digitsIn(file: Blob, engine: BlindSpots): Promise<Found> {
  if (file.size > LARGEST)
    throw new BlindSpotsError("too-large", "This file is larger than 100 MB: this page does not take it.");
  if (holdsDigits(new Uint8Array(await file.slice(0, 8).arrayBuffer()))) {
    const images = await (await engine.pictures()).read(new Uint8Array(await file.arrayBuffer()));
    return { kind: "digits", images: apart(images, images.length / 784) };
  }
  const canvas = await decoded(file);
  const report = await photographed(canvas, [0, 0, canvas.width, canvas.height], engine);
  return { kind: "photograph", canvas, report };
}

/** The digit in a part of a picture. */
export async function photographed(
  canvas: HTMLCanvasElement,
  [x, y, width, height]: Area,
  engine: BlindSpots,
): Promise<PhotographReport> {
  const context = canvas.getContext("2d");
  if (!context) throw new NoPicture();
  const { data } = context.getImageData(x, y, width, height);
  const pictures = await engine.pictures();
  const report = await pictures.photograph({ pixels: new Uint8Array(data.buffer), width, height });
  const [column, row, ...size] = report.crop;
  return { ...report, crop: [x + column, y + row, ...size] };
}

/** Whether a file begins as NumPy's, IDX or gzipped files do. */
function holdsDigits([a, b, c]: Uint8Array): boolean {
  return (a === 0x93 && b === 0x4e) || (a === 0x1f && b === 0x8b) || (a === 0 && b === 0 && c === 8);
}

/** A picture as the browser decodes it, upright and no larger than it has to be. */
async function decoded(file: Blob): Promise<HTMLCanvasElement> {
  // Drawings in SVG have no pixels, and may refer to other files.
  if (file.type.includes("svg")) throw new NoPicture();
  try {
    const { width, height } = await sizeOf(file);
    const share = Math.min(1, LONGEST / Math.max(width, height));
    const size = [width, height].map((side) => Math.max(1, Math.round(side * share)));
    const [resizeWidth = 1, resizeHeight = 1] = size;
    const upright: ImageBitmapOptions = { imageOrientation: "from-image", colorSpaceConversion: "none" };
    const smaller: ImageBitmapOptions =
      share < 1 ? { ...upright, resizeWidth, resizeHeight, resizeQuality: "high" } : upright;
    const bitmap = await createImageBitmap(file, smaller);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [resizeWidth, resizeHeight];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new NoPicture();
    // A browser that does not resize while it decodes does so here.
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, resizeWidth, resizeHeight);
    bitmap.close();
    return canvas;
  } catch (cause) {
    throw new NoPicture(cause);
  }
}

/** Width and height of an upright picture, from its head: nothing is decoded yet. */
async function sizeOf(file: Blob): Promise<{ width: number; height: number }> {
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
      image.src = address;
    });
    return { width: image.naturalWidth, height: image.naturalHeight };
  } finally {
    URL.revokeObjectURL(address);
  }
}
