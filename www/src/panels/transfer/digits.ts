// The digits that an experiment is made on.

import type { Digits } from "../../lab/digits.js";
import type { Lab } from "../../lab/lab.js";
import type { Settings } from "../../lab/transfer-settings.js";

/** The digits that are chosen; `null` where there are none. */
export async function digitsOf(
  lab: Lab,
  { digits, count, only }: Settings,
): Promise<Omit<Digits, "set"> | null> {
  if (digits === "mine") {
    return lab.image && lab.label !== null ? { images: [lab.image], labels: [lab.label] } : null;
  }
  const all = digits === "test" ? await lab.testSet() : lab.gallery;
  if (!all) return null;
  const places = all.labels.flatMap((label, place) => (only === null || label === only ? [place] : []));
  const chosen = digits === "test" ? spread(places, count) : places;
  return {
    images: chosen.flatMap((place) => all.images[place] ?? []),
    labels: chosen.map((place) => all.labels[place] ?? 0),
  };
}

/** So many of them, evenly spread. */
function spread(places: readonly number[], count: number): number[] {
  const many = Math.min(count, places.length);
  return Array.from({ length: many }, (_, i) => places[Math.floor((i * places.length) / many)] ?? 0);
}
