// The change that fools the present network on the present digit, for the chapters that begin with one: the lab's
// own where it has found one, or one that is looked for once, whoever asks.

import { BlindSpotsError } from "../engine/errors.js";
import { fingerprint } from "../lab/address.js";
import { findExample, type Example } from "../lab/example.js";
import { failureSentence } from "../lab/fooling.js";
import type { Lab } from "../lab/lab.js";
import { Latest, stale } from "../lab/latest.js";
import { ofEngine, type Problem } from "./problem.js";

const all = new WeakMap<Lab, Finding>();

export class Finding {
  example: Example | null = null;
  /** Why there is none, in a sentence. */
  problem: Problem | null = null;

  readonly #lab: Lab;
  /** Who waits for it. */
  readonly #users = new Set<object>();
  /** What was looked for last: network, class, digit, method. */
  #key: string | null = null;
  readonly #search = new Latest(
    (signal) => this.#find(signal),
    (reason) => {
      this.problem = ofEngine(BlindSpotsError.from(reason));
      this.#lab.changed();
    },
  );

  private constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** That of a lab. */
  static of(lab: Lab): Finding {
    const finding = all.get(lab) ?? new Finding(lab);
    all.set(lab, finding);
    return finding;
  }

  /** Takes up what the lab has now, for one who is in view. */
  follow(user: object): void {
    this.#users.add(user);
    const { fooling, chosen, label, image, choices, reader, awaits } = this.#lab;
    const { example } = fooling;
    if (example && example.slot === chosen && example.label === label && example.target === null) {
      this.#take(example);
      return;
    }
    // What the visitor has asked for goes before; what was drawn last is read first.
    if (fooling.phase === "running" || awaits || !reader.settled) return;
    const { obstacle } = fooling;
    const found = image && fingerprint(image);
    const key =
      obstacle?.() ??
      `${chosen?.model?.id ?? ""} ${label ?? ""} ${found ?? ""} ${choices.method} ${choices.bits ?? ""}`;
    if (key === this.#key) return;
    this.#take(null);
    this.#key = key;
    this.problem = obstacle;
    if (obstacle) this.#lab.changed();
    else void this.#search.ask();
  }

  /** Somebody is out of view; with the last one the search ends. */
  leave(user: object): void {
    this.#users.delete(user);
    if (this.#users.size > 0 || this.#search.settled) return;
    this.#search.stop();
    this.#key = null;
  }

  #take(example: Example | null): void {
    if (example === this.example && example) return;
    this.#search.stop();
    this.#key = null;
    this.problem = null;
    this.example = example;
    if (example) this.#lab.changed();
  }

  async #find(signal: AbortSignal): Promise<void> {
    const { chosen, engine, image, label, readings, choices, gallery } = this.#lab;
    const before = chosen && readings.get(chosen.name);
    if (!chosen || !engine || !image || label === null || !before) return;
    const { method, bits } = choices;
    const wish = { slot: chosen, image, label, target: null, method, bits, before, others: gallery?.images };
    const { example, report } = await findExample(engine, wish, { signal });
    if (stale(signal)) return;
    this.example = example;
    this.problem = example ? null : () => failureSentence(chosen.title, report, null);
    this.#lab.changed();
  }
}
