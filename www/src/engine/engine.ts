/**
 * The engine in its worker, as pages use it.
 *
 *     import { BlindSpots } from "./blindspots.js";
 *     const lab = await BlindSpots.open();
 *     const model = await lab.load("fc100-100-10");
 *     const report = await lab.attack({ model: model.id, image });
 *
 * An image is a `Float32Array` of C·H·W numbers from 0 (paper) to 1 (ink), as
 * the network's `image` says: channel by channel, row by row. Every failure is
 * a `BlindSpotsError`. Arrays given to the library stay the caller's: they are
 * copied before they move to the worker.
 */

import { checkImages, classesOf, computed, copied, defined, type Gradient, type Labels } from "./arrays.js";
import { modelJson, parseIndex, type Bundled } from "./cards.js";
import { openChannel } from "./channel.js";
import { Connection } from "./connection.js";
import { BlindSpotsError, unexpected } from "./errors.js";
import type {
  AttackReport,
  Backend,
  BackendChoice,
  BoundsReport,
  CertificateReport,
  CompareReport,
  ExamplesReport,
  LayerInfo,
  MemoryReport,
  Reading,
  Request,
  ShowReport,
  SliceReport,
  Stroke,
  TransferReport,
} from "./messages.js";
import type {
  AttackOptions,
  CompareOptions,
  ConfirmOptions,
  DigitImages,
  DigitsOptions,
  ExamplesOptions,
  GradientOptions,
  LoadOptions,
  LowerOptions,
  Model,
  NoiseOptions,
  OpenOptions,
  ShowOptions,
  TransferOptions,
  Waiting,
  WorkOptions,
} from "./options.js";
import { Importer } from "./importer.js";
import { keeping } from "./keeping.js";
import type { Lessons } from "./lessons.js";
import type { Pictures } from "./pictures.js";
import { Loaded } from "./loaded.js";
import type { Placed } from "./protocol.js";
import { fastestSimd, runnable, type Simd } from "./simd.js";
import type { Line, LineOptions, Plane, PlaneOptions, PointsOptions } from "./slices.js";
import { isAsBuilt, lowered, read, shipped, type DigitSet, type Lowered } from "./sources.js";
import type { AskUnits, Units, UnitsOptions } from "./units.js";

/** The engine in its worker. Make one with `BlindSpots.open()`. */
export class BlindSpots {
  readonly #engine: Connection;
  readonly #models = new Loaded();
  readonly #importer: Importer;
  #backend!: Backend;
  #simd!: Simd;

