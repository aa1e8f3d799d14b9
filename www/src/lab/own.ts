// The visitor's own network: its file, and what is said of its pixels.

import type { BlindSpots } from "../engine/engine.js";
import { aborted, BlindSpotsError } from "../engine/errors.js";
import type { ImportOptions, Model, WeightFiles } from "../engine/options.js";
import type { Pool, PooledModel } from "../engine/pool.js";
import type { Choices } from "./address.js";
import { noDigits, ownSlot, type Slot } from "./networks.js";
import { failure, type Said } from "./saying.js";

/** Largest file that is read, in bytes. */
const LARGEST = 100 * 2 ** 20;

/** What a visitor says of a file's pixels. */
export interface PixelChoice {
  normalize: NonNullable<ImportOptions["normalize"]>;
  invert: boolean;
}

/** A file that a visitor chose, with those that hold its weights. */
class OwnFile {
  readonly name: string;
  readonly #bytes: Uint8Array;
  readonly #files: WeightFiles;
  /** What the visitor says; none where samples decide. */
  choice: PixelChoice | null = null;
  #loading: AbortController | null = null;

  private constructor(name: string, bytes: Uint8Array, files: WeightFiles) {
    this.name = name;
    this.#bytes = bytes;
    this.#files = files;
  }

  /** Reads a file and those beside it; rejects with "too-large" where they are. */
  static async of(file: File, others: File[]): Promise<OwnFile> {
    const all = [file, ...others].reduce((sum, { size }) => sum + size, 0);
    if (all > LARGEST) {
      const size = Math.round(all / 2 ** 20);
      throw new BlindSpotsError("too-large", `it has ${size} MB; this page takes files of up to 100 MB.`);
    }
    const read = async (one: File) => new Uint8Array(await one.arrayBuffer());
    const entries = others.map(async (other) => [other.name, await read(other)] as const);
    return new OwnFile(file.name, await read(file), Object.fromEntries(await Promise.all(entries)));
  }

  /** Loads the network; rejects where it is of no use on a page of digits. */
  async load(engine: BlindSpots): Promise<Model> {
    const loading = new AbortController();
    this.#loading = loading;
    const model = await engine.load(this.#bytes, { ...this.#options, signal: loading.signal });
    const problem = noDigits(model);
    if (!problem) return model;
    await engine.unload(model.id);
    throw problem;
  }

  /** Loads it into every engine of a pool, as the page has loaded it. */
  loadInto(pool: Pool): Promise<PooledModel> {
    return pool.load(this.#bytes, this.#options);
  }

  get #options() {
    return { name: this.name, files: this.#files, ...this.choice };
  }

  /** Gives up a loading that is under way, which then rejects with "aborted". */
  cancel(): void {
    this.#loading?.abort();
  }
}

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
    await this.#take(file.name, async () => (this.#file = await OwnFile.of(file, others)));
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
