// The visitor's own network: its file, and what is said of its pixels.

import type { BlindSpots } from "../engine/engine.js";
import { aborted, BlindSpotsError } from "../engine/errors.js";
import type { Pool, PooledModel } from "../engine/pool.js";
import type { Choices } from "./address.js";
import { ownSlot, type Slot } from "./networks.js";
import type { OwnFile, PixelChoice } from "./own-file.js";
import { failure, type Said } from "./saying.js";

/** What a visitor's network changes on the page. */
interface Surroundings {
  readonly engine: BlindSpots | null;
  /** The engine; throws while it is still starting. */
  readonly started: BlindSpots;
  readonly choices: Choices;
  slots: Slot[];
  changed(): void;
  report(reason: unknown): void;
  restart(): Promise<void>;
  first(work: () => Promise<void>): Promise<void>;
}

/** The visitor's network on the page, one at a time. */
export class OwnNetwork {
  /** What went wrong with the file. */
  get problem(): Said | null {
    if (!this.#failed) return null;
    const { text, lang } = failure(this.#failed);
    return { text: `${this.#name}: ${text}`, lang };
  }

  #failed: BlindSpotsError | null = null;
  #name = "";
  readonly #lab: Surroundings;
  readonly #placed: () => void;
  #file: OwnFile | null = null;
  /** A loading was given up, perhaps before its file was read from the disk. */
  #cancelled = false;

  /** `placed` hears of every network that has come onto the page. */
  constructor(lab: Surroundings, placed: () => void) {
    this.#lab = lab;
    this.#placed = placed;
  }

  /** Loads an ONNX file as one more network; the other files hold its weights. */
  async load(file: File, others: File[] = []): Promise<void> {
    await this.#take(file.name, async () => {
      const { OwnFile } = await import("./own-file.js");
      this.#file = await OwnFile.of(file, others);
    });
  }

  /** Reads the file with other pixels; as samples decide where `choice` is null. */
  async read(choice: PixelChoice | null): Promise<void> {
    if (this.#file) await this.#take(Object.assign(this.#file, { choice }).name);
  }

  /** Loads the network into every engine of a pool, as the page has loaded it; rejects where there is none. */
  async loadInto(pool: Pool): Promise<PooledModel> {
    if (!this.#file) throw new BlindSpotsError("no-such-model", "The page has no network of yours.");
    return this.#file.loadInto(pool);
  }

  /** Gives up a loading that is under way. */
  cancel(): void {
    this.#cancelled = true;
    this.#file?.cancel();
  }

  /** Loads the file again after the engine was started again. */
  async return(): Promise<void> {
    await this.#place(this.#lab.engine).catch((reason: unknown) => this.#lab.report(reason));
  }

  /** Whether the loading under way was given up meanwhile. */
  get #isGivenUp(): boolean {
    return this.#cancelled;
  }

  async #take(name: string, open?: () => Promise<unknown>): Promise<void> {
    this.#failed = null;
    this.#name = name;
    this.#cancelled = false;
    this.#lab.changed();
    await this.#lab.first(async () => {
      try {
        const engine = this.#lab.started;
        await open?.();
        if (this.#isGivenUp) throw aborted();
        await this.#place(engine);
        this.#lab.choices.model = "own";
      } catch (reason) {
        const error = BlindSpotsError.from(reason);
        this.#failed = error;
        this.#file = null;
        // The file brought the engine down: it starts again without it.
        if (error.code === "crashed") void this.#lab.restart();
      }
    });
    this.#lab.changed();
  }

  async #place(engine: BlindSpots | null): Promise<void> {
    if (!this.#file || !engine) return;
    const model = await this.#file.load(engine);
    const old = this.#lab.slots.find((slot) => slot.own);
    this.#lab.slots = [...this.#lab.slots.filter((slot) => !slot.own), ownSlot(model)];
    if (old?.model) await engine.unload(old.model.id);
    this.#placed();
  }
}
