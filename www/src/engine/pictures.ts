/** Digits of photographs and of files. Get them with `await lab.pictures()`. */

import type { Answer } from "./connection.js";
import type { PhotographReport, Request, Response } from "./messages.js";
import type { Waiting } from "./options.js";

/** How a question reaches the engine. */
type Ask = <K extends Response["kind"]>(kind: K, request: Request, options: Waiting) => Promise<Answer<K>>;

/** A picture: red, green, blue and opacity of each pixel, row by row. */
export interface PictureData {
  pixels: Uint8Array;
  width: number;
  height: number;
}

export class Pictures {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** A picture of a digit as an image like MNIST's, where it was found, and what is doubtful about it. */
  async photograph({ pixels, ...size }: PictureData, options: Waiting = {}): Promise<PhotographReport> {
    const request: Request = { kind: "photograph", pixels: pixels.slice(), ...size };
    const { kind: _, ...report } = await this.#ask("photographed", request, options);
    return report;
  }

  /** The digits of a NumPy array or an IDX file of images, gzipped or not: `[n, 784]` in [0, 1]. */
  async read(file: Uint8Array, options: Waiting = {}): Promise<Float32Array> {
    return (await this.#ask("pictures", { kind: "pictures", file: file.slice() }, options)).images;
  }
}
