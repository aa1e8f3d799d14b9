// What the lab shows, as tables to be saved.

import { probabilityHeads, type Cell, type Table } from "./csv.js";
import type { Transfer } from "./comparison.js";
import type { Example } from "./example.js";
import type { Slot } from "./networks.js";
import type { Reading } from "../engine/messages.js";

/** What a network is called in files: its name in links, or its file's. */
export function nameOf({ own, name, model }: Slot): string {
  return own ? (model?.name ?? name) : name;
}

/** What every network reads in the present digit. */
export function readingsTable(
  slots: readonly Slot[],
  readings: ReadonlyMap<string, Reading>,
  label: number | null,
): Table {
  const rows = slots.flatMap((slot): Cell[][] => {
    const reading = readings.get(slot.name);
    return reading ? [[nameOf(slot), label, reading.label, ...reading.probabilities]] : [];
  });
  const classes = Math.max(0, ...rows.map((row) => row.length - 3));
  return { header: ["network", "true digit", "digit read", ...probabilityHeads(classes)], rows };
}

/** What the network that was fooled reads before and after. */
export function confidenceTable({ before, after }: Example): Table {
  return {
    header: ["digit", "original: probability (0 to 1)", "adversarial: probability (0 to 1)"],
    rows: before.probabilities.map((p, k) => [k, p, after.probabilities[k] ?? null]),
  };
}

/** What every network reads in the original, the example and the noise. */
export function transferTable(
  { slot: made, label }: Example,
  { comparisons, factor, distortion }: Transfer,
): Table {
  const images = [
    ["original", null, "original", () => false],
    ["adversarial", distortion, "example", "fooled"],
    ["Gaussian noise", distortion, "noise", "fooledByNoise"],
  ] as const;
  const rows = images.flatMap(([image, size, which, fooled]) =>
    comparisons.map((comparison): Cell[] => [
      image,
      nameOf(made),
      image === "adversarial" ? factor : null,
      size,
      nameOf(comparison.slot),
      label,
      comparison[which].label,
      typeof fooled === "string" ? comparison[fooled] : false,
      ...comparison[which].probabilities,
    ]),
  );
  const classes = comparisons[0]?.original.probabilities.length ?? 0;
  return {
    header: [
      "image",
      "made for",
      "change magnified (times)",
      "distortion (root mean square of a pixel, 0 to 1)",
      "shown to",
      "true digit",
      "digit read",
      "fooled",
      ...probabilityHeads(classes),
    ],
    rows,
  };
}
