/**
 * The engine in its worker, as pages use it.
 *
 *     import { BlindSpots } from "./blindspots.js";
 *     const lab = await BlindSpots.open();
 *     const model = await lab.load("fc100-100-10");
 *     const report = await lab.attack({ model: model.id, image });
 *
 * Images are `Float32Array`s of 784 numbers from 0 (paper) to 1 (ink), row by
 * row. Every failure is a `BlindSpotsError`. Arrays given to the library stay
 * the caller's: they are copied before they move to the worker.
 */

import { openChannel, type Channel } from "./channel.js";
import { BlindSpotsError } from "./errors.js";
import { fetchJson } from "./files.js";
import type {
  AttackReport,
  Backend,
  BackendChoice,
  ExamplesReport,
  LayerInfo,
  BoundsReport,
  CertificateReport,
  MemoryReport,
  MethodName,
  ModelInfo,
  Progress,
  Reading,
  Request,
  Response,
  SliceReport,
  Stroke,
  TransferReport,
} from "./messages.js";
import { buffersOf, type FromHost } from "./protocol.js";
import { modelsFolder, parseIndex, type Card } from "./cards.js";
import {
  readLine,
  readPlane,
  type Line,
  type LineOptions,
  type Plane,
  type PlaneOptions,
  type PointsOptions,
} from "./slices.js";
import { fastestSimd, type Simd } from "./simd.js";
import { read, shipped, type DigitSet } from "./sources.js";
import { askUnits, Units, type AskUnits, type UnitsOptions } from "./units.js";

export { BlindSpotsError, type ErrorCode } from "./errors.js";
export type { Card } from "./cards.js";
export type { Simd } from "./simd.js";
export type {
  AttackReport,
  Backend,
  BackendChoice,
  BackendKind,
  BoundsReport,
  CertificateReport,
  CostReport,
  ExamplesReport,
  MemoryReport,
  MethodName,
  ModelInfo,
  Point,
  Progress,
  Reading,
  SliceReport,
  Stroke,
  TransferReport,
  TransferRow,
} from "./messages.js";
export { imageAt } from "./slices.js";
export type { Line, LineOptions, Plane, PlaneOptions, PointsOptions, SliceOptions } from "./slices.js";

/** Pixels of an image. */
export const PIXELS = 784;

/** A loaded network; `card` says how it was trained, where that is known. */
export interface Model extends ModelInfo {
  card: Card | null;
}

/** Common to everything that takes a while. */
export interface Waiting {
  /** Gives up: the promise rejects with code "aborted". */
  signal?: AbortSignal | undefined;
}

export interface OpenOptions extends Waiting {
  /** Which backend to use; "auto" where it is not given. */
  backend?: BackendChoice;
  /** Which build of the engine; the fastest that the browser runs where it is not given. */
  simd?: Simd | undefined;
  /** `false` keeps the engine on the page's own thread, which stands still while it computes. */
  worker?: boolean | undefined;
}

export interface LoadOptions extends Waiting {
  /** A name for messages; the file's name where it is not given. */
  name?: string;
}

export interface GradientOptions extends Waiting {
  /**
   * An array of the images' length that is needed no more, such as the last gradient: the answer
   * takes its memory where it can, which is quicker than memory that is new. It is lost to the caller.
   */
  spare?: Float32Array | undefined;
}

export interface WorkOptions extends Waiting {
  /** Hears how far the work has come, about ten times a second. */
  onprogress?: ((progress: Progress) => void) | undefined;
}

/** Common to attacks and transfers: an original, and how it is to be changed. */
export interface AttemptOptions extends WorkOptions {
  /** The original. */
  image: Float32Array;
  /** What the image truly shows; what the model, or most of several, reads where it is not given. */
  label?: number | undefined;
  method?: MethodName | undefined;
  /** Largest change that "fgsm", "pgd-linf" and "mi-fgsm" may make to a pixel, and "pgd-l2" in L2. */
  epsilon?: number | undefined;
  /** Steps of the methods that have a number of them. */
  steps?: number | undefined;
  /** Seed of everything random. */
  seed?: number | undefined;
  /** Of an attack: the distortion of "noise". Of a transfer: every perturbation is rescaled to it. */
  distortion?: number | undefined;
}

export interface AttackOptions extends AttemptOptions {
  /** `id` of the model to fool. */
  model?: number | undefined;
  /** Or `id`s of several, which one change shall fool. */
  models?: number[] | undefined;
  /** What it shall be read as; anything else where it is not given. */
  target?: number | undefined;
}

export interface ExamplesOptions extends WorkOptions {
  /** `id` of the model to fool. */
  model: number;
  /** The originals: `[n, 784]`, one after the other. */
  images: Float32Array;
  /** `[n]`: what they truly show. */
  labels: ArrayLike<number>;
  method?: MethodName;
  /** Seed of everything random. */
  seed?: number;
}

