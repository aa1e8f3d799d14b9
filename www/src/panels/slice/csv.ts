// Both lines through a digit as a file.

import type { Line } from "../../engine/slices.js";
import { probabilityHeads, type Table } from "../../lab/csv.js";

/** What is read at every point of the line to the twin, and of the one in the random direction. */
export function linesTable(line: Line): Table {
  const { classes, positions, along, aside, alongClipped, asideClipped } = line;
  const at = (values: Float32Array, point: number) => [
    ...values.subarray(classes * point, classes * (point + 1)),
  ];
  const heads = (direction: string) => [
    ...probabilityHeads(classes, `${direction}: `),
    `${direction}: clipped by (lengths of the change)`,
  ];
  return {
    header: ["step (lengths of the change)", ...heads("towards the twin"), ...heads("random direction")],
    rows: Array.from(positions, (t, point) => [
      t,
      ...at(along, point),
      alongClipped[point] ?? null,
      ...at(aside, point),
      asideClipped[point] ?? null,
    ]),
  };
}
