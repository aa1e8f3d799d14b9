// The visitor's own network: its file, and what is said of its pixels.

import type { BlindSpots } from "../engine/engine.js";
import { BlindSpotsError } from "../engine/errors.js";
import type { ImportOptions, Model } from "../engine/options.js";
import { noDigits } from "./networks.js";

/** Largest file that is read, in bytes. */
const LARGEST = 100 * 2 ** 20;

/** What a visitor says of a file's pixels. */
export interface PixelChoice {
  normalize: NonNullable<ImportOptions["normalize"]>;
  invert: boolean;
}

/** A file that a visitor chose. */
export class OwnFile {
  readonly name: string;
  readonly #bytes: Uint8Array;
  /** What the visitor says; none where samples decide. */
  choice: PixelChoice | null = null;

  private constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.#bytes = bytes;
  }

  /** Reads a file; rejects with "too-large" where it is. */
  static async of(file: File): Promise<OwnFile> {
    if (file.size > LARGEST) {
      const size = Math.round(file.size / 2 ** 20);
      throw new BlindSpotsError("too-large", `it has ${size} MB; this page takes files of up to 100 MB.`);
    }
    return new OwnFile(file.name, new Uint8Array(await file.arrayBuffer()));
  }

  /** Loads the network; rejects where it is of no use on a page of digits. */
  async load(engine: BlindSpots): Promise<Model> {
    const model = await engine.load(this.#bytes, { name: this.name, ...this.choice });
    const problem = noDigits(model);
    if (!problem) return model;
    await engine.unload(model.id);
    throw problem;
  }
}
