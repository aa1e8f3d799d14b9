// The change that a student would hand in, the same wherever a task is shown.

import { msg } from "@lit/localize";
import { imageAt } from "../engine/slices.js";
import type { Example } from "../lab/example.js";
import type { Lab } from "../lab/lab.js";
import { stale } from "../lab/latest.js";
import { Search, type Watched } from "./search.js";

/** A changed digit, and where it came from. */
export interface Found {
  original: Float32Array;
  image: Float32Array;
  label: number;
}

/** What the lab has found for its digit, as strong as it is shown. */
export function fooledIn({ image, label, fooling: { example, factor } }: Lab): Found | null {
  // Of a digit that is there no more nothing is handed in.
  if (label === null || !example || example.original !== image) return null;
  const { original } = example;
  const changed = factor === 1 ? example.image : imageAt(original, example.image, original, [factor, 0]);
  return { original, image: changed, label };
}

/** One change for several networks: what the lab has found, or what was searched for all at once. */
export class Together {
  readonly search: Search;
  readonly #lab: Lab;
  readonly #models: () => number[];
  #searched: (Found & { example: Example | null; factor: number }) | null = null;

  constructor(lab: Lab, models: () => number[]) {
    this.#lab = lab;
    this.#models = models;
    this.search = new Search({ lab }, (watched) => this.#run(watched));
  }

  /** What was found last. */
  get found(): Found | null {
    const { image, label, fooling } = this.#lab;
    const searched = this.#searched;
    const fooled = fooledIn(this.#lab);
    if (!searched || searched.original !== image || searched.label !== label) return fooled;
    const later = fooling.example !== searched.example || fooling.factor !== searched.factor;
    const { original, image: changed } = searched;
    return fooled && later ? fooled : { original, image: changed, label };
  }

  async #run(watched: Watched): Promise<void> {
    const { image, label, engine } = this.#lab;
    if (!image || label === null || !engine) return;
    const models = this.#models();
    const report = await engine.attack({ models, image, label, method: "nearest-boundary", ...watched });
    if (stale(watched.signal)) return;
    const { example, factor } = this.#lab.fooling;
    if (report.success && report.image)
      this.#searched = { original: image, image: report.image, label, example, factor };
    else this.search.trouble.say(() => msg("No change was found that fools them all. Try another digit."));
  }
}
