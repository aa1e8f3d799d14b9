// Which networks are compared, and what the paper's tables say of them.

import { msg } from "@lit/localize";
import { table2, table4, type PaperRow, type PaperTable } from "../../lab/paper.js";
import type { Slot } from "../../lab/networks.js";
import type { Made } from "./experiment.js";
import type { GroupName } from "../../lab/transfer-settings.js";

export interface Group {
  name: GroupName;
  title(): string;
  /** The paper's table with these networks. */
  table: PaperTable | null;
  /** The number of that table. */
  called: number | null;
}

export const networkGroups: readonly Group[] = [
  { name: "paper", title: () => msg("The paper's six"), table: table2, called: 2 },
  { name: "halves", title: () => msg("Trained on halves"), table: table4, called: 4 },
  { name: "all", title: () => msg("All networks"), table: null, called: null },
];

/** A group's networks that are there, in its order. */
export function networksOf(group: Group, slots: readonly Slot[]): Slot[] {
  const names = group.table?.networks ?? slots.map(({ name }) => name);
  return names.flatMap((name) => slots.find((slot) => slot.name === name && slot.state === "ready") ?? []);
}

/** Distortions of the noise that a group's networks are shown. */
export function noiseOf({ table }: Group): number[] {
  return (table ?? table2).rows.flatMap(({ made }) => (made.kind === "noise" ? [made.distortion] : []));
}

/** The paper's row of the same images, if it has one. */
export function paperRow({ table }: Group, made: Made, to: number | null): PaperRow | undefined {
  return table?.rows.find(({ made: theirs }) => {
    if (made.kind === "noise") return theirs.kind === "noise" && theirs.distortion === made.distortion;
    if (to === null) return theirs.kind === "for" && theirs.network === made.network;
    return theirs.kind === "magnified" && theirs.network === made.network && theirs.distortion === to;
  });
}

/** Half of the training set that a network was trained on; `null` for all of it. */
export function halfOf({ card }: Slot): "P1" | "P2" | null {
  const set = card?.training_set;
  return set === "P1" || set === "P2" ? set : null;
}
