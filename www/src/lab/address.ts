// What a visitor sees, in the page's address: a link to it is a lesson.

import { msg, str } from "@lit/localize";
import { shortened } from "../engine/errors.js";
import type { BackendChoice, MethodName, Stroke } from "../engine/messages.js";
import { isLesson } from "./lesson.js";
import { languages, number, plural, spoken, type Language } from "./language.js";
import { isWay, wayOf, ways } from "./methods.js";
import { decode, encode } from "./strokes.js";
import { unknownWords } from "./transfer-settings.js";

export interface Choices {
  /** The network to fool. */
  model: string;
  /** What it shall read; `null` for anything else. */
  target: number | null;
  /** How it is fooled. */
  method: MethodName;
  /** 8 where the image is to be one that a saved picture holds; `null` for any. */
  bits: 8 | null;
  /** Number of the sample in the gallery; `null` for a drawing, or nothing. */
  sample: number | null;
  backend: BackendChoice;
  /** What the page speaks; what its surroundings or the browser speak where it is `null`. */
  lang: Language | null;
  /** Seed of the noise that the example is compared with, and of the random direction. */
  seed: number;
  /** Which of the further experiments is shown; the first where it is `null`. */
  panel: PanelName | null;
  /** Whose units are shown, as network.layer; the panel's own choice where it is `null`. */
  units: string | null;
  /** What the panel of transfers is set to, in its own words. */
  transfer: string | null;
  /** Where one looks in the panel of the line and the plane; at the example where it is `null`. */
  place: readonly [along: number, aside: number] | null;
  /** The lesson whose tasks are shown: "first", or one as `lessons/link.ts` writes it. */
  lesson: string | null;
}

/** What an address can hold beside choices. */
export interface Seen extends Choices {
  strokes: readonly Stroke[];
  /** What the digit truly is, where the visitor said so. */
  label: number | null;
  /** How many times as large the change is shown. */
  times: number;
  /** Which adversarial image was found: `fingerprint` of it. */
  result: string | null;
  /** Whether the search begins by itself. */
  autorun: boolean;
}

/** Parts of the page that a link can hide, `?hide=samples,own,about`, with their names for people. */
export const partNames = () => ({
  title: msg("title"),
  opening: msg("the two pictures at the start"),
  chapters: msg("chapters"),
  samples: msg("samples"),
  strip: msg("short list of readings"),
  readings: msg("readings"),
  label: msg("choice of the true digit"),
  model: msg("choice of the network"),
  target: msg("choice of the target"),
  method: msg("choice of the method"),
  bits: msg("switch for 8 bits"),
  measures: msg("measures"),
  save: msg("saving"),
  transfer: msg("who else is fooled"),
  experiments: msg("further experiments"),
  "transfer-choice": msg("choices of transfers"),
  quiz: msg("quiz"),
  rows: msg("rows of units"),
  numbers: msg("numbers of units"),
  line: msg("the line"),
  plane: msg("the plane"),
  backend: msg("choice of the processor"),
  own: msg("own files"),
  lesson: msg("links and embedding"),
  about: msg("about"),
});
export type Part = keyof ReturnType<typeof partNames>;
export const parts = Object.keys(partNames()) as Part[];

/** What a link can lock, `?lock=model,method`, with names for people. */
export const lockNames = () => ({
  draw: msg("the digit"),
  label: msg("the true digit"),
  model: msg("the network"),
  target: msg("the target"),
  method: msg("the method"),
  bits: msg("the 8 bits"),
});
export type Lock = keyof ReturnType<typeof lockNames>;
export const locks = Object.keys(lockNames()) as Lock[];

/** The further experiments, in the order of their tabs. */
export const panelNames = ["transfer", "slice", "units", "bounds"] as const;
export type PanelName = (typeof panelNames)[number];

/** Unknown words of a list that are named one by one. */
const MOST_NAMED = 3;

/** The strongest magnification. */
const MOST_TIMES = 100;

export const defaults: Seen = {
  model: "fc100-100-10",
  target: null,
  method: wayOf(null).method,
  bits: null,
  sample: 42,
  backend: "auto",
  lang: null,
  seed: 1,
  panel: null,
  units: null,
  transfer: null,
  place: null,
  lesson: null,
  strokes: [],
  label: null,
  times: 1,
  result: null,
  autorun: false,
};

/** What an address says. */
export interface Address {
  seen: Seen;
  hidden: Set<Part>;
  locked: Set<Lock>;
  /** What makes no sense in it, a sentence each, to be said; it is as if that were not there. */
  problems: (() => string)[];
}

/** A value as it is shown to people. */
export function quoted(text: string): string {
  const short = shortened(text, 40);
  return msg(str`“${short}”`);
}

