// One attack and what comes of it: the example, its comparison with noise of
// the same size, and who else is fooled.

import type { BlindSpots } from "../engine/engine.js";
import { counted } from "../engine/counted.js";
import type {
  AttackReport,
  Compared,
  CompareReport,
  MethodName,
  Progress,
  Reading,
} from "../engine/messages.js";
import type { Choices } from "./address.js";
import type { Digits } from "./digits.js";
import { Latest, stale } from "./latest.js";
import type { Slot } from "./networks.js";

/** What an attack needs to know of the page. */
export interface Surroundings {
  readonly engine: BlindSpots | null;
  readonly choices: Choices;
  /** The network to fool. */
  readonly chosen: Slot | undefined;
  readonly ready: Slot[];
  readonly image: Float32Array | null;
  readonly label: number | null;
  /** The page's samples, once they are there. */
  readonly gallery: Digits | null;
  readonly readings: ReadonlyMap<string, Reading>;
  /** Reads what is drawn. */
  readonly reader: Latest;
  /** What is still on its way that a search needs, for people. */
  readonly awaits: string | null;
  addEventListener(kind: "change", listener: (event: Event) => void, options: { once: true }): void;
  changed(): void;
  report(reason: unknown): void;
}

/** What one network reads in the three images, and what counts. */
export interface Comparison extends Compared {
  slot: Slot;
}

/** What all networks read, and in which images. */
export interface Transfer extends Omit<CompareReport, "models"> {
  /** How many times as large the change is shown. */
  factor: number;
  comparisons: Comparison[];
}

/** A finished attack. */
export interface Example {
  slot: Slot;
  label: number;
  target: number | null;
  method: MethodName;
  original: Float32Array;
  image: Float32Array;
  before: Reading;
  after: Reading;
  report: AttackReport;
}

export type Phase = "idle" | "running" | "done";

const cancelled = "Cancelled. The digit is unchanged.";

export class Fooling {
  phase: Phase = "idle";
  /** The network under attack, or the one that was. */
  slot: Slot | null = null;
  progress: Progress | null = null;
  example: Example | null = null;
  /** How much larger than it was found the change is shown to all networks. */
  factor = 1;
  comparison: Transfer | null = null;
  /** Why there is no example, or what to do first. */
  message: string | null = null;

