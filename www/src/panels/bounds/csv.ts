// What is known of a network's layers and of a digit, as files.

import type { BoundsReport } from "../../engine/messages.js";
import type { Table } from "../../lab/csv.js";
import { nameOf } from "../../lab/tables.js";
import type { Outcome } from "./bounding.js";

/** How much each layer can lengthen a change. */
export function layersTable({ layers, product }: BoundsReport): Table {
  return {
    header: [
      "layer",
      "name in the file",
      "at most (times)",
      "of the convolution itself (times)",
      "up to here at most (times)",
      "why there is no bound",
    ],
    rows: [
      ...layers.map(({ what, name, constant, exact, fromImage, unbounded }) => [
        what,
        name,
        constant,
        exact,
        fromImage,
        unbounded,
      ]),
      ["all together", null, null, null, product, null],
    ],
  };
}

/** The paper's own figures. */
export function quotedTable({ quoted }: BoundsReport): Table {
  return {
    header: ["layer", "size", "at most (times)"],
    rows: quoted.map(({ layer, size, bound }) => [layer, size, bound]),
  };
}

/** The lengths on the scale: what is proved harmless, and what was found. */
export function lengthsTable({ slot, label, certificate, attack }: Outcome): Table {
  const { predicted, product, rows, radius, refused } = certificate;
  const of = [nameOf(slot), label, predicted];
  return {
    header: [
      "network",
      "true digit",
      "digit read",
      "mark",
      "what",
      "length of the change (L2)",
      "why there is none",
    ],
    rows: [
      [...of, "A", "no shorter change fools: the layers' norms", rows ?? product, null],
      [...of, "B", "no shorter change fools: linear relaxation", radius, refused],
      [...of, "C", "a change that fools: the attack", lengthFound(), null],
    ],
  };

  function lengthFound(): number | null {
    if (predicted !== label) return 0;
    return attack.success ? attack.l2 : null;
  }
}
