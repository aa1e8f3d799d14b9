// Noise as strong as an example's change, drawn many times, each read by the network that was fooled.

import { BlindSpotsError } from "../engine/errors.js";
import type { Example } from "../lab/example.js";
import type { Lab } from "../lab/lab.js";
import { Latest, stale } from "../lab/latest.js";
import { concatenate } from "../lab/measure.js";
import { verdict } from "../lab/verdict.js";
import { ofEngine, type Problem } from "./problem.js";

/** How many are drawn at once. */
export const BATCH = 20;

/** Most that are drawn of one digit. */
const MOST = 200;

/** The digit with noise. */
export interface Draw {
  /** From 1. */
  number: number;
  seed: number;
  image: Float32Array;
  /** What is read in it, and whether that is another digit. */
  label: number;
  wrong: boolean;
}

export class Draws {
  all: readonly Draw[] = [];
  problem: Problem | null = null;

  readonly #lab: () => Lab;
  readonly #changed: () => void;
  #example: Example | null = null;
  #shown: Draw | null = null;
  /** How many are wished for. */
  #wanted = 0;
  readonly #work = new Latest(
    (signal) => this.#draw(signal),
    (reason) => {
      this.#wanted = this.all.length;
      this.problem = ofEngine(BlindSpotsError.from(reason));
      this.#changed();
    },
  );

  constructor(lab: () => Lab, changed: () => void) {
    this.#lab = lab;
    this.#changed = changed;
  }

  /** How many are misread. */
  get wrong(): number {
    return this.all.filter(({ wrong }) => wrong).length;
  }

  /** The one that is looked at: the last where none was chosen. */
  get shown(): Draw | null {
    return this.#shown ?? this.all.at(-1) ?? null;
  }

  /** Whether more can be drawn now. */
  get ready(): boolean {
    return this.#work.settled && this.#example !== null && this.all.length < MOST;
  }

  /** Takes up an example: the first noises are drawn by themselves. */
  follow(example: Example | null): void {
    if (example !== this.#example) {
      this.#work.stop();
      this.#example = example;
      this.#shown = null;
      this.problem = null;
      this.all = [];
      this.#wanted = example ? BATCH : 0;
    }
    if (this.#work.settled && this.#missing > 0) this.#ask();
  }

  rest(): void {
    this.#work.stop();
  }

  show(draw: Draw): void {
    this.#shown = draw;
    this.#changed();
  }

  more(): void {
    if (!this.ready) return;
    this.#shown = null;
    this.#wanted = this.all.length + BATCH;
    this.#ask();
  }

  /** Draws what is missing; when that has ended, more can be asked for. */
  #ask(): void {
    void this.#work.ask().then(() => this.#changed());
  }

  get #missing(): number {
    return this.#wanted - this.all.length;
  }

  async #draw(signal: AbortSignal): Promise<void> {
    const { engine, choices } = this.#lab();
    const example = this.#example;
    const model = example?.slot.model?.id;
    if (!engine || !example || model === undefined) return;
    const before = this.all;
    const { original, label, report } = example;
    const seeds = Array.from({ length: this.#missing }, (_, place) => choices.seed + before.length + place);
    const images: Float32Array[] = [];
    for (const seed of seeds) images.push(await engine.noise(original, report.distortion, seed, { signal }));
    const labels = await engine.labels([model], concatenate(images), { signal });
    if (stale(signal)) return;
    const drawn = images.map((image, place): Draw => {
      const read = labels[place] ?? label;
      const wrong = verdict(label, example.before.label, read) === "fooled";
      return { number: before.length + place + 1, seed: seeds[place] ?? 0, image, label: read, wrong };
    });
    this.all = [...before, ...drawn];
    this.#changed();
  }
}
