// The table of transfers as a file: a line for each pair of what the images were made for and who was shown them.

import type { Cell, Table } from "../../lab/csv.js";
import type { Slot } from "../../lab/networks.js";
import { nameOf } from "../../lab/tables.js";
import { verdict } from "../../lab/verdict.js";
import type { Experiment, Shown } from "./experiment.js";
import { paperRow, type Group } from "./networks.js";

const heads = [
  "made for",
  "magnified to (distortion; as found where empty)",
  "mean distortion (root mean square of a pixel, 0 to 1)",
  "shown to",
  "digits",
];

/** How often every network misreads the images of every row, as far as they are counted. */
export function sharesTable(experiment: Experiment, networks: readonly Slot[], group: Group): Table {
  const rows = lines(experiment, networks, (row, column, slot) => {
    const { made, tally } = row;
    const paper = paperRow(group, made, experiment.to);
    const errors = paper?.errors[group.table?.networks.indexOf(slot.name) ?? -1];
    return [
      tally.wrong[column] ?? null,
      tally.share(column),
      tally.error(column),
      errors === undefined ? null : errors / 100,
    ];
  });
  return {
    header: [
      ...heads,
      "digits misread",
      "share misread (0 to 1)",
      "standard error of the share (0 to 1)",
      "share misread in the paper (0 to 1)",
    ],
    rows,
  };
}

/** Of one digit: what every network reads in the image of every row; `before` is what it reads in the original. */
export function singleTable(
  experiment: Experiment,
  networks: readonly Slot[],
  before: readonly (number | undefined)[],
): Table {
  const [label] = experiment.design.labels;
  const rows = lines(experiment, networks, ({ tally }, column) => {
    const read = tally.last[column] ?? 0;
    const state = verdict(label, before[column], read);
    return [label ?? null, before[column] ?? null, read, state === "fooled"];
  });
  return { header: [...heads, "true digit", "original read as", "digit read", "fooled"], rows };
}

function lines(
  experiment: Experiment,
  networks: readonly Slot[],
  cells: (row: Shown, column: number, slot: Slot) => Cell[],
): Cell[][] {
  const counted = experiment.shown.filter(({ tally, old }) => tally.digits > 0 && !old);
  return counted.flatMap((row) => {
    const { made, tally } = row;
    const noise = made.kind === "noise";
    const source = noise ? null : networks.find(({ name }) => name === made.network);
    const title = noise ? "Gaussian noise" : source ? nameOf(source) : made.network;
    const to = noise ? made.distortion : experiment.to;
    return networks.map((slot, column) => [
      title,
      to,
      tally.meanDistortion,
      nameOf(slot),
      tally.digits,
      ...cells(row, column, slot),
    ]);
  });
}
