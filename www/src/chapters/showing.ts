// An example shown to all networks, as it was found and magnified.

import { BlindSpotsError } from "../engine/errors.js";
import { compare, othersFooled, type Transfer } from "../lab/comparison.js";
import type { Example } from "../lab/example.js";
import type { Lab } from "../lab/lab.js";
import { Latest, stale } from "../lab/latest.js";
import { same } from "../lab/measure.js";
import { ofEngine, type Problem } from "./problem.js";

/** The change at one size: who reads what, and how many others are fooled. */
export interface Size {
  transfer: Transfer;
  others: ReturnType<typeof othersFooled>;
}

/** Both sizes. */
export interface Shown {
  found: Size;
  magnified: Size;
}

export class Showing {
  shown: Shown | null = null;
  /** How many times as large the change is shown beside itself. */
  times = 2;
  problem: Problem | null = null;

  readonly #lab: () => Lab;
  readonly #changed: () => void;
  #example: Example | null = null;
  /** What is shown, or under way: whose change, how large, to which networks. */
  #key: readonly unknown[] = [];
  readonly #work = new Latest(
    (signal) => this.#show(signal),
    (reason) => {
      this.problem = ofEngine(BlindSpotsError.from(reason));
      this.#changed();
    },
    { waits: true },
  );

  constructor(lab: () => Lab, changed: () => void) {
    this.#lab = lab;
    this.#changed = changed;
  }

  /** Takes up an example, and networks that have arrived. */
  follow(example: Example | null): void {
    if (example !== this.#example) {
      this.#work.stop();
      this.#example = example;
      this.shown = null;
      this.problem = null;
    }
    const key = [example, this.times, ...this.#lab().ready.map(({ model }) => model?.id)];
    if (same(key, this.#key)) return;
    this.#key = key;
    if (example) void this.#work.ask();
  }

  /** Out of view: what is unfinished is asked for again later. */
  rest(): void {
    if (this.#work.settled) return;
    this.#work.stop();
    this.#key = [];
  }

  magnify(times: number): void {
    this.times = times;
    this.follow(this.#example);
    this.#changed();
  }

  async #show(signal: AbortSignal): Promise<void> {
    const { engine, ready, choices } = this.#lab();
    const example = this.#example;
    if (!engine || !example) return;
    const at = async (factor: number): Promise<Size> => {
      const transfer = await compare(engine, ready, example, factor, choices.seed, { signal });
      return { transfer, others: othersFooled(example, transfer) };
    };
    const shown = { found: await at(1), magnified: await at(this.times) };
    if (stale(signal) || example !== this.#example) return;
    this.shown = shown;
    this.#changed();
  }
}
