// The experiment on the page: which digit, which networks, what they read, what
// fools them. Elements show it and call its methods; each change is announced
// by a "change" event. It talks to the engine only through the library.

import { msg, str } from "@lit/localize";
import { onArrival } from "../engine/download.js";
import type { Bundled } from "../engine/cards.js";
import { BlindSpots } from "../engine/engine.js";
import { BlindSpotsError, isFatal } from "../engine/errors.js";
import type { Backend, BackendChoice, Reading, Stroke } from "../engine/messages.js";
import { prefetch } from "../engine/sources.js";
import { fingerprint, read, write, type Choices, type Lock, type Part, type Seen } from "./address.js";
import { digitsOf, TestSet, type Digits } from "./digits.js";
import { Fooling } from "./fooling.js";
import { Latest } from "./latest.js";
import { Linked } from "./linked.js";
import { engineFor, Loading } from "./loading.js";
import { grouped, readingsOf, slotFor, type Slot } from "./networks.js";
import { Notices, type Notice, type Until } from "./notice.js";
import { OwnNetwork } from "./own.js";
import type { Pen } from "./pen.js";
import type { Picture, Source } from "./picture.js";
import { asSentence, failure, type Said } from "./saying.js";

export class Lab extends EventTarget {
  readonly choices: Choices;
  /** Whether the address shows nothing in particular. */
  readonly plain: boolean;
  readonly hidden: ReadonlySet<Part>;
  /** Controls that the address keeps as they are. */
  readonly locked: ReadonlySet<Lock>;
  readonly fooling = new Fooling(this);
  readonly pen: Pen = { moved: -Infinity };
  /** Keeps `readings` up to date; settled when they belong to the present digit. */
  readonly reader = new Latest(
    () => this.#read(),
    (reason) => this.report(reason),
    { waits: true, ended: () => this.changed() },
  );

