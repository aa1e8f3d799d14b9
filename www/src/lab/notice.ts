// What the page says on top.

import type { Said } from "./saying.js";

/** Until when something is said: somebody dismisses it, switches to another backend, or starts the engine again. */
export type Until = "dismissed" | "switched" | "started";

/** Words that are made anew in every language. */
type Words = () => string | Said;

/** In the language that is spoken when it is read, where it can be. */
export interface Notice {
  /** The newest last, each once. */
  said: readonly Said[];
  /** Whether a button to start the engine again helps. */
  restart: boolean;
}

export class Notices {
  #all: [words: Words, until: Until][] = [];

  /** All that is to be said; `null` for nothing. */
  get shown(): Notice | null {
    if (this.#all.length === 0) return null;
    return {
      said: this.#all.map(([words]) => saidOf(words)),
      restart: this.#all.some(([, until]) => until === "started"),
    };
  }

  /** Says something, below what is said already. */
  add(words: Words, until: Until): void {
    const { text } = saidOf(words);
    this.#all = [...this.#all.filter(([other]) => saidOf(other).text !== text), [words, until]];
  }

  /** What was to be said until then is gone; in the end all is. */
  end(what: Until): void {
    this.#all = this.#all.filter(([, until]) => what !== "dismissed" && until !== what);
  }
}

function saidOf(words: Words): Said {
  const text = words();
  return typeof text === "string" ? { text, lang: null } : text;
}
