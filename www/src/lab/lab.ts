// The experiment on the page: which digit, which networks, what they read, what
// fools them. Elements show it and call its methods; each change is announced
// by a "change" event. It talks to the engine only through the library.

import type { Bundled } from "../engine/cards.js";
import { BlindSpots } from "../engine/engine.js";
import { BlindSpotsError, type ErrorCode } from "../engine/errors.js";
import type { Backend, BackendChoice, MethodName, Reading, Stroke } from "../engine/messages.js";
import { prefetch } from "../engine/sources.js";
import { read, type Choices, type Part } from "./address.js";
import { digitsOf, TestSet, type Digits } from "./digits.js";
import { Fooling } from "./fooling.js";
import { Latest } from "./latest.js";
import { Loading } from "./loading.js";
import { grouped, ownSlot, slotFor, type Slot } from "./networks.js";
import { OwnFile, type PixelChoice } from "./own.js";
import { sentence } from "./words.js";

/** A step that Undo returns to. */
interface Step {
  strokes: Stroke[];
  sample: number | null;
}

export interface Notice {
  text: string;
  /** Whether a button to start the engine again helps. */
  restart: boolean;
}

/** After these the engine has to be started again. */
const fatal: readonly ErrorCode[] = ["crashed", "network", "missing-file"];

export class Lab extends EventTarget {
  readonly choices: Choices;
  readonly hidden: ReadonlySet<Part>;
  readonly fooling = new Fooling(this);
  /** Keeps `readings` up to date; settled when they belong to the present digit. */
  readonly reader = new Latest(
    () => this.#read(),
    (reason) => this.report(reason),
    { waits: true },
  );

  engine: BlindSpots | null = null;
  backend: Backend | null = null;
  /** A backend is being looked for or switched to. */
  switching = false;
  /** Something the visitor should know, shown on top. */
  notice: Notice | null = null;
  /** What went wrong with the visitor's own file. */
  ownProblem: string | null = null;
  slots: Slot[] = [];
  gallery: Digits | null = null;

  strokes: Stroke[] = [];
  sample: number | null = null;
  /** What the networks see; `null` while nothing is drawn. */
  image: Float32Array | null = null;
  /** What each network reads in it, by the network's name. */
  readings: ReadonlyMap<string, Reading> = new Map();
  /** The digit's true class where the visitor said so. */
  #givenLabel: number | null = null;

  #history: Step[] = [];
  own: OwnFile | null = null;
  readonly #loading = new Loading(this, () => this.#refresh());
  readonly #testSet = new TestSet();
  #begun = false;
  #announced = false;

  constructor(search = "") {
    super();
    const { choices, hidden } = read(search);
    this.choices = choices;
    this.hidden = hidden;
  }