export interface TransferOptions extends AttemptOptions {
  /** `id`s of the models that are attacked and shown the results. */
  models: number[];
}

interface Pending {
  resolve(response: Response): void;
  reject(error: BlindSpotsError): void;
  onprogress: ((progress: Progress) => void) | undefined;
}

type Kind = Request["kind"];
type Answer<K extends Response["kind"]> = Extract<Response, { kind: K }>;

/** The engine in its worker. Make one with `BlindSpots.open()`. */
export class BlindSpots {
  #channel!: Channel;
  #backend!: Backend;
  #simd!: Simd;
  #pending = new Map<number, Pending>();
  #runs = 0;
  #ended: BlindSpotsError | null = null;

  private constructor() {}

  /** Starts the engine and chooses a backend. */
  static async open({
    backend = "auto",
    simd = fastestSimd(),
    worker = true,
    signal,
  }: OpenOptions = {}): Promise<BlindSpots> {
    const lab = new BlindSpots();
    try {
      lab.#simd = runnable(simd);
      lab.#channel = await openChannel(
        { simd, worker },
        (message) => lab.#hear(message),
        (reason) =>
          lab.#end(new BlindSpotsError("crashed", "The engine stopped unexpectedly.", { cause: reason })),
      );
      await lab.use(backend, { signal });
    } catch (reason) {
      lab.close();
      throw BlindSpotsError.from(reason);
    }
    return lab;
  }

  /** The names of the networks that ship with the library, smallest first. */
  static async bundled({ signal }: Waiting = {}): Promise<string[]> {
    return parseIndex(await fetchJson(new URL("index.json", modelsFolder()), signal));
  }

  /** What runs, and why. */
  get backend(): Backend {
    return this.#backend;
  }

  /** Which build of the engine runs. */
  get simd(): Simd {
    return this.#simd;
  }

  /** Whether the engine shares the page's thread, because the page may have no worker. */
  get blocking(): boolean {
    return this.#channel.blocking;
  }

  /** Chooses another backend; loaded models stay. */
  async use(backend: BackendChoice, options: Waiting = {}): Promise<Backend> {
    const answer = await this.#ask("backend", { kind: "open", backend }, options);
    return (this.#backend = answer.backend);
  }

  /**
   * Loads a network: by the name of a bundled one ("fc100-100-10"), from an
   * address (relative to the page), or from the bytes of an ONNX file.
   */
  async load(source: string | URL | ArrayBuffer | Uint8Array, options: LoadOptions = {}): Promise<Model> {
    const { signal } = options;
    const { bytes, name, card } = await read(source, signal);
    const request: Request = { kind: "load", bytes, name: options.name ?? name };
    const { kind: _, ...info } = await this.#ask("model", request, options);
    return { ...info, card };
  }

  /** Forgets a network. */
  async unload(model: number): Promise<void> {
    await this.#ask("done", { kind: "unload", model });
  }

  /** Reads one image with one network. */
  async classify(model: number, image: Float32Array, options: Waiting = {}): Promise<Reading> {
    const readings = await this.classifyMany([model], image, options);
    return readings[0]?.[0] ?? unexpected();
  }

  /** Reads images (`[n, 784]`, one after the other) with networks: `[models][images]`. */
  async classifyMany(models: number[], images: Float32Array, options: Waiting = {}): Promise<Reading[][]> {
    check(images, images.length / PIXELS);
    const request: Request = { kind: "classify", models, images: images.slice() };
    return (await this.#ask("readings", request, options)).readings;
  }

  /**
   * ∂ cross-entropy(image, label) / ∂ image for images (`[n, 784]`, one after the other) and as many
   * labels; a number where there is one image.
   */
  async gradient(
    model: number,
    images: Float32Array,
    labels: number | ArrayLike<number>,
    options: GradientOptions = {},
  ): Promise<Float32Array> {
    check(images, images.length / PIXELS);
    const of = {
      images: copied(images, options.spare),
      labels: classes(typeof labels === "number" ? [labels] : labels),
    };
    const request: Request = { kind: "gradient", model, ...of };
    return (await this.#ask("gradient", request, options)).gradient;
  }

  /**
   * How many times as long each layer of a network can make a change, and the product of all: the
   * bounds of the paper's section 4.3. Layers without such a number say why.
   */
  async bounds(model: number, options: Waiting = {}): Promise<BoundsReport> {
    const { kind: _, ...report } = await this.#ask("bounds", { kind: "bounds", model }, options);
    return report;
  }

  /**
   * Proves how long any change must be at least, in L2, before the network reads anything but
   * `label`: by the bounds above and, for dense sigmoid, tanh and ReLU networks, by linear
   * relaxation. What the network itself reads counts as the label where none is given.
   */
  async certify(
    model: number,
    image: Float32Array,
    label?: number,
    options: WorkOptions = {},
  ): Promise<CertificateReport> {
    check(image);
    const request = defined({ kind: "certify", model, image: image.slice(), label }) as Request;
    const { kind: _, ...report } = await this.#ask("certified", request, options);
    return report;
  }

  /** How much memory the engine holds, in bytes: WebAssembly's, and buffers on the graphics device. */
  async memory(options: Waiting = {}): Promise<MemoryReport> {
    const { kind: _, ...report } = await this.#ask("memory", { kind: "memory" }, options);
    return report;
  }

  /** Looks for a small change that fools a network, or several at once. */
  async attack({ signal, onprogress, model, models, ...wish }: AttackOptions): Promise<AttackReport> {
    check(wish.image);
    const all = models ?? (model === undefined ? [] : [model]);
    const request = defined({ kind: "attack", ...wish, models: all, image: wish.image.slice() }) as Request;
    const { kind: _, ...report } = await this.#ask("attacked", request, { signal, onprogress });
    return report;
  }

  /** Fools every network and shows each result to all of them, beside noise of the same size. */
  async transfer({ signal, onprogress, ...wish }: TransferOptions): Promise<TransferReport> {
    check(wish.image);
    const request = defined({ kind: "transfer", ...wish, image: wish.image.slice() }) as Request;
    const { kind: _, ...report } = await this.#ask("transferred", request, { signal, onprogress });
    return report;
  }

  /** Fools a network with many digits at once: their examples, one after the other. */
  async examples({ signal, onprogress, ...wish }: ExamplesOptions): Promise<ExamplesReport> {
    check(wish.images, wish.images.length / PIXELS);
    const copies = { images: wish.images.slice(), labels: Uint8Array.from(wish.labels) };
    const request = defined({ kind: "examples", ...wish, ...copies }) as Request;
    const { kind: _, ...report } = await this.#ask("examples", request, { signal, onprogress });
    return report;
  }

  /** Only the classes that networks read in images (`[n, 784]`): `[models, n]`, one after the other. */
  async labels(models: number[], images: Float32Array, options: Waiting = {}): Promise<Uint8Array> {
    check(images, images.length / PIXELS);
    const request: Request = { kind: "labels", models, images: images.slice() };
    return (await this.#ask("labels", request, options)).labels;
  }

  /** Reads points of the plane through an image and its adversarial example: clip(x + a·r + b·d). */
  async slice({ signal, onprogress, seed = 0, ...of }: PointsOptions): Promise<SliceReport> {
    check(of.image);
    check(of.towards);
    const copies = { image: of.image.slice(), towards: of.towards.slice(), at: of.at.slice() };
    const request: Request = { kind: "slice", model: of.model, seed, ...copies };
    const { kind: _, ...report } = await this.#ask("slice", request, { signal, onprogress });
    return report;
  }

  /** What a model reads on the line from an image through its example, and on one of chance. */
  line(options: LineOptions): Promise<Line> {
    return readLine((points) => this.slice(points), options);
  }

  /** What a model reads in the plane that the two lines span. */
  plane(options: PlaneOptions): Promise<Plane> {
    return readPlane((points) => this.slice(points), options);
  }

  /** The hidden layers of a network, from the image to the logits. */
  async hiddenLayers(model: number, options: Waiting = {}): Promise<LayerInfo[]> {
    return (await askUnits(this.#askUnits, "layers", { task: "layers", model }, options)).layers;
  }

  /** Shows images (`[n, 784]`) to a hidden layer, to look at its units beside random directions. */
  async units(options: UnitsOptions): Promise<Units> {
    check(options.images, options.images.length / PIXELS);
    return Units.observe(this.#askUnits, options);
  }

  readonly #askUnits: AskUnits = (request, options) =>
    this.#ask("units", defined({ kind: "units", ...request }) as Request, options);

  /** The image with Gaussian noise of the given distortion added, clipped to [0, 1]; or several (`[n, 784]`). */
  async noise(
    image: Float32Array,
    distortion: number,
    seed = 0,
    options: Waiting = {},
  ): Promise<Float32Array> {
    check(image, image.length / PIXELS);
    const request: Request = { kind: "noise", image: image.slice(), distortion, seed };
    return (await this.#ask("image", request, options)).image;
  }

  /** A drawing as an image like MNIST's: fitted into 20×20, centred by mass in 28×28. */
  async rasterise(strokes: Stroke[], options: Waiting = {}): Promise<Float32Array> {
    return (await this.#ask("image", { kind: "rasterise", strokes }, options)).image;
  }

  /**
   * Reads IDX files, gzipped or not; or digits that come with the site: the
   * gallery's 100, or all 10,000 of MNIST's test set.
   */
  async digits(
    source: DigitSet | { images: Uint8Array; labels: Uint8Array } = "gallery",
    options: Waiting = {},
  ): Promise<{ images: Float32Array; labels: number[] }> {
    const { images, labels } =
      typeof source === "string"
        ? await shipped(source, options.signal)
        : { images: source.images.slice(), labels: source.labels.slice() };
    const digits = await this.#ask("digits", { kind: "digits", images, labels }, options);
    return { images: digits.images, labels: digits.labels };
  }

  /** Ends the worker; whatever is still under way rejects with code "closed". */
  close(): void {
    this.#end(new BlindSpotsError("closed", "The engine was closed."));
  }

  #ask<K extends Response["kind"]>(
    kind: K,
    request: Request & { kind: Kind },
    { signal, onprogress }: WorkOptions = {},
  ): Promise<Answer<K>> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      if (signal?.aborted) return reject(aborted());
      const run = ++this.#runs;
      const cancel = () => {
        // The worker's answer will find nobody waiting, and is dropped.
        this.#pending.delete(run);
        this.#channel.post({ cancel: run }, []);
        reject(aborted());
      };
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T) => {
          signal?.removeEventListener("abort", cancel);
          then(value);
        };
      signal?.addEventListener("abort", cancel, { once: true });
      this.#pending.set(run, {
        resolve: settle((response: Response) =>
          response.kind === kind ? resolve(response as Answer<K>) : reject(unexpectedError()),
        ),
        reject: settle(reject),
        onprogress,
      });
      this.#channel.post({ run, request }, buffersOf(request));
    });
  }

  #hear(message: FromHost): void {
    if ("hello" in message) return;
    const waiting = this.#pending.get(message.run);
    if (!waiting) return;
    if ("progress" in message) return waiting.onprogress?.(message.progress);
    this.#pending.delete(message.run);
    if ("response" in message) return waiting.resolve(message.response);
    const { code, message: words } = message.failure;
    const error = new BlindSpotsError(code, words);
    waiting.reject(error);
    // Memory of a crashed module cannot be trusted; nothing more is asked of it.
    if (code === "crashed") this.#end(error);
  }

  #end(error: BlindSpotsError): void {
    if (this.#ended) return;
    this.#ended = error;
    (this.#channel as Channel | undefined)?.close();
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of waiting) pending.reject(error);
  }
}

