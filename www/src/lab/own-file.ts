// A file that a visitor brings as a network of their own; fetched when there is one.

import type { BlindSpots } from "../engine/engine.js";
import { BlindSpotsError } from "../engine/errors.js";
import type { ImportOptions, Model, WeightFiles } from "../engine/options.js";
import type { Pool, PooledModel } from "../engine/pool.js";

/** Largest file that is read, in bytes. */
const LARGEST = 100 * 2 ** 20;

/** What a visitor says of a file's pixels. */
export interface PixelChoice {
  normalize: NonNullable<ImportOptions["normalize"]>;
  invert: boolean;
}

/** A file that a visitor chose, with those that hold its weights. */
export class OwnFile {
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

/** Why a network is of no use on a page of digits, where it is of none. */
function noDigits({ image, classes }: Model): BlindSpotsError | null {
  const [channels, height, width] = image;
  if (channels === 1 && height === 28 && width === 28 && classes === 10) return null;
  return new BlindSpotsError(
    "not-a-digit-classifier",
    `This network sorts images of ${image.join(" × ")} into ${classes === 1 ? "one class" : `${classes} classes`}; for digits it has to read 28 × 28 into ten.`,
  );
}
