// How the bundled networks come onto the page: at first as they were read when the site was built, then, when
// all of them read, from their own files.

import { msg } from "@lit/localize";
import { BlindSpots } from "../engine/engine.js";
import { BlindSpotsError } from "../engine/errors.js";
import type { ErrorCode } from "../engine/messages.js";
import type { Choices } from "./address.js";
import type { Slot } from "./networks.js";
import type { Until } from "./notice.js";

/** What loading needs to know of the page. */
interface Surroundings {
  readonly engine: BlindSpots | null;
  readonly choices: Choices;
  readonly slots: Slot[];
  readonly ready: Slot[];
  report(reason: unknown, until?: Until): void;
  tell(words: () => string, until: Until): void;
}

/** Failures that are the same on every backend. */
const anywhere: readonly ErrorCode[] = ["network", "missing-file", "damaged-file"];

/** An engine on the chosen backend; where that cannot be had, on any, with what was wrong. */
export async function engineFor(
  choices: Choices,
  onmoved: () => void,
): Promise<{ engine: BlindSpots; refused?: unknown }> {
  const { backend } = choices;
  try {
    return { engine: await BlindSpots.open({ backend, onmoved }) };
  } catch (refused) {
    if (backend === "auto" || anywhere.includes(BlindSpotsError.from(refused).code)) throw refused;
    choices.backend = "auto";
    return { engine: await BlindSpots.open({ onmoved }), refused };
  }
}

/** What the page says where it has no network at all. */
export const noneLoaded = (): string => msg("None of the networks could be loaded.");

/** Networks that are fetched side by side, so that the first of them are there soon. */
const LANES = 3;

export class Loading {
  readonly #lab: Surroundings;
  readonly #loaded: () => void;
  #confirming: AbortController | null = null;
  /** Why the network that failed last did. */
  #failure: unknown = null;

  /** `loaded` hears of every network that is there, or has failed. */
  constructor(lab: Surroundings, loaded: () => void) {
    this.#lab = lab;
    this.#loaded = loaded;
  }

  /** Loads networks: the one to fool first and alone, then the others as listed. Says so where there is none then. */
  async all(names: string[]): Promise<void> {
    const { engine } = this.#lab;
    const first = names.filter((name) => name === this.#lab.choices.model);
    const others = names.filter((name) => !first.includes(name)).values();
    for (const name of first) await this.#load(name, true);
    const lane = async () => {
      for (const name of others) await this.#load(name, true);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    if (engine !== this.#lab.engine || !this.#failure || this.#lab.ready.length > 0) return;
    this.#lab.tell(noneLoaded, "started");
    this.#lab.report(this.#failure, "started");
  }

  /**
   * Reads the files of networks that were read when the site was built: what they say here counts. Ends when
   * `pause` is called, and goes on where it was when it is asked again.
   */
  async confirm(): Promise<void> {
    const { engine } = this.#lab;
    this.pause();
    const { signal } = (this.#confirming = new AbortController());
    for (const { name, model } of this.#lab.ready) {
      if (!engine || !model?.early) continue;
      try {
        if (await engine.confirm(model.id, { signal })) continue;
        await this.#load(name, false);
        await engine.unload(model.id);
      } catch (reason) {
        // An engine that was closed or replaced has no files to read.
        if (engine === this.#lab.engine) this.#lab.report(reason);
        return;
      }
    }
    this.#loaded();
  }

  /** Lets a visitor's file go first. */
  pause(): void {
    this.#confirming?.abort();
  }

  async #load(name: string, early: boolean): Promise<void> {
    const { engine, slots } = this.#lab;
    const slot = slots.find((slot) => slot.name === name);
    if (!slot || !engine) return;
    slot.state = "loading";
    try {
      slot.model = await engine.load(name, { early });
      slot.card = slot.model.card;
      slot.state = "ready";
    } catch (reason) {
      // One that was closed or replaced has loaded nothing.
      if (engine !== this.#lab.engine) return;
      const error = BlindSpotsError.from(reason);
      this.#failure = error;
      slot.state = "failed";
      slot.error = error.message;
      if (error.code === "crashed") this.#lab.report(error);
    }
    this.#loaded();
  }
}
