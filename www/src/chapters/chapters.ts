// The story in five short chapters. Each is a custom element, `<bs-chapter-NAME>`, whose experiment is fetched
// when somebody comes to see it.

import { msg } from "@lit/localize";
import type { Late } from "../elements/late.js";

export interface ChapterEntry extends Late {
  title(): string;
  /** Its height in rem on a phone and on a wide screen, so that what follows stays where it is. */
  room: readonly [narrow: number, wide: number];
}

/** In the order in which they are told. */
export const chapters: readonly ChapterEntry[] = [
  {
    name: "spots",
    title: () => msg("A blind spot"),
    room: [46, 34],
    make: async () => new (await import("./spots.js")).BsStorySpots(),
  },
  {
    name: "noise",
    title: () => msg("It is not noise"),
    room: [63, 42],
    make: async () => new (await import("./noise.js")).BsStoryNoise(),
  },
  {
    name: "transfer",
    title: () => msg("It fools other networks, too"),
    room: [96, 34],
    make: async () => new (await import("./transfer.js")).BsStoryTransfer(),
  },
  {
    name: "units",
    title: () => msg("Units, or directions?"),
    room: [57, 28],
    make: async () => new (await import("./units.js")).BsStoryUnits(),
  },
  {
    name: "bounds",
    title: () => msg("How unstable, and how sure can we be?"),
    room: [75, 34],
    make: async () => new (await import("./bounds.js")).BsStoryBounds(),
  },
];
