// Units beside random directions as files: the numbers, and the curve between the two.

import type { ComparisonReport, ContrastReport } from "../../engine/messages.js";
import type { Cell, Table } from "../../lab/csv.js";

/** The means that are compared, and how the automatic judge fares. */
export function numbersTable({
  purity,
  selectivity,
  forcedChoice,
  units,
  directions,
}: ComparisonReport): Table {
  const contrast = (name: string, found: ContrastReport): Cell[] => [
    name,
    found.units,
    found.directions,
    found.effect,
    found.p,
    units,
    directions,
    null,
    null,
    null,
    null,
  ];
  const { hits, trials, low, high } = forcedChoice;
  const judge: Cell[] = ["automatic judge", null, null, null, null, units, directions];
  return {
    header: [
      "measure",
      "mean of the units",
      "mean of the directions",
      "difference (standard deviations of the directions)",
      "p (two-sided permutation test)",
      "units",
      "directions",
      "right",
      "of",
      "95% interval of the share: from (0 to 1)",
      "95% interval of the share: to (0 to 1)",
    ],
    rows: [
      contrast("purity (0 to 1)", purity),
      contrast("selectivity (-1 to 1)", selectivity),
      [...judge, hits, trials, low, high],
    ],
  };
}

/** Purity and selectivity while the units are turned into a random basis. */
export function curveTable({ curve }: ComparisonReport): Table {
  return {
    header: ["alpha (0: units, 1: random basis)", "mean purity (0 to 1)", "mean selectivity (-1 to 1)"],
    rows: curve.map(({ alpha, purity, selectivity }) => [alpha, purity, selectivity]),
  };
}
