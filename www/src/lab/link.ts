// A link to what is seen now: its address, and what it holds in words.

import { write, type Lock, type Part, type Seen } from "./address.js";
import type { Lab } from "./lab.js";
import { wayOf } from "./methods.js";

/** What a link leaves out or keeps as it is. */
export interface Wishes {
  hide: readonly Part[];
  lock: readonly Lock[];
  /** Whether the search begins by itself. */
  autorun: boolean;
}

/** What stands behind `?` in a link, or in an element's `settings`. */
export function settingsOf(seen: Seen, { hide, lock, autorun }: Wishes): string {
  const query = new URLSearchParams(write({ ...seen, autorun }, ""));
  if (hide.length > 0) query.set("hide", hide.join(","));
  if (lock.length > 0) query.set("lock", lock.join(","));
  return query.toString().replaceAll("%2C", ",");
}

/** A link to what is seen now, or to that with some `more`; `page` is the site's page. */
export function linkTo(page: string, lab: Lab, more: Partial<Seen> = {}): string {
  const seen = { ...lab.seen, ...more };
  const wishes = { hide: [...lab.hidden], lock: [...lab.locked], autorun: seen.autorun };
  const settings = settingsOf(seen, wishes);
  return settings ? `${page}?${settings}` : page;
}

/** What such a link holds, as the end of a sentence. */
export function holds(lab: Lab): string {
  const { seen, chosen, fooling, hidden, locked } = lab;
  const strokes = seen.strokes.length;
  const parts = [
    strokes > 0 ? `the drawing (${strokes === 1 ? "one stroke" : `${strokes} strokes`})` : null,
    strokes === 0 ? (seen.sample === null ? "an empty pad" : `sample ${seen.sample}`) : null,
    seen.label === null ? null : `${seen.label} as the true digit`,
    chosen && !chosen.own ? chosen.title : null,
    seen.target === null ? null : `the target ${seen.target}`,
    wayOf(seen.method).title,
    fooling.example ? "the example that was found" : null,
    fooling.example && seen.times !== 1 ? `its magnification` : null,
    "the noise",
    seen.panel === null ? null : "the experiment below",
    hidden.size > 0 ? "what is hidden" : null,
    locked.size > 0 ? "what is locked" : null,
  ].filter((part) => part !== null);
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}
