// What callers of the library hand in and get back, where it is not a message as it is.

import type { Card } from "./cards.js";
import type { Backend, BackendChoice, FormerMethodName, MethodName, ModelInfo } from "./messages.js";
import type { Simd } from "./simd.js";
import type { Waiting, WorkOptions } from "./waiting.js";

export type { Waiting, WorkOptions };

/**
 * A loaded network: it reads images of `image`, [channels, rows, columns], and tells `classes`
 * classes apart. `card` says how it was trained, where that is known. `backend` is kept up to date.
 */
export interface Model extends ModelInfo {
  card: Card | null;
  /** It is as it was read when the site was built; its file has not been read here. */
  early: boolean;
}

export interface OpenOptions extends Waiting {
  /** Which backend to use; "auto" where it is not given. */
  backend?: BackendChoice;
  /** Which build of the engine; the fastest that the browser runs where it is not given. */
  simd?: Simd | undefined;
  /** `false` keeps the engine on the page's own thread, which stands still while it computes. */
  worker?: boolean | undefined;
  /** Hears, with an answer, that networks had to move to the processor because graphics devices failed. */
  onmoved?: ((backend: Backend) => void) | undefined;
}

/** What an ONNX file does not say about itself. */
export interface ImportOptions {
  /** The image that it reads, where the shape of its input leaves that open. */
  image?: ModelInfo["image"] | undefined;
  /**
   * The numbers that it takes for pixels from 0 to 1: the same ("none"), others in range,
   * (pixel − mean) / deviation with one number for all channels or one for each, also as text
   * ("0.1307,0.3081"); or what reading sample digits shows ("auto", where it is not given).
   */
  normalize?:
    | "auto"
    | "none"
    | "0-255"
    | "signed"
    | `${number},${number}`
    | { mean: number[]; deviation: number[] }
    | undefined;
  /** Whether it takes ink for what is paper here: of 1 − pixel. */
  invert?: boolean | undefined;
}

/** What the importer is told: the caller's options, and IDX files of digits whose classes are known. */
export interface ImporterOptions extends ImportOptions {
  samples?: { images: Uint8Array; labels: Uint8Array } | undefined;
}

/** Files beside an ONNX file that hold its weights, by their names. */
export type WeightFiles = Record<string, Uint8Array>;

/** What reading a file may cost; files from strangers can ask for any amount. */
export interface Limits {
  /** 20 where it is not given. Without a worker nothing can end the reading. */
  seconds?: number | undefined;
  /** MB of 2²⁰ bytes; 1024 where it is not given. */
  megabytes?: number | undefined;
}

/** `onprogress` hears how much of the file has arrived. */
export interface LowerOptions extends ImportOptions, WorkOptions {
  limits?: Limits | undefined;
  /**
   * The bytes of files that lie beside the ONNX file and hold its weights (`.onnx.data`), by their
   * names.
   */
  files?: Record<string, ArrayBuffer | Uint8Array> | undefined;
  /**
   * Takes a bundled network as it was read when the site was built, so that it need not wait for the
   * importer, by far the largest file of the site. `BlindSpots.confirm` reads its file here, later.
   */
  early?: boolean | undefined;
}

export interface LoadOptions extends LowerOptions {
  /** A name for messages; the file's name where it is not given. */
  name?: string;
}

export interface ConfirmOptions extends Waiting {
  limits?: Limits | undefined;
}

export interface GradientOptions extends WorkOptions {
  /**
   * An array of the images' length that is needed no more, such as the last gradient: the answer
   * takes its memory where it can, which is quicker than memory that is new. It is lost to the caller.
   */
  spare?: Float32Array | undefined;
}

export interface NoiseOptions extends Waiting {
  /** How many images they are, one after the other; 1 where it is not given. */
  count?: number | undefined;
}

/** `onprogress` hears how much of the images' file has arrived. */
export interface DigitsOptions extends WorkOptions {
  /** Whether the engine keeps them as a data set, to be named by its number later. */
  keep?: boolean | undefined;
}

/** Digits with their classes. */
export interface DigitImages {
  /** `[n, 28·28]`, one after the other. */
  images: Float32Array;
  labels: number[];
  /** The data set's number, where it was to be kept. */
  set: number | null;
}

/** Common to attacks and transfers: an original, and how it is to be changed. */
export interface AttemptOptions extends WorkOptions {
  /** The original. */
  image: Float32Array;
  /** What the image truly shows; what the model, or most of several, reads where it is not given. */
  label?: number | undefined;
  /** One of `methods`, which says what each can be asked for. */
  method?: MethodName | FormerMethodName | undefined;
  /** Largest change that "fgsm", "pgd-linf" and "mi-fgsm" may make to a pixel, and "pgd-l2" in L2. */
  epsilon?: number | undefined;
  /** Steps of the methods that have a number of them. */
  steps?: number | undefined;
  /** Seed of everything random. */
  seed?: number | undefined;
  /**
   * Whether the adversarial image is to be one that 8 bits hold, every number a 255th, so that it fools when it
   * is saved as a picture. Methods with a budget round within it.
   */
  eightBit?: boolean | undefined;
  /** Of an attack: the distortion of "noise". Of a transfer: every perturbation is magnified to it. */
  distortion?: number | undefined;
}

export interface AttackOptions extends AttemptOptions {
  /** `id` of the model to fool. */
  model?: number | undefined;
  /** Or `id`s of several, which one change shall fool. */
  models?: number[] | undefined;
  /** What it shall be read as; anything else where it is not given. */
  target?: number | undefined;
  /** Other images, `[n, C·H·W]`: where no gradient leads anywhere, lines to them are looked along. */
  others?: Float32Array | undefined;
}

export interface TransferOptions extends AttemptOptions {
  /** `id`s of the models that are attacked and shown the results. */
  models: number[];
}

/** Originals that the engine keeps: those of a data set from `first` on, `count` or all that follow. */
export interface FromSet {
  /** The data set's number. */
  set: number;
  /** Place of the first, from 0; 0 where it is not given. */
  first?: number | undefined;
  /** How many, n. */
  count?: number | undefined;
}

/** Originals that are handed over. */
export interface FromImages {
  /** `[n, C·H·W]`, one after the other. */
  images: Float32Array;
  /** `[n]`: what they truly show. */
  labels: ArrayLike<number>;
  /** As in `DigitImages` that are not kept. */
  set?: null | undefined;
}

/** Which originals examples are made of. */
export type ExamplesOptions = MakeExamples & (FromSet | FromImages);

interface MakeExamples extends WorkOptions {
  /** `id` of the model to fool. */
  model: number;
  method?: MethodName | FormerMethodName;
  /** Seed of everything random. */
  seed?: number;
}

/** Which originals' examples, or which originals with noise, are shown. */
export type ShowOptions = ShowExamples & (FromSet | FromImages);

interface ShowExamples extends WorkOptions {
  /** `id`s of the models that read the images. */
  models: number[];
  /** An example of each; noise is shown where they are not given. */
  examples?: Float32Array | undefined;
  /** What every example is magnified to, or the noise's distortion; as they are where it is not given. */
  distortion?: number | undefined;
  /** Seed of the noise. */
  seed?: number | undefined;
}

export interface CompareOptions extends WorkOptions {
  /** `id`s of the models that read the three images. */
  models: number[];
  /** The original. */
  image: Float32Array;
  /** What it truly shows. */
  label: number;
  /** What was made of it. */
  example: Float32Array;
  /** How many times as large its change is shown; 1 where it is not given. */
  factor?: number | undefined;
  /** Seed of the noise. */
  seed?: number | undefined;
}