  private constructor({ worker = true, onmoved }: OpenOptions) {
    this.#importer = new Importer(worker);
    this.#engine = new Connection((moved) => {
      const backend = this.#placed(moved);
      onmoved?.(backend);
    });
  }

  /** Starts the engine and chooses a backend. */
  static async open(options: OpenOptions = {}): Promise<BlindSpots> {
    const { backend = "auto", simd = fastestSimd(), worker = true, signal } = options;
    const lab = new BlindSpots(options);
    try {
      lab.#simd = runnable(simd);
      const channel = await openChannel(
        { simd, worker },
        (message) => lab.#engine.hear(message),
        (cause) =>
          lab.#engine.end(new BlindSpotsError("crashed", "The engine stopped unexpectedly.", { cause })),
      );
      lab.#engine.over(channel);
      await lab.use(backend, { signal });
    } catch (reason) {
      lab.close();
      throw BlindSpotsError.from(reason);
    }
    return lab;
  }

  /** The networks that ship with the library, smallest first. */
  static async bundled({ signal }: Waiting = {}): Promise<Bundled[]> {
    return parseIndex(await modelJson("index.json", signal));
  }

  /** What runs, and why: as of the last answer, where a device has failed. */
  get backend(): Backend {
    return this.#backend;
  }

  /** Which build of the engine runs. */
  get simd(): Simd {
    return this.#simd;
  }

  /** Whether the engine shares the page's thread, because the page may have no worker. */
  get blocking(): boolean {
    return this.#engine.blocking;
  }

  /** Chooses another backend; loaded models stay. */
  async use(backend: BackendChoice, options: Waiting = {}): Promise<Backend> {
    return this.#placed(await this.#engine.ask("backend", { kind: "open", backend }, options));
  }

  /**
   * Loads a network: by the name of a bundled one ("fc100-100-10"), from an
   * address (relative to the page), or from the bytes of an ONNX file or of a lowered network.
   */
  async load(source: string | URL | ArrayBuffer | Uint8Array, options: LoadOptions = {}): Promise<Model> {
    const file = await read(source, options);
    const { bytes, name, card, early } = await lowered(file, this.#importer, options);
    const request: Request = { kind: "load", bytes, name: options.name ?? name };
    const { kind: _, ...info } = await this.#engine.ask("model", request, options);
    const model = { ...info, card, early };
    this.#models.add(model, file);
    return model;
  }

  /**
   * Reads the file of a network that was loaded with `early`: whether it is what the engine has. Where it
   * is not, load it without `early`.
   */
  async confirm(model: number, options: ConfirmOptions = {}): Promise<boolean> {
    const refusal = this.#engine.refusal(options.signal);
    if (refusal) throw refusal;
    const file = this.#models.unread(model);
    if (!file) return true;
    const same = await isAsBuilt(file, this.#importer, options);
    if (same) this.#models.confirm(model);
    return same;
  }

  /**
   * Reads an ONNX file into a lowered network: plain bytes that can be kept and loaded again without
   * the importer, here or elsewhere. Bytes of a lowered network stay as they are.
   */
  async lower(source: string | URL | ArrayBuffer | Uint8Array, options: LowerOptions = {}): Promise<Lowered> {
    return lowered(await read(source, options), this.#importer, options);
  }

  /** Forgets a network. */
  async unload(model: number): Promise<void> {
    this.#models.remove(model);
    await this.#engine.ask("done", { kind: "unload", model });
  }

  /** Reads one image with one network. */
  async classify(model: number, image: Float32Array, options: WorkOptions = {}): Promise<Reading> {
    const readings = await this.classifyMany([model], image, options);
    const reading = readings[0]?.[0];
    if (!reading) throw unexpected();
    return reading;
  }

  /** Reads images (`[n, C·H·W]`, one after the other) with networks: `[models][images]`. */
  async classifyMany(
    models: number[],
    images: Float32Array,
    options: WorkOptions = {},
  ): Promise<Reading[][]> {
    checkImages(images, this.#models.shape(models[0]));
    const request: Request = { kind: "classify", models, images: images.slice() };
    return (await this.#engine.ask("readings", request, options)).readings;
  }

  /** ∂ cross-entropy(image, label) / ∂ image for images (`[n, C·H·W]`) and as many labels, or one and one. */
  async gradient(
    model: number,
    images: Float32Array,
    labels: number | ArrayLike<number>,
    options: GradientOptions = {},
  ): Promise<Gradient> {
    checkImages(images, this.#models.shape(model));
    const of = {
      images: copied(images, options.spare),
      labels: classesOf(typeof labels === "number" ? [labels] : labels),
    };
    const request: Request = { kind: "gradient", model, ...of };
    return computed("gradient", await this.#engine.ask("gradient", request, options));
  }

  /**
   * How many times as long each layer of a network can make a change, and the product of all: the
   * bounds of the paper's section 4.3. Layers without such a number say why.
   */
  async bounds(model: number, options: WorkOptions = {}): Promise<BoundsReport> {
    const { kind: _, ...report } = await this.#engine.ask("bounds", { kind: "bounds", model }, options);
    return report;
  }

  /**
   * Proves how long any change must be at least, in L2, before the network reads anything but
   * `label`: by the bounds above and, for dense sigmoid, tanh, ReLU and Clip networks, by linear
   * relaxation. What the network itself reads counts as the label where none is given.
   */
  async certify(
    model: number,
    image: Float32Array,
    label?: number,
    options: WorkOptions = {},
  ): Promise<CertificateReport> {
    checkImages(image, this.#models.shape(model), 1);
    const request = defined({ kind: "certify", model, image: image.slice(), label }) as Request;
    const { kind: _, ...report } = await this.#engine.ask("certified", request, options);
    return report;
  }

  /** How much memory the engine holds, in bytes: WebAssembly's, and buffers on the graphics device. */
  async memory(options: Waiting = {}): Promise<MemoryReport> {
    const { kind: _, ...report } = await this.#engine.ask("memory", { kind: "memory" }, options);
    return report;
  }

  /** Looks for a small change that fools a network, or several at once. */
  async attack({ signal, onprogress, model, models, ...wish }: AttackOptions): Promise<AttackReport> {
    const all = models ?? (model === undefined ? [] : [model]);
    checkImages(wish.image, this.#models.shape(all[0]), 1);
    const copies = { image: wish.image.slice(), others: wish.others?.slice() };
    const request = defined({ kind: "attack", ...wish, models: all, ...copies }) as Request;
    const { kind: _, ...report } = await this.#engine.ask("attacked", request, { signal, onprogress });
    return report;
  }

  /** Fools every network and shows each result to all of them, beside noise of the same size. */
  async transfer({ signal, onprogress, ...wish }: TransferOptions): Promise<TransferReport> {
    checkImages(wish.image, this.#models.shape(wish.models[0]), 1);
    const request = defined({ kind: "transfer", ...wish, image: wish.image.slice() }) as Request;
    const { kind: _, ...report } = await this.#engine.ask("transferred", request, { signal, onprogress });
    return report;
  }

  /** Fools a network with many images at once: their examples, one after the other. */
  async examples({ signal, onprogress, ...wish }: ExamplesOptions): Promise<ExamplesReport> {
    return keeping(this, this.#models.shape(wish.model), wish, signal, async (kept) => {
      const request = defined({ kind: "examples", ...kept }) as Request;
      const { kind: _, ...report } = await this.#engine.ask("examples", request, { signal, onprogress });
      return report;
    });
  }

  /** Shows examples of images, or noise, to networks, and counts who misreads them. */
  async show({ signal, onprogress, ...wish }: ShowOptions): Promise<ShowReport> {
    return keeping(this, this.#models.shape(wish.models[0]), wish, signal, async (kept) => {
      const request = defined({ kind: "show", ...kept, examples: wish.examples?.slice() }) as Request;
      const { kind: _, ...report } = await this.#engine.ask("shown", request, { signal, onprogress });
      return report;
    });
  }

  /** What networks read in an image, in its example, and in noise of the same size. */
  async compare({ signal, onprogress, ...wish }: CompareOptions): Promise<CompareReport> {
    for (const image of [wish.image, wish.example]) checkImages(image, this.#models.shape(wish.models[0]), 1);
    const copies = { image: wish.image.slice(), example: wish.example.slice() };
    const request = defined({ kind: "compare", ...wish, ...copies }) as Request;
    const { kind: _, ...report } = await this.#engine.ask("compared", request, { signal, onprogress });
    return report;
  }

  /** Only the classes that networks read in images (`[n, C·H·W]`): `[models, n]`, one after the other. */
  async labels(models: number[], images: Float32Array, options: WorkOptions = {}): Promise<Labels> {
    checkImages(images, this.#models.shape(models[0]));
    const request: Request = { kind: "labels", models, images: images.slice() };
    return computed("labels", await this.#engine.ask("labels", request, options));
  }

  /** Reads points of the plane through an image and its adversarial example: clip(x + a·r + b·d). */
  async slice({ signal, onprogress, seed = 0, ...of }: PointsOptions): Promise<SliceReport> {
    for (const image of [of.image, of.towards]) checkImages(image, this.#models.shape(of.model), 1);
    const copies = { image: of.image.slice(), towards: of.towards.slice(), at: of.at.slice() };
    const request: Request = { kind: "slice", model: of.model, seed, ...copies };
    const { kind: _, ...report } = await this.#engine.ask("slice", request, { signal, onprogress });
    return report;
  }

  /** What a model reads on the line from an image through its example, and on one of chance. */
  async line(options: LineOptions): Promise<Line> {
    const { readLine } = await import("./slices.js");
    return readLine((points) => this.slice(points), options);
  }

  /** What a model reads in the plane that the two lines span. */
  async plane(options: PlaneOptions): Promise<Plane> {
    const { readPlane } = await import("./slices.js");
    return readPlane((points) => this.slice(points), options);
  }

  /** The hidden layers of a network, from the image to the logits. */
  async hiddenLayers(model: number, options: Waiting = {}): Promise<LayerInfo[]> {
    const { askUnits } = await import("./units.js");
    return (await askUnits(this.#askUnits, "layers", { task: "layers", model }, options)).layers;
  }

  /**
   * Shows images to a hidden layer, to look at its units beside random directions: those of a data
   * set, or `images` (`[n, C·H·W]`) with `labels`.
   */
  async units({ signal, onprogress, ...wish }: UnitsOptions): Promise<Units> {
    const { Units } = await import("./units.js");
    return keeping(this, this.#models.shape(wish.model), wish, signal, (kept) =>
      Units.observe(this.#askUnits, { ...kept, signal, onprogress }),
    );
  }

  /** Keeps images (`[n, C·H·W]`) with their classes in the engine, to be named later: the data set's number. */
  async keep(images: Float32Array, labels: ArrayLike<number>, options: Waiting = {}): Promise<number> {
    checkImages(images, undefined);
    const request: Request = { kind: "keep", images: images.slice(), labels: classesOf(labels) };
    return (await this.#engine.ask("kept", request, options)).set;
  }

  /** Forgets a data set. */
  async forget(set: number): Promise<void> {
    await this.#engine.ask("done", { kind: "forget", set });
  }

  readonly #askUnits: AskUnits = (request, options) =>
    this.#engine.ask("units", defined({ kind: "units", ...request }) as Request, options);

  /** The image with Gaussian noise of the given distortion added, clipped to [0, 1]; or `count` images. */
  async noise(
    image: Float32Array,
    distortion: number,
    seed = 0,
    { count, signal }: NoiseOptions = {},
  ): Promise<Float32Array> {
    checkImages(image, undefined);
    const request = defined({ kind: "noise", image: image.slice(), count, distortion, seed }) as Request;
    return (await this.#engine.ask("image", request, { signal })).image;
  }

  /** A drawing as an image like MNIST's: fitted into 20×20, centred by mass in 28×28. */
  async rasterise(strokes: Stroke[], options: Waiting = {}): Promise<Float32Array> {
    return (await this.#engine.ask("image", { kind: "rasterise", strokes }, options)).image;
  }

  /**
   * Reads IDX files, gzipped or not; or digits that come with the site: the
   * gallery's 100, or all 10,000 of MNIST's test set.
   */
  async digits(
    source: DigitSet | { images: Uint8Array; labels: Uint8Array } = "gallery",
    { keep = false, signal, onprogress }: DigitsOptions = {},
  ): Promise<DigitImages> {
    const { images, labels } =
      typeof source === "string"
        ? await shipped(source, { signal, onprogress })
        : { images: source.images.slice(), labels: source.labels.slice() };
    const request: Request = { kind: "digits", images, labels, keep };
    const { kind: _, ...digits } = await this.#engine.ask("digits", request, { signal });
    return digits;
  }

  /** Lessons, and results of them: fetched when they are asked for. */
  async lessons(): Promise<Lessons> {
    const { Lessons } = await import("./lessons.js");
    return new Lessons((kind, request, options) => this.#engine.ask(kind, request, options));
  }

  /** Digits of photographs and of files: fetched when they are asked for. */
  async pictures(): Promise<Pictures> {
    const { Pictures } = await import("./pictures.js");
    return new Pictures((kind, request, options) => this.#engine.ask(kind, request, options));
  }

  /** Ends the workers; whatever is still under way rejects with code "closed". */
  close(): void {
    const closed = new BlindSpotsError("closed", "The engine was closed.");
    this.#importer.close(closed);
    this.#engine.end(closed);
  }

  /** The engine has said what runs, and where networks run. */
  #placed({ backend, placements }: Placed): Backend {
    this.#models.place(placements);
    return (this.#backend = backend);
  }
}
