// A link to what is seen now: its address, and what it holds in words.

import { msg, str } from "@lit/localize";
import { write, type Lock, type Part, type Seen } from "./address.js";
import type { Lab } from "./lab.js";
import { wayOf } from "./methods.js";
import { list, number, plural } from "./language.js";

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
  const { seen, chosen, hidden, locked } = lab;
  const strokes = seen.strokes.length;
  const count = number(strokes);
  const { sample, label, target } = seen;
  const drawing = plural(strokes, {
    one: msg("the drawing (one stroke)"),
    other: msg(str`the drawing (${count} strokes)`),
  });
  const parts = [
    strokes > 0 ? drawing : null,
    strokes > 0 ? null : lab.picture ? msg("an empty pad, because no link can hold your picture") : null,
    strokes > 0 || lab.picture ? null : sample === null ? msg("an empty pad") : msg(str`sample ${sample}`),
    label === null ? null : msg(str`${label} as the true digit`),
    chosen && !chosen.own ? chosen.title : null,
    target === null ? null : msg(str`the target ${target}`),
    wayOf(seen.method).title,
    seen.bits === null ? null : msg("8 bits"),
    seen.result ? msg("the example that was found") : null,
    seen.result && seen.times !== 1 ? msg("its magnification") : null,
    msg("the noise"),
    seen.panel === null ? null : msg("the experiment below"),
    seen.lesson === null ? null : msg("the lesson"),
    hidden.size > 0 ? msg("what is hidden") : null,
    locked.size > 0 ? msg("what is locked") : null,
    seen.lang === null ? null : msg("the language"),
  ].filter((part) => part !== null);
  return list(parts);
}
