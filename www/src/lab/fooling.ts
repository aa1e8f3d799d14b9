// One attack and what comes of it: the example, its comparison with noise of
// the same size, and who else is fooled.

import { msg, str } from "@lit/localize";
import type { BlindSpots } from "../engine/engine.js";
import type { AttackReport, Progress, Reading } from "../engine/messages.js";
import type { Choices } from "./address.js";
import { compare, type Transfer } from "./comparison.js";
import type { Digits } from "./digits.js";
import { findExample, type Example } from "./example.js";
import { Latest, stale } from "./latest.js";
import type { Slot } from "./networks.js";
import { number, plural } from "./language.js";

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

export type Phase = "idle" | "running" | "done";

const cancelled = () => msg("Cancelled. The digit is unchanged.");

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
  get message(): string | null {
    return this.#words?.() ?? null;
  }

  /** The example, where a search with what is chosen now finds it again. */
  get repeatable(): Example | null {
    const { example } = this;
    const { chosen, choices } = this.#lab;
    if (!example || example.slot !== chosen) return null;
    const { label, target, method, bits } = example;
    const asChosen = target === this.#target(label) && method === choices.method && bits === choices.bits;
    return asChosen ? example : null;
  }

  /** What a digit of a class shall be read as; `null` for anything else. */
  #target(label: number): number | null {
    const { target } = this.#lab.choices;
    return target === label ? null : target;
  }

  #words: (() => string) | null = null;
  readonly #lab: Surroundings;
  readonly #search = new Latest(
    (signal) => this.#run(signal),
    (reason) => {
      this.#end(() => msg("The search stopped early; nothing was found."));
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

  /** Why pressing the button would not start, as a sentence to be said; `null` when it would. */
  get obstacle(): (() => string) | null {
    const { chosen, image, label, readings, engine } = this.#lab;
    if (!engine || !chosen) return () => msg("The networks are still loading. A moment, please.");
    if (!image) return () => msg("There is nothing to change yet: draw a digit, or pick a sample.");
    const { title } = chosen;
    if (chosen.state === "failed")
      return () => msg(str`${title} could not be loaded. Choose another network.`);
    const reading = readings.get(chosen.name);
    if (chosen.state !== "ready" || !reading || label === null)
      return () => msg(str`${title} is still loading. A moment, please.`);
    if (reading.label !== label) {
      const read = reading.label;
      return () =>
        read === 8
          ? msg(
              str`${title} already misreads this ${label} as an 8. Correct the true digit, or choose another network.`,
            )
          : msg(
              str`${title} already misreads this ${label} as a ${read}. Correct the true digit, or choose another network.`,
            );
    }
    return null;
  }

  /** Looks for the smallest change that fools the chosen network. */
  async start(): Promise<void> {
    if (this.phase === "running") return;
    this.clear();
    await this.#search.ask();
  }

  async #run(signal: AbortSignal): Promise<void> {
    if (this.#lab.awaits || !this.#lab.reader.settled) {
      // What is pressed too early is done as soon as it can be; what was drawn last is read first.
      this.phase = "running";
      this.#lab.changed();
      await this.#prepared(signal);
      if (stale(signal)) return;
    }
    const { chosen, engine, image, label, choices, readings, gallery } = this.#lab;
    const before = chosen && readings.get(chosen.name);
    const { obstacle } = this;
    if (obstacle || !chosen?.model || !engine || !image || label === null || !before) {
      return this.#end(obstacle);
    }
    const target = this.#target(label);
    const { method, bits } = choices;
    this.phase = "running";
    this.slot = chosen;
    this.#lab.changed();
    const wish = { slot: chosen, image, label, target, method, bits, before, others: gallery?.images };
    const onprogress = (progress: Progress) => {
      if (stale(signal)) return;
      // The best image is sent only when it is a new one.
      this.progress = { ...progress, bestImage: progress.bestImage ?? this.progress?.bestImage ?? null };
      this.#lab.changed();
    };
    const { example, report } = await findExample(engine, wish, { signal, onprogress });
    if (stale(signal)) return;
    if (!example) return this.#end(() => failureSentence(chosen.title, report, target));
    this.example = example;
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
  #end(words: (() => string) | null): void {
    this.#words = words;
    this.phase = this.example ? "done" : "idle";
    this.progress = null;
    this.#lab.changed();
  }

  /** Shows the example, and noise of the same size, to every network. */
  async #compare(): Promise<void> {
    const { engine, ready, choices } = this.#lab;
    const { example, factor } = this;
    if (!engine || !example) return;
    const comparison = await compare(engine, ready, example, factor, choices.seed);
    if (example !== this.example) return;
    this.comparison = comparison;
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
    this.#words = null;
  }
}

/** Why a search ended without an example. */
export function failureSentence(title: string, report: AttackReport, target: number | null): string {
  switch (report.stop) {
    case "vanishing-gradient":
      return msg(
        str`No example: the gradient of ${title} vanished, so the search had no direction to follow. That is not robustness: try another digit or network.`,
      );
    case "already-misread":
      return msg(str`${title} already misreads this digit: there is nothing to change.`);
    default:
      return notFound(title, report.evaluations, target);
  }
}

function notFound(title: string, evaluations: number, target: number | null): string {
  const count = number(evaluations);
  if (target === null)
    return plural(evaluations, {
      one: msg(
        str`No image that ${title} misreads was found after ${count} gradient evaluation. That does not prove there is none.`,
      ),
      other: msg(
        str`No image that ${title} misreads was found after ${count} gradient evaluations. That does not prove there is none.`,
      ),
    });
  return plural(evaluations, {
    one: msg(
      str`No image that ${title} reads as ${target} was found after ${count} gradient evaluation. That does not prove there is none.`,
    ),
    other: msg(
      str`No image that ${title} reads as ${target} was found after ${count} gradient evaluations. That does not prove there is none.`,
    ),
  });
}
