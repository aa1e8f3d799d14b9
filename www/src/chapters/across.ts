// What Table 4 says of networks that were trained on different digits.

import type { PaperMade, PaperTable } from "../lab/paper.js";

/** Mean errors in percent over all pairs of networks, one trained on P1 and the other on P2. */
export interface Across {
  /** With changes as they were found. */
  found: number;
  /** With changes magnified to a distortion of 0.1. */
  magnified: number;
}

/** The means of a table whose networks' names end in the half that they were trained on. */
export function across({ networks, rows }: PaperTable): Across {
  const half = (name: string) => name.slice(-2);
  const mean = (kind: PaperMade["kind"]) => {
    const cells = rows.flatMap(({ made, errors }) => {
      if (made.kind !== kind || made.kind === "noise") return [];
      return errors.filter((_, column) => half(networks[column] ?? "") !== half(made.network));
    });
    return cells.reduce((sum, error) => sum + error, 0) / cells.length;
  };
  return { found: mean("for"), magnified: mean("magnified") };
}