/** The build, if there is one of that name and this browser can run it. */
function runnable(simd: Simd): Simd {
  if (!["baseline", "relaxed"].includes(simd)) {
    throw new BlindSpotsError("bad-option", `simd is "baseline" or "relaxed", not ${JSON.stringify(simd)}`);
  }
  if (simd === "relaxed" && fastestSimd() !== simd) {
    throw new BlindSpotsError("unsupported-browser", "This browser has no relaxed SIMD.");
  }
  return simd;
}

function check(image: Float32Array, count = 1): void {
  const whole = Number.isInteger(count) && count > 0;
  // Callers in JavaScript can pass anything.
  const floats = (image as unknown) instanceof Float32Array;
  if (!floats || !whole || image.length !== PIXELS * count || !finite(image)) {
    const message = "An image is a Float32Array of 784 numbers from 0 to 1, 28 rows of 28 pixels.";
    throw new BlindSpotsError("not-an-image", message);
  }
}

/** A copy, in the memory of a spare array that has the length and all of its buffer. */
function copied(images: Float32Array, spare?: Float32Array): Float32Array {
  const whole = spare?.buffer instanceof ArrayBuffer && spare.byteLength === spare.buffer.byteLength;
  if (!whole || !(spare instanceof Float32Array) || spare.length !== images.length) return images.slice();
  spare.set(images);
  return spare;
}

/**
 * Whether all are numbers: 0·x is 0, or it is not a number. Large batches feel a call for every pixel,
 * and one sum alone would wait for itself.
 */
function finite(image: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i + 3 < image.length; i += 4) {
    a += 0 * (image[i] as number);
    b += 0 * (image[i + 1] as number);
    c += 0 * (image[i + 2] as number);
    d += 0 * (image[i + 3] as number);
  }
  return a + b + c + d === 0;
}

/** Classes as bytes; whether there are such classes the engine says, except of what is no byte. */
function classes(labels: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(labels);
  const lost = bytes.findIndex((byte, i) => byte !== labels[i]);
  if (lost >= 0) {
    throw new BlindSpotsError("no-such-class", `class ${labels[lost]} does not exist; classes are 0 to 9`);
  }
  return bytes;
}

/** Without the fields that are not given: the schema knows absent, not undefined. */
function defined(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

function aborted(): BlindSpotsError {
  return new BlindSpotsError("aborted", "Cancelled.");
}

function unexpectedError(): BlindSpotsError {
  return new BlindSpotsError("internal", "The engine answered another question than the one asked.");
}

function unexpected(): never {
  throw unexpectedError();
}
