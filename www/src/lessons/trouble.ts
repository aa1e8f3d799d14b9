// What goes wrong at a place of a lesson, said there until it is tried again or another engine is there.

import { BlindSpotsError } from "../engine/errors.js";
import type { BlindSpots } from "../engine/engine.js";
import type { Lab } from "../lab/lab.js";
import { asSentence, failure, type Said } from "../lab/saying.js";

/** What a failure says where it happens; `null` where the page says on top that the engine has to be started again. */
export function toSay(reason: unknown, lab: Lab): (() => Said) | null {
  const error = BlindSpotsError.from(reason);
  if (error.code !== "crashed") return () => asSentence(failure(error));
  lab.report(reason);
  return null;
}

export class Trouble {
  readonly #at: { readonly lab: Lab };
  #words: (() => Said) | null = null;
  #engine: BlindSpots | null = null;

  constructor(at: { readonly lab: Lab }) {
    this.#at = at;
  }

  get said(): Said | null {
    return this.#engine === this.#at.lab.engine ? (this.#words?.() ?? null) : null;
  }

  /** Something failed. */
  tell(reason: unknown): void {
    this.#say(toSay(reason, this.#at.lab));
  }

  /** Nothing failed, and yet there is something to say. */
  say(words: () => string): void {
    this.#say(() => ({ text: words(), lang: null }));
  }

  clear(): void {
    this.#say(null);
  }

  #say(words: (() => Said) | null): void {
    const { lab } = this.#at;
    this.#words = words;
    this.#engine = lab.engine;
    lab.changed();
  }
}
