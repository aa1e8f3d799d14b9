// What a table of transfers comes to, in sentences.

import type { Slot } from "../../lab/networks.js";
import type { Experiment, Shown } from "./experiment.js";
import { halfOf } from "./networks.js";

/** Mean of the cells that are counted, in percent. */
function mean(rows: readonly Shown[], which: (row: number, column: number) => boolean): number | null {
  const shares = rows.flatMap(({ tally }, row) =>
    tally.digits === 0
      ? []
      : tally.wrong.map((_, column) => (which(row, column) ? tally.share(column) : null)),
  );
  const counted = shares.filter((share) => share !== null);
  return counted.length === 0 ? null : (100 * counted.reduce((a, b) => a + b)) / counted.length;
}

/** Means over the table's parts, in percent; `null` where nothing is counted. */
export function sums(experiment: Experiment, networks: readonly Slot[]) {
  const { shown } = experiment;
  const made = shown.filter(({ made }) => made.kind === "for");
  const noise = shown.filter(({ made }) => made.kind === "noise");
  const alike = (row: number, column: number) => {
    const [a, b] = [networks[row], networks[column]];
    return a !== undefined && b !== undefined && halfOf(a) === halfOf(b);
  };
  return {
    own: mean(made, (row, column) => row === column),
    others: mean(made, (row, column) => row !== column),
    sameHalf: mean(made, (row, column) => row !== column && alike(row, column)),
    otherHalf: mean(made, (row, column) => !alike(row, column)),
    noise: noise.map(({ made, tally }, at) => ({
      distortion: made.kind === "noise" ? made.distortion : 0,
      share: tally.digits === 0 ? null : mean(noise, (row) => row === at),
    })),
  };
}