/** Reads an address. Which networks there are is not known here. */
export function read(search: string): Address {
  const query = new URLSearchParams(search);
  const problems: (() => string)[] = [];
  const wrong = (key: string, text: string, right: () => string) => {
    problems.push(() => {
      const [wanted, found] = [right(), quoted(text)];
      return msg(str`${key} is ${wanted}, not ${found}.`);
    });
  };
  /** What a value means; the default where there is none, or one that means nothing. */
  const value = <T>(
    key: keyof Seen,
    right: () => string,
    parse: (text: string) => T | undefined,
    otherwise: T,
  ): T => {
    const text = query.get(key);
    if (text === null) return otherwise;
    const found = parse(text);
    if (found === undefined) wrong(key, text, right);
    return found === undefined ? otherwise : found;
  };
  const whole = (max: number) => (text: string) =>
    /^\d{1,9}$/.test(text) && Number(text) <= max ? Number(text) : undefined;
  const list = <Name extends string>(key: string, names: readonly Name[]): Set<Name> => {
    const words = (query.get(key) ?? "").split(",").filter((word) => word !== "");
    const unknown = words.filter((word) => !names.includes(word as Name));
    for (const word of unknown.slice(0, MOST_NAMED)) {
      const near = nearest(word, names);
      problems.push(() => {
        const [said, meant, all] = [quoted(word), quoted(near ?? ""), names.join(", ")];
        return near
          ? msg(str`${key} has no part ${said}; ${meant} may be meant.`)
          : msg(str`${key} has no part ${said}: there are ${all}.`);
      });
    }
    const more = unknown.length - MOST_NAMED;
    if (more > 0)
      problems.push(() =>
        plural(more, {
          one: msg(str`${key} has one more such word.`),
          other: msg(str`${key} has ${more} more such words.`),
        }),
      );
    return new Set(names.filter((name) => words.includes(name)));
  };
  const lang = query.get("lang");
  if (lang !== null && !spoken(lang)) wrong("lang", lang, oneOf(languages.map(([code]) => code)));
  const methods = ways.map(({ method }) => method);
  const seen: Seen = {
    model: query.get("model") ?? defaults.model,
    target: value("target", digit, whole(9), defaults.target),
    method: value(
      "method",
      oneOf(methods),
      (text) => (isWay(text) ? wayOf(text).method : undefined),
      defaults.method,
    ),
    bits: value(
      "bits",
      () => msg("8 or nothing"),
      (text) => (text === "8" ? 8 : undefined),
      defaults.bits,
    ),
    sample: value(
      "sample",
      () => msg("a number from 0 to 99"),
      (text) => (text === "none" ? null : whole(99)(text)),
      defaults.sample,
    ),
    backend: value(
      "backend",
      () => msg("webgpu, cpu or auto"),
      (text) => (text === "webgpu" || text === "cpu" || text === "auto" ? text : undefined),
      defaults.backend,
    ),
    // Whoever asks for one that there is not is spoken to in English.
    lang: lang === null ? null : (spoken(lang) ?? "en"),
    seed: value(
      "seed",
      () => msg(str`a whole number below ${number(1_000_000_000)}`),
      whole(999_999_999),
      defaults.seed,
    ),
    panel: value(
      "panel",
      oneOf(panelNames),
      (text) => panelNames.find((name) => name === text),
      defaults.panel,
    ),
    units: value(
      "units",
      () => msg("a network and the number of a layer, such as fc100-100-10.1"),
      (text) => (/^[a-z0-9-]{1,40}(\.\d{1,2})?$/.test(text) ? text : undefined),
      defaults.units,
    ),
    transfer: value(
      "transfer",
      () => msg("made of words such as gallery, test, halves, all, n300, k7, d0.1, cells"),
      (text) => (unknownWords(text).length === 0 ? text : undefined),
      defaults.transfer,
    ),
    place: value(
      "place",
      () => msg("two numbers with a comma between them, such as 1,0.5"),
      placeOf,
      defaults.place,
    ),
    lesson: value(
      "lesson",
      () => msg("first, or a lesson as this page writes it"),
      (text) => (isLesson(text) ? text : undefined),
      defaults.lesson,
    ),
    strokes: value(
      "strokes",
      () => msg("a drawing as this page writes it"),
      (text) => decode(text) ?? undefined,
      defaults.strokes,
    ),
    label: value("label", digit, whole(9), defaults.label),
    times: value(
      "times",
      () => msg(str`a number from 1 to ${MOST_TIMES}`),
      (text) =>
        /^\d{1,3}(\.\d{1,4})?$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_TIMES
          ? Number(text)
          : undefined,
      defaults.times,
    ),
    result: value(
      "result",
      () => msg("eight letters from 0 to f"),
      (text) => (/^[0-9a-f]{8}$/.test(text) ? text : undefined),
      defaults.result,
    ),
    autorun: value(
      "autorun",
      () => msg("1 or nothing"),
      (text) => (text === "" || text === "1" ? true : undefined),
      defaults.autorun,
    ),
  };
  if (seen.label !== null && seen.target === seen.label) {
    const { label } = seen;
    problems.push(() =>
      msg(str`target and label are both ${label}: a digit cannot be made to be read as itself.`),
    );
    seen.target = null;
  }
  if (seen.strokes.length > 0) {
    if (query.has("sample"))
      problems.push(() => msg("strokes and sample are two digits: the drawing is shown."));
    seen.sample = null;
  }
  for (const key of new Set(query.keys())) {
    const [first = "", ...others] = query.getAll(key);
    const other = others.find((text) => text !== first);
    if (known.includes(key) && other !== undefined)
      problems.push(() => {
        const [used, left] = [quoted(first), quoted(other)];
        return msg(str`${key} is there more than once: ${used} counts, not ${left}.`);
      });
    const near = known.includes(key) ? null : nearest(key, known);
    if (near)
      problems.push(() => {
        const [said, meant] = [quoted(key), quoted(near)];
        return msg(str`${said} is not known here; ${meant} may be meant.`);
      });
  }
  return { seen, hidden: list("hide", parts), locked: list("lock", locks), problems };
}

