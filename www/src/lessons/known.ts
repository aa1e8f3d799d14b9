// The networks that lessons may name: those of the site, each known by the hash of its file.

import { fileHash } from "../engine/cards.js";
import type { KnownModel } from "../engine/messages.js";
import type { Lab } from "../lab/lab.js";
import type { Slot } from "../lab/networks.js";

/** Those that are there. */
export function known({ slots }: Lab): KnownModel[] {
  return slots.flatMap(({ name, own, model }) => {
    const sha256 = own ? null : fileHash(name);
    return sha256 === null || !model ? [] : [{ name, sha256, model: model.id }];
  });
}

/** Whether any is still on its way. */
export function missing({ slots }: Lab): boolean {
  return slots.length === 0 || slots.some(({ state }) => state === "waiting" || state === "loading");
}

/** Those of the site that did not arrive. */
export function lost({ slots }: Lab): Slot[] {
  return slots.filter(({ own, state }) => !own && state === "failed");
}
