// An example, its change at any size, and noise of that size, shown to networks.

import type { BlindSpots } from "../engine/engine.js";
import type { Compared, CompareReport } from "../engine/messages.js";
import type { Waiting } from "../engine/options.js";
import type { Example } from "./example.js";
import { number } from "./language.js";
import type { Slot } from "./networks.js";
import { fooledOf, verdict } from "./verdict.js";

/** What one network reads in the three images, and what counts. */
export interface Comparison extends Compared {
  slot: Slot;
}

/** What all networks read, and in which images. */
export interface Transfer extends Omit<CompareReport, "models"> {
  /** How many times as large the change is shown. */
  factor: number;
  comparisons: Comparison[];
}

/** Shows an example with its change `factor` times as large, and noise of that size, to networks that are loaded. */
export async function compare(
  engine: BlindSpots,
  networks: readonly Slot[],
  { original, label, image }: Example,
  factor: number,
  seed: number,
  options: Waiting = {},
): Promise<Transfer> {
  const slots = networks.flatMap((slot) => (slot.model ? [{ slot, id: slot.model.id }] : []));
  const { models, ...shown } = await engine.compare({
    models: slots.map(({ id }) => id),
    image: original,
    label,
    example: image,
    factor,
    seed,
    ...options,
  });
  const comparisons = slots.flatMap(({ slot }, place) => {
    const compared = models[place];
    return compared ? [{ slot, ...compared }] : [];
  });
  return { ...shown, factor, comparisons };
}

/** How many networks other than the one it was made for are fooled, of how many that could be; `others` are all. */
export function othersFooled(
  { slot, label }: Pick<Example, "slot" | "label">,
  { comparisons }: Pick<Transfer, "comparisons">,
): { fooled: number; of: number; others: number } {
  const others = comparisons.filter((comparison) => comparison.slot !== slot);
  const seen = others.map(({ original, example }) => verdict(label, original.label, example.label));
  return { ...fooledOf(seen), others: others.length };
}

/** "2" or "2.5". */
export function times(factor: number): string {
  return number(factor, { maximumFractionDigits: 1 });
}

/** How far a change can be magnified: well beyond the paper's distortion of 0.1. */
export function reach({ report }: Pick<Example, "report">): number {
  return Math.min(10, Math.max(3, Math.ceil(0.13 / report.distortion)));
}
