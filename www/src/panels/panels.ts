// The experiments below the first one. Each is a custom element of its own
// file, fetched when somebody comes to see it.

import { msg } from "@lit/localize";
import type { LabElement } from "../elements/base.js";
import type { PanelName } from "../lab/address.js";

export interface Panel {
  name: PanelName;
  /** On its tab. */
  title(): string;
  /** Fetches the code, which defines the element, and makes one. */
  make(): Promise<LabElement>;
}

/** In the order of their tabs. */
export const panels: readonly Panel[] = [
  {
    name: "transfer",
    title: () => msg("Across networks"),
    make: async () => new (await import("./transfer.js")).BsTransferMatrix(),
  },
  {
    name: "slice",
    title: () => msg("The line and the plane"),
    make: async () => new (await import("./slice.js")).BsSlice(),
  },
  {
    name: "units",
    title: () => msg("Units and directions"),
    make: async () => new (await import("./units.js")).BsUnits(),
  },
  {
    name: "bounds",
    title: () => msg("What cannot fool it"),
    make: async () => new (await import("./bounds.js")).BsBounds(),
  },
];

export function panelNamed(name: string | null): Panel | undefined {
  return panels.find((panel) => panel.name === name);
}