  engine: BlindSpots | null = null;
  backend: Backend | null = null;
  /** A backend is being looked for or switched to. */
  switching = false;
  readonly #notices = new Notices();
  readonly own = new OwnNetwork(this, () => this.#refresh());
  slots: Slot[] = [];
  gallery: Digits | null = null;

  strokes: Stroke[] = [];
  sample: number | null = null;
  /** What the visitor brought, where the digit is neither drawn nor a sample. */
  picture: Picture | null = null;
  /** What the networks see; `null` while nothing is drawn. */
  image: Float32Array | null = null;
  /** What each network reads in it, by the network's name. */
  readings: ReadonlyMap<string, Reading> = new Map();
  /** The digit's true class where the visitor, or a link, said so. */
  #givenLabel: number | null = null;
  readonly #linked: Linked;

  #history: Source[] = [];
  readonly #loading: Loading = new Loading(this, () => {
    this.#refresh();
    this.fooling.showToAll();
  });
  readonly #testSet = new TestSet();
  #begun = false;
  readonly #arriving = new Set(["networks", "digits"]);
  #announced = false;

  /** `search` is what an address says, or an element's `settings`. */
  constructor(search = "") {
    super();
    const address = read(search);
    const { strokes, label, times: _, result: __, autorun: ___, ...choices } = address.seen;
    this.choices = choices;
    this.plain = write({ ...address.seen, lang: null }, "") === "";
    this.hidden = address.hidden;
    this.locked = address.locked;
    this.strokes = [...strokes];
    this.#givenLabel = label;
    this.#linked = new Linked(this, address);
    onArrival(() => this.changed());
  }

  /** All that a link to what is seen now holds. */
  get seen(): Seen {
    const { choices, strokes, fooling, picture, chosen } = this;
    // What a link cannot hold, or other choices do not find, it does not promise.
    const found = picture || chosen?.own ? null : fooling.repeatable;
    return {
      ...choices,
      strokes,
      label: this.#givenLabel,
      times: fooling.factor,
      result: found && fingerprint(found.image),
      autorun: this.#linked.autorun,
    };
  }

  /** Whether a control is kept as it is. */
  locks(control: Lock): boolean {
    return this.locked.has(control);
  }

  /** Starts the engine and loads networks and samples, smallest first. */
  async start(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    this.#notices.end("started");
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
      this.#arriving.delete("networks");
      this.#linked.check(bundled);
      this.changed();
      void this.#linked.restore();
      await Promise.all([this.#loadGallery(), this.#loading.all(bundled.map(({ name }) => name))]);
      void this.#linked.checkLayer().catch((reason: unknown) => this.report(reason));
      await this.own.return();
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

  /** What the visitor should know, shown on top. */
  get notice(): Notice | null {
    return this.#notices.shown;
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

  /** What a search still waits for, for people; `null` where it waits for nothing. */
  get awaits(): string | null {
    if (!this.engine) return msg("Waiting for the engine …");
    const { chosen, choices, sample, strokes, picture } = this;
    if (!chosen) return this.#arriving.has("networks") ? msg("Waiting for the networks …") : null;
    const { title, state } = chosen;
    if (state === "waiting" || state === "loading") return msg(str`Waiting for ${title} …`);
    const digit = sample === null && strokes.length === 0 && !picture && choices.sample !== null;
    return digit && this.#arriving.has("digits") ? msg("Waiting for the digits …") : null;
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
    return this.#testSet.of(this.started);
  }

  sampleImage(index: number): Float32Array | null {
    return this.gallery?.images[index] ?? null;
  }

  /** Changes what is chosen. */
  choose(change: Partial<Choices>): void {
    Object.assign(this.choices, change);
    this.changed();
  }

  setLabel(label: number): void {
    this.#givenLabel = label;
    if (this.choices.target === label) this.choices.target = null;
    this.changed();
  }

  chooseSample(index: number): void {
    if (this.locks("draw")) return;
    if (this.sample !== index || this.strokes.length > 0) this.#remember();
    this.#show({ strokes: [], sample: index, picture: null });
  }

  /** Takes a digit of the visitor's: of a photograph, or of a file. */
  choosePicture(picture: Picture): void {
    if (this.locks("draw")) return;
    this.#remember();
    this.#show({ strokes: [], sample: null, picture });
  }

  /** A stroke begins; a sample that is shown makes room. */
  beginStroke(stroke: Stroke): void {
    if (this.locks("draw")) return;
    this.#remember();
    this.#show({ strokes: [...this.strokes, stroke], sample: null, picture: null });
  }

  /** The stroke under the pen has grown. */
  growStroke(): void {
    this.fooling.clear();
    this.#refresh();
  }

  undo(): void {
    if (this.locks("draw")) return;
    const step = this.#history.pop();
    if (step) this.#show(step);
  }

  clear(): void {
    if (this.locks("draw")) return;
    if (this.strokes.length === 0 && this.sample === null && !this.picture) return;
    this.#remember();
    this.#show({ strokes: [], sample: null, picture: null });
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
      this.#notices.end("switched");
    } catch (reason) {
      this.choices.backend = "auto";
      this.backend = this.engine.backend;
      this.report(reason, "switched");
    }
    this.switching = false;
    this.#refresh();
  }

  /** Says what went wrong; after a lost device the processor takes over. */
  report(reason: unknown, until: Until = "dismissed"): void {
    const error = BlindSpotsError.from(reason);
    if (error.code === "aborted" || error.code === "closed") return;
    if (error.code === "device-lost") {
      void this.useBackend("cpu").then(() => this.#sayMoved());
      return;
    }
    const starts = isFatal(error.code) || !this.engine;
    this.tell(() => asSentence(failure(error)), starts ? "started" : until);
  }

  #sayMoved(): void {
    const fresh = this.backend?.kind === "webgpu";
    this.tell(
      () =>
        fresh
          ? msg("The graphics device was lost. The networks now run on a fresh one.")
          : msg("The graphics device was lost. The networks now run on the CPU."),
      "switched",
    );
  }

  /** The engine has moved networks off a lost device by itself: says so. */
  async #deviceLost(): Promise<void> {
    try {
      this.choices.backend = "auto";
      if (this.engine) this.backend = await this.engine.use("auto");
      this.#sayMoved();
    } catch (reason) {
      this.report(reason);
    }
    this.changed();
  }

  dismiss(): void {
    this.#notices.end("dismissed");
    this.changed();
  }

  /** Says something on top. */
  tell(words: () => string | Said, until: Until = "dismissed"): void {
    this.#notices.add(words, until);
    this.changed();
  }

  /** The engine; throws while it is still starting. */
  get started(): BlindSpots {
    if (this.engine) return this.engine;
    throw new BlindSpotsError("closed", "The engine is still starting; try again in a moment.");
  }

  /** Lets a visitor's file be read before the site's own are read again. */
  async first(work: () => Promise<void>): Promise<void> {
    this.#loading.pause();
    await work();
    void this.#loading.confirm();
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
    const { engine, refused } = await engineFor(this.choices, () => void this.#deviceLost());
    this.engine = engine;
    this.backend = engine.backend;
    if (refused) this.report(refused, "switched");
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
    this.#arriving.delete("digits");
    const { sample } = this.choices;
    const untouched = this.strokes.length === 0 && this.sample === null && !this.canUndo;
    if (sample !== null && this.gallery && untouched) this.#first(sample, this.gallery);
    this.#refresh();
  }

  /** Shows the digit that the page begins with: what waits for it goes on, and its class may be a link's. */
  #first(sample: number, { labels }: Digits): void {
    this.sample = this.choices.sample = Math.min(sample, labels.length - 1);
  }

  #remember(): void {
    const { strokes, sample, picture } = this;
    this.#history.push({ strokes, sample, picture });
    if (this.#history.length > 100) this.#history.shift();
  }

  #show({ strokes, sample, picture }: Source): void {
    if (strokes.length === 0 || this.strokes.length === 0) this.#givenLabel = null;
    this.strokes = strokes;
    this.sample = sample;
    this.picture = picture;
    if (this.gallery || sample !== null) this.choices.sample = sample;
    this.fooling.clear();
    this.#refresh();
  }

  /** Reads the present digit; while one question is under way only the last one waits. */
  #refresh(): void {
    this.changed();
    void this.reader.ask();
  }

  async #read(): Promise<void> {
    const { engine, strokes, sample, picture, ready } = this;
    if (!engine) return;
    if (strokes.length > 0) this.image = await engine.rasterise(strokes);
    else this.image = sample === null ? (picture?.image ?? null) : this.sampleImage(sample);
    this.readings = await readingsOf(engine, ready, this.image);
  }
}