  /** Starts the engine and loads networks and samples, smallest first. */
  async start(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    this.notice = null;
    try {
      // Without its list of networks the page still reads with the visitor's own.
      const listed = BlindSpots.bundled().catch((reason: unknown): Bundled[] => {
        this.report(reason);
        return [];
      });
      // What the first reading needs is on its way while the engine is.
      prefetch(this.choices.model);
      prefetch("gallery");
      const [bundled] = await Promise.all([listed, this.#open()]);
      if (this.slots.length === 0) this.slots = grouped(bundled.map(slotFor));
      this.changed();
      await Promise.all([this.#loadGallery(), this.#loading.all(bundled.map(({ name }) => name))]);
      if (this.own) await this.#placeOwn().catch((reason: unknown) => this.report(reason));
      void this.#loading.confirm();
    } catch (reason) {
      this.#begun = false;
      this.report(reason);
    }
  }

  /** Starts the engine again after it crashed; the drawing stays. */
  async restart(): Promise<void> {
    this.fooling.cancel();
    this.engine?.close();
    this.engine = null;
    this.backend = null;
    this.#begun = false;
    for (const slot of this.slots) Object.assign(slot, { state: "waiting", model: null, error: null });
    this.slots = this.slots.filter((slot) => !slot.own);
    this.changed();
    await this.start();
  }

  /** The network to fool. */
  get chosen(): Slot | undefined {
    return this.slots.find((slot) => slot.name === this.choices.model) ?? this.slots[0];
  }

  /** Classes that the networks tell apart: those of the one to fool, or of any. */
  get classes(): number[] {
    const model = this.chosen?.model ?? this.ready[0]?.model;
    return [...Array(model?.classes ?? 0).keys()];
  }

  get ready(): Slot[] {
    return this.slots.filter((slot) => slot.state === "ready");
  }

  /** What the digit truly is: said by the visitor, known of a sample, or read in a drawing. */
  get label(): number | null {
    if (this.#givenLabel !== null) return this.#givenLabel;
    if (this.sample !== null) return this.gallery?.labels[this.sample] ?? null;
    const { chosen } = this;
    return (chosen && this.readings.get(chosen.name)?.label) ?? null;
  }

  get canUndo(): boolean {
    return this.#history.length > 0;
  }

  /** MNIST's 10,000 test digits. */
  async testSet(): Promise<Digits> {
    return this.#testSet.of(this.#started());
  }

  sampleImage(index: number): Float32Array | null {
    return this.gallery?.images[index] ?? null;
  }

  chooseModel(name: string): void {
    this.choices.model = name;
    this.changed();
  }

  chooseTarget(target: number | null): void {
    this.choices.target = target;
    this.changed();
  }

  chooseMethod(method: MethodName): void {
    this.choices.method = method;
    this.changed();
  }

  choosePanel(name: string): void {
    this.choices.panel = name;
    this.changed();
  }

  setLabel(label: number): void {
    this.#givenLabel = label;
    if (this.choices.target === label) this.choices.target = null;
    this.changed();
  }

  chooseSample(index: number): void {
    if (this.sample !== index || this.strokes.length > 0) this.#remember();
    this.#show([], index);
  }

  /** A stroke begins; a sample that is shown makes room. */
  beginStroke(stroke: Stroke): void {
    this.#remember();
    this.#show([...this.strokes, stroke], null);
  }

  /** The stroke under the pen has grown. */
  growStroke(): void {
    this.fooling.clear();
    this.#refresh();
  }

  undo(): void {
    const step = this.#history.pop();
    if (step) this.#show(step.strokes, step.sample);
  }

  clear(): void {
    if (this.strokes.length === 0 && this.sample === null) return;
    this.#remember();
    this.#show([], null);
  }

  /** Switches the backend; the networks stay loaded. */
  async useBackend(wish: BackendChoice): Promise<void> {
    this.choices.backend = wish;
    if (!this.engine) return this.changed();
    this.switching = true;
    this.changed();
    try {
      this.fooling.cancel();
      this.backend = await this.engine.use(wish);
      this.notice = null;
    } catch (reason) {
      this.choices.backend = "auto";
      this.backend = this.engine.backend;
      this.report(reason);
    }
    this.switching = false;
    this.#refresh();
  }

  /** Loads a visitor's ONNX file as one more network; the other files hold its weights. */
  async loadOwn(file: File, others: File[] = []): Promise<void> {
    await this.#takeOwn(file.name, async () => (this.own = await OwnFile.of(file, others)));
  }

  /** Reads the visitor's file with other pixels; as samples decide where `choice` is null. */
  async readOwn(choice: PixelChoice | null): Promise<void> {
    if (this.own) await this.#takeOwn(Object.assign(this.own, { choice }).name);
  }

  async #takeOwn(name: string, open?: () => Promise<unknown>): Promise<void> {
    this.ownProblem = null;
    this.changed();
    try {
      this.#started();
      await open?.();
      this.#loading.pause();
      await this.#placeOwn();
      this.choices.model = "own";
    } catch (reason) {
      const error = BlindSpotsError.from(reason);
      this.ownProblem = `${name}: ${error.message}`;
      this.own = null;
      // The file brought the engine down: it starts again without it.
      if (error.code === "crashed") void this.restart();
    }
    void this.#loading.confirm();
    this.changed();
  }

  /** Says what went wrong; after a lost device the processor takes over. */
  report(reason: unknown): void {
    const error = BlindSpotsError.from(reason);
    if (error.code === "aborted" || error.code === "closed") return;
    if (error.code === "device-lost") {
      void this.useBackend("cpu").then(() =>
        this.#tell("The graphics processor was lost. The networks now run on the CPU."),
      );
      return;
    }
    this.#tell(sentence(error.message), fatal.includes(error.code) || !this.engine);
  }

  /** The engine has moved networks off a lost device by itself: says so. */
  async #deviceLost(): Promise<void> {
    try {
      this.choices.backend = "auto";
      if (this.engine) this.backend = await this.engine.use("auto");
      const where = this.backend?.kind === "webgpu" ? "a fresh one" : "the CPU";
      this.#tell(`The graphics device was lost. The networks now run on ${where}.`);
    } catch (reason) {
      this.report(reason);
    }
    this.changed();
  }

  dismiss(): void {
    this.notice = null;
    this.changed();
  }

  /** Says something on top. */
  #tell(text: string, restart = false): void {
    this.notice = { text, restart };
    this.changed();
  }

  /** The engine; rejects while it is still starting. */
  #started(): BlindSpots {
    if (this.engine) return this.engine;
    throw new BlindSpotsError("closed", "The engine is still starting; try again in a moment.");
  }

  /** Tells the elements, once a turn, and keeps the address in step. */
  changed(): void {
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      this.dispatchEvent(new Event("change"));
    });
  }

  async #open(): Promise<void> {
    const { backend } = this.choices;
    const onmoved = () => void this.#deviceLost();
    try {
      this.engine = await BlindSpots.open({ backend, onmoved });
    } catch (reason) {
      if (backend === "auto" || BlindSpotsError.from(reason).code === "missing-file") throw reason;
      this.report(reason);
      this.choices.backend = "auto";
      this.engine = await BlindSpots.open({ onmoved });
    }
    this.backend = this.engine.backend;
  }

  async #placeOwn(): Promise<void> {
    if (!this.own || !this.engine) return;
    const model = await this.own.load(this.engine);
    const old = this.slots.find((slot) => slot.own);
    this.slots = [...this.slots.filter((slot) => !slot.own), ownSlot(model)];
    if (old?.model) await this.engine.unload(old.model.id);
    this.#refresh();
  }

  async #loadGallery(): Promise<void> {
    if (!this.gallery) {
      try {
        const digits = await this.engine?.digits();
        if (digits) this.gallery = digitsOf(digits);
      } catch (reason) {
        this.report(reason);
      }
    }
    const { sample } = this.choices;
    const untouched = this.strokes.length === 0 && this.sample === null && !this.canUndo;
    if (sample !== null && this.gallery && untouched) {
      this.#show([], Math.min(sample, this.gallery.labels.length - 1));
    }
    this.#refresh();
  }

  #remember(): void {
    this.#history.push({ strokes: this.strokes, sample: this.sample });
    if (this.#history.length > 100) this.#history.shift();
  }

  #show(strokes: Stroke[], sample: number | null): void {
    if (strokes.length === 0 || this.strokes.length === 0) this.#givenLabel = null;
    this.strokes = strokes;
    this.sample = sample;
    if (this.gallery || sample !== null) this.choices.sample = sample;
    this.fooling.clear();
    this.#refresh();
  }

  /** Reads the present digit; while one question is under way only the last one waits. */
  #refresh(): void {
    this.changed();
    void this.reader.ask().then(() => this.changed());
  }

  async #read(): Promise<void> {
    const { engine, strokes, sample, ready } = this;
    if (!engine) return;
    if (strokes.length > 0) this.image = await engine.rasterise(strokes);
    else this.image = sample === null ? null : this.sampleImage(sample);
    const ids = ready.flatMap(({ model }) => (model ? [model.id] : []));
    const answers = this.image && ids.length > 0 ? await engine.classifyMany(ids, this.image) : [];
    this.readings = new Map(
      ready.flatMap(({ name }, row) => {
        const reading = answers[row]?.[0];
        return reading ? [[name, reading] as const] : [];
      }),
    );
    this.changed();
  }
}