  readonly #lab: Surroundings;
  readonly #search = new Latest(
    (signal) => this.#run(signal),
    (reason) => {
      this.#end("The search stopped early; nothing was found.");
      this.#lab.report(reason);
    },
  );
  readonly #comparer = new Latest(
    () => this.#compare(),
    (reason) => this.#lab.report(reason),
    { waits: true },
  );

  constructor(lab: Surroundings) {
    this.#lab = lab;
  }

  /** Why pressing the button would not start, in a sentence; `null` when it would. */
  get obstacle(): string | null {
    const { chosen, image, label, readings, engine } = this.#lab;
    if (!engine || !chosen) return "The networks are still loading. A moment, please.";
    if (!image) return "There is nothing to change yet: draw a digit, or pick a sample.";
    if (chosen.state === "failed") return `${chosen.title} could not be loaded. Choose another network.`;
    const reading = readings.get(chosen.name);
    if (chosen.state !== "ready" || !reading || label === null)
      return `${chosen.title} is still loading. A moment, please.`;
    if (reading.label !== label) {
      return `${chosen.title} already misreads this ${label} as ${reading.label === 8 ? "an" : "a"} ${reading.label}. Correct the true digit, or choose another network.`;
    }
    return null;
  }

  /** Looks for the smallest change that fools the chosen network. */
  async start(): Promise<void> {
    if (this.phase === "running") return;
    this.clear();
    await this.#search.ask();
  }

  /** The page's samples, one after the other: lines to them lead on where no gradient does. */
  #others(): Float32Array | undefined {
    const images = this.#lab.gallery?.images;
    if (!images?.length) return undefined;
    const pixels = images[0]?.length ?? 0;
    const all = new Float32Array(images.length * pixels);
    images.forEach((image, place) => all.set(image, place * pixels));
    return all;
  }

  async #run(signal: AbortSignal): Promise<void> {
    if (this.#lab.awaits || !this.#lab.reader.settled) {
      // What is pressed too early is done as soon as it can be; what was drawn last is read first.
      this.phase = "running";
      this.#lab.changed();
      await this.#prepared(signal);
      if (stale(signal)) return;
    }
    const { chosen, engine, image, label, choices, readings } = this.#lab;
    const before = chosen && readings.get(chosen.name);
    const { obstacle } = this;
    if (obstacle || !chosen?.model || !engine || !image || label === null || !before) {
      return this.#end(obstacle);
    }
    const target = choices.target === label ? null : choices.target;
    const { method } = choices;
    const { id: model } = chosen.model;
    this.phase = "running";
    this.slot = chosen;
    this.#lab.changed();
    const report = await engine.attack({
      model,
      image,
      label,
      target: target ?? undefined,
      others: this.#others(),
      method,
      signal,
      onprogress: (progress) => {
        if (stale(signal)) return;
        // The best image is sent only when it is a new one.
        this.progress = { ...progress, bestImage: progress.bestImage ?? this.progress?.bestImage ?? null };
        this.#lab.changed();
      },
    });
    if (!report.success || !report.image) {
      return this.#end(failureSentence(chosen.title, report, target));
    }
    const after = await engine.classify(model, report.image);
    if (stale(signal)) return;
    this.example = {
      slot: chosen,
      label,
      target,
      method,
      original: image,
      image: report.image,
      before,
      after,
      report,
    };
    this.phase = "done";
    await this.#comparer.ask();
    if (!stale(signal)) this.#end(null);
  }

  /** Resolves when nothing that the search needs is still on its way. */
  async #prepared(signal: AbortSignal): Promise<void> {
    while (this.#lab.awaits && !stale(signal)) {
      await new Promise((change) => this.#lab.addEventListener("change", change, { once: true }));
    }
    await this.#lab.reader.rest();
  }

  /** Nothing runs any more. */
  #end(message: string | null): void {
    this.message = message;
    this.phase = this.example ? "done" : "idle";
    this.progress = null;
    this.#lab.changed();
  }

  /** Shows the example, and noise of the same size, to every network. */
  async #compare(): Promise<void> {
    const { engine, ready, choices } = this.#lab;
    const { example, factor } = this;
    if (!engine || !example) return;
    const slots = ready.flatMap((slot) => (slot.model ? [{ slot, id: slot.model.id }] : []));
    const { models, ...shown } = await engine.compare({
      models: slots.map(({ id }) => id),
      image: example.original,
      label: example.label,
      example: example.image,
      factor,
      seed: choices.seed,
    });
    if (example !== this.example) return;
    const comparisons = slots.flatMap(({ slot }, place) => {
      const compared = models[place];
      return compared ? [{ slot, ...compared }] : [];
    });
    this.comparison = { ...shown, factor, comparisons };
    this.#lab.changed();
  }

  /** One more network is there, or one less. */
  showToAll(): void {
    if (this.example && this.phase === "done") void this.#comparer.ask();
  }

  /** Shows the change larger than it was found. */
  magnify(factor: number): void {
    this.factor = factor;
    this.#lab.changed();
    void this.#comparer.ask();
  }

  /** Compares with other noise of the same size. */
  async anotherNoise(): Promise<void> {
    this.#lab.choices.seed += 1;
    await this.#comparer.ask();
  }

  /** Stops a running attack. */
  cancel(): void {
    if (this.phase !== "running") return;
    this.#search.stop();
    this.#end(cancelled);
  }

  /** Forgets the example: the digit has changed. */
  clear(): void {
    if (this.phase === "idle" && !this.message) return;
    this.#search.stop();
    this.phase = "idle";
    this.progress = null;
    this.example = null;
    this.factor = 1;
    this.comparison = null;
    this.message = null;
  }
}

function failureSentence(title: string, report: AttackReport, target: number | null): string {
  const aim = target === null ? "" : ` as ${target}`;
  const after = `after ${counted(report.evaluations, "gradient evaluation")}`;
  switch (report.stop) {
    case "vanishing-gradient":
      return `No example: the gradient of ${title} vanished, so the search had no direction to follow. That is not robustness: try another digit or network.`;
    case "already-misread":
      return `${title} already misreads this digit: there is nothing to change.`;
    default:
      return `No image that ${title} reads${aim} was found ${after}. That does not prove there is none.`;
  }
}