const digit = () => msg("a digit from 0 to 9");
const oneOf = (names: readonly string[]) => () => {
  const all = names.join(", ");
  return msg(str`one of ${all}`);
};

const known: readonly string[] = [...Object.keys(defaults), "hide", "lock"];

function placeOf(text: string): readonly [number, number] | undefined {
  const [, along, aside] = /^(-?[0-3](?:\.\d{1,3})?),(-?[0-3](?:\.\d{1,3})?)$/.exec(text) ?? [];
  return along === undefined || aside === undefined ? undefined : [Number(along), Number(aside)];
}

/** The name that a word is at most two letters away from, if it is not too short for that to mean anything. */
function nearest<Name extends string>(word: string, names: readonly Name[]): Name | null {
  if (word.length < 4 || word.length > 30) return null;
  const [found] = names
    .map((name) => ({ name, far: distance(word.toLowerCase(), name) }))
    .sort((a, b) => a.far - b.far);
  return found && found.far <= 2 ? found.name : null;
}

/** How many letters have to be put in, left out or changed (Levenshtein, 1966). */
function distance(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()];
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      next.push(Math.min((row[j] ?? 0) + Number(a[i] !== b[j]), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The address of what is seen, where `base` is seen without one; parameters that are not ours stay. */
export function write(seen: Seen, search: string, base: Seen = defaults): string {
  const query = new URLSearchParams(search);
  const set = (key: keyof Seen, text: string | null, otherwise: string | null) => {
    // Always in the same order, so that one state has one address.
    query.delete(key);
    if (text !== null && text !== otherwise) query.set(key, text);
  };
  const texts = textsOf(seen);
  const usual = textsOf(base);
  for (const key of Object.keys(defaults) as (keyof Seen)[]) set(key, texts[key], usual[key]);
  const text = query.toString().replaceAll("%2C", ",");
  return text && `?${text}`;
}

/** Every value as it stands in an address; `null` for one that has no text of its own. */
function textsOf(seen: Seen): Record<keyof Seen, string | null> {
  const text = (value: string | number | null) => (value === null ? null : String(value));
  return {
    model: seen.model,
    target: text(seen.target),
    method: seen.method,
    bits: text(seen.bits),
    // A drawing says so itself.
    sample: seen.strokes.length > 0 ? null : (text(seen.sample) ?? "none"),
    backend: seen.backend,
    lang: seen.lang,
    seed: text(seen.seed),
    panel: seen.panel,
    units: seen.units,
    transfer: seen.transfer,
    place: seen.place && seen.place.map((at) => Number(at.toFixed(3))).join(","),
    lesson: seen.lesson,
    strokes: seen.strokes.length > 0 ? encode(seen.strokes) : null,
    label: text(seen.label),
    times: text(Number(seen.times.toFixed(4))),
    result: seen.result,
    autorun: seen.autorun ? "1" : null,
  };
}

/** A name for an image: FNV-1a of its numbers, bit for bit, as eight letters from 0 to f. */
export function fingerprint(image: Float32Array): string {
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(image.buffer, image.byteOffset, image.byteLength)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
