// Regions of one class in a grid of readings: how large they are, where their
// names fit best.

import type { Plane } from "../../engine/slices.js";

/** A connected region that is large enough to carry its digit. */
export interface Region {
  label: number;
  /** Share of the grid. */
  share: number;
  /** Its middle: the point farthest from its border, as column and row. */
  column: number;
  row: number;
}

/** Regions smaller than this share carry no digit. */
const SMALLEST = 0.006;

/** The regions of a plane, largest first. */
export function regionsOf({ points, labels }: Plane): Region[] {
  const depth = depths(labels, points);
  const seen = new Uint8Array(labels.length);
  const regions: Region[] = [];
  for (let start = 0; start < labels.length; start += 1) {
    if (seen[start]) continue;
    const cells = flood(labels, points, start, seen);
    if (cells.length < SMALLEST * labels.length) continue;
    const middle = cells.reduce((best, cell) => ((depth[cell] ?? 0) > (depth[best] ?? 0) ? cell : best));
    regions.push({
      label: labels[start] ?? 0,
      share: cells.length / labels.length,
      column: middle % points,
      row: Math.floor(middle / points),
    });
  }
  return regions.sort((a, b) => b.share - a.share);
}

/** Share of the plane that is read as each class, largest first. */
export function shares({ labels }: Plane): [label: number, share: number][] {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1 / labels.length);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** Marks and gives the cells connected to one, of the same class. */
function flood(labels: Uint16Array, points: number, start: number, seen: Uint8Array): number[] {
  const cells = [start];
  seen[start] = 1;
  for (const cell of cells) {
    for (const next of neighbours(cell, points)) {
      if (seen[next] || labels[next] !== labels[start]) continue;
      seen[next] = 1;
      cells.push(next);
    }
  }
  return cells;
}

function neighbours(cell: number, points: number): number[] {
  const column = cell % points;
  const next = [cell - points, cell + points].filter((other) => other >= 0 && other < points * points);
  if (column > 0) next.push(cell - 1);
  if (column < points - 1) next.push(cell + 1);
  return next;
}

/** How many steps each cell is from another class or from the grid's edge: two sweeps. */
function depths(labels: Uint16Array, points: number): Uint16Array {
  const depth = new Uint16Array(labels.length);
  const step = (cell: number, other: number, inside: boolean) =>
    inside && labels[other] === labels[cell] ? (depth[other] ?? 0) + 1 : 1;
  for (let cell = 0; cell < labels.length; cell += 1) {
    const above = step(cell, cell - points, cell >= points);
    depth[cell] = Math.min(above, step(cell, cell - 1, cell % points > 0));
  }
  for (let cell = labels.length - 1; cell >= 0; cell -= 1) {
    const below = step(cell, cell + points, cell + points < labels.length);
    const right = step(cell, cell + 1, cell % points < points - 1);
    depth[cell] = Math.min(depth[cell] ?? 1, below, right);
  }
  return depth;
}
