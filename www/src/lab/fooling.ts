// One attack and what comes of it: the example, its comparison with noise of
// the same size, and who else is fooled.

import {
  BlindSpotsError,
  type AttackReport,
  type MethodName,
  type Progress,
  type Reading,
} from "../engine/engine.js";
import type { Lab } from "./lab.js";
import { Latest } from "./latest.js";
import { concatenate, distortion, magnified } from "./measure.js";
import type { Slot } from "./networks.js";

/** What one network reads in the three images. */
export interface Comparison {
  slot: Slot;
  original: Reading;
  example: Reading;
  noise: Reading;
}

/** What all networks read, and in which images. */
export interface Transfer {
  /** The example, magnified by `factor`. */
  shown: Float32Array;
  noise: Float32Array;
  factor: number;
  /** Of both. */
  distortion: number;
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

const cancelled = "Cancelled. The digit is as it was.";

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

  #lab: Lab;
  #abort: AbortController | null = null;
  #generation = 0;
  readonly #comparer = new Latest(() => this.#compare().catch((reason: unknown) => this.#lab.report(reason)));

  constructor(lab: Lab) {
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
      return `${chosen.title} is already wrong: it reads ${reading.label}, and this is said to be ${label}. Correct the true digit, or choose another network.`;
    }
    return null;
  }

  /** Looks for the smallest change that fools the chosen network. */
  async start(): Promise<void> {
    if (this.phase === "running") return;
    this.clear();
    const generation = this.#generation;
    const abort = (this.#abort = new AbortController());
    if (!this.#lab.reader.settled) {
      // What was drawn last is read first.
      this.phase = "running";
      this.#lab.changed();
      await this.#lab.reader.rest();
      if (generation !== this.#generation) return;
    }
    this.phase = "idle";
    this.message = abort.signal.aborted ? cancelled : this.obstacle;
    const { chosen, engine, image, label, choices, readings } = this.#lab;
    const before = chosen && readings.get(chosen.name);
    if (this.message || !chosen?.model || !engine || !image || label === null || !before) {
      return this.#lab.changed();
    }
    const target = choices.target === label ? null : choices.target;
    const { method } = choices;
    this.phase = "running";
    this.slot = chosen;
    this.#lab.changed();
    try {
      const report = await engine.attack({
        model: chosen.model.id,
        image,
        label,
        target: target ?? undefined,
        method,
        signal: abort.signal,
        onprogress: (progress) => {
          if (generation !== this.#generation) return;
          // The best image is sent only when it is a new one.
          this.progress = { ...progress, bestImage: progress.bestImage ?? this.progress?.bestImage ?? null };
          this.#lab.changed();
        },
      });
      if (chosen.model.backend === "webgpu" && report.cost.dispatches === 0) void this.#lab.deviceLost();
      if (generation !== this.#generation) return;
      if (!report.success || !report.image) {
        this.message = failureSentence(chosen.title, report, target);
      } else {
        const [readings] = await engine.classifyMany([chosen.model.id], report.image);
        const after = readings?.[0];
        if (generation !== this.#generation || !after) return;
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
      }
    } catch (reason) {
      if (generation !== this.#generation) return;
      if (BlindSpotsError.from(reason).code === "aborted") this.message = cancelled;
      else {
        this.message = "The search broke off; nothing was found.";
        this.#lab.report(reason);
      }
    }
    if (generation !== this.#generation) return;
    this.phase = this.example ? "done" : "idle";
    this.progress = null;
    this.#abort = null;
    this.#lab.changed();
  }

  /** Shows the example, and noise of the same size, to every network. */
  async #compare(): Promise<void> {
    const { engine, ready, choices } = this.#lab;
    if (!engine || !this.example) return;
    const { original, image, report } = this.example;
    const generation = this.#generation;
    const factor = this.factor;
    const shown = factor === 1 ? image : magnified(image, original, factor);
    const size = factor === 1 ? report.distortion : distortion(shown, original);
    const noise = await engine.noise(original, size, choices.seed);
    const ids = ready.flatMap(({ model }) => (model ? [model.id] : []));
    const readings = await engine.classifyMany(ids, concatenate([original, shown, noise]));
    if (generation !== this.#generation) return;
    const comparisons = ready.flatMap((slot, row) => {
      const [before, changed, noisy] = readings[row] ?? [];
      return before && changed && noisy ? [{ slot, original: before, example: changed, noise: noisy }] : [];
    });
    this.comparison = { shown, noise, factor, distortion: size, comparisons };
    this.#lab.changed();
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
    this.#abort?.abort();
  }

  /** Forgets the example: the digit has changed. */
  clear(): void {
    if (this.phase === "idle" && !this.message) return;
    this.#generation += 1;
    this.cancel();
    this.#abort = null;
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
  const after = `after ${report.evaluations.toLocaleString("en")} gradient evaluations`;
  switch (report.stop) {
    case "vanishing-gradient":
      return `No example: the gradient of ${title} vanished, so the search had no direction. That is not robustness; another digit or network may show it.`;
    case "already-misread":
      return `${title} is already wrong about this digit: there is nothing to change.`;
    default:
      return `No image that ${title} reads${aim} was found ${after}. That does not prove that there is none.`;
  }
}
