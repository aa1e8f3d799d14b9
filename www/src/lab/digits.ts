// Digits whose classes are known: the page's samples, and MNIST's test set.

import type { BlindSpots } from "../engine/engine.js";
import type { DigitImages } from "../engine/options.js";
import { apart } from "./measure.js";

export interface Digits {
  images: Float32Array[];
  labels: number[];
  /** Number of the data set that the engine keeps of them, where it does. */
  set: number | null;
}

export function digitsOf({ images, labels, set }: DigitImages): Digits {
  return { images: apart(images, labels.length), labels, set };
}

/** MNIST's 10,000 test digits: fetched when they are first asked for, and kept by the engine. */
export class TestSet {
  #loading: Promise<Digits> | null = null;
  #engine: BlindSpots | null = null;

  /** The digits, as the given engine keeps them. */
  of(engine: BlindSpots): Promise<Digits> {
    if (engine !== this.#engine) this.#loading = null;
    this.#engine = engine;
    const loading = (this.#loading ??= engine.digits("test", { keep: true }).then(digitsOf));
    loading.catch(() => {
      // What failed may be tried again.
      if (this.#loading === loading) this.#loading = null;
    });
    return loading;
  }
}
