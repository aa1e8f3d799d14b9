// The language of the page's words: which there are, their plurals and their numbers. All elements of a page speak
// one. A text is written in English, `msg("…")`; CONTRIBUTING.md says how.

import { configureLocalization, LOCALE_STATUS_EVENT } from "@lit/localize";
import { nothing } from "lit";
import { allLocales, sourceLocale, targetLocales } from "../languages/codes.js";

export type Language = (typeof allLocales)[number];

/** Every language, by its own name. */
export const languages: readonly (readonly [Language, string])[] = [
  ["en", "English"],
  ["de", "Deutsch"],
  ["es", "Español"],
  ["fr", "Français"],
  ["zh", "简体中文"],
];

const { getLocale, setLocale } = configureLocalization({
  sourceLocale,
  targetLocales,
  loadLocale: (language) => load[language as (typeof targetLocales)[number]](),
});

const load = {
  de: () => import("../languages/de.js"),
  es: () => import("../languages/es.js"),
  fr: () => import("../languages/fr.js"),
  zh: () => import("../languages/zh.js"),
};

/** The language that is spoken. */
export function language(): Language {
  return getLocale() as Language;
}

/** What HTML calls it, and `Intl`. */
export function tagOf(language: Language): string {
  return { en: "en-GB", zh: "zh-Hans" }[language as string] ?? language;
}

/** The language that a tag such as "de-AT" asks for; `null` where the page does not speak it. */
export function spoken(tag: string): Language | null {
  const [code] = tag.toLowerCase().split(/[-_]/);
  return allLocales.find((language) => language === code) ?? null;
}

/** The first of the browser's languages that the page speaks; English where it speaks none. */
export function ofBrowser(tags: readonly string[] = navigator.languages): Language {
  return tags.map(spoken).find((language) => language !== null) ?? sourceLocale;
}

/** Settles when the words of the language that was asked for last are there; `null` once they are. */
export let arriving: Promise<void> | null = null;

/** Speaks a language as soon as its words are there. Rejects where they cannot be had: then nothing changes. */
export async function speak(wish: Language): Promise<void> {
  const before = language();
  const words = setLocale(wish);
  const wait = words
    .catch(() => undefined)
    .finally(() => {
      if (arriving === wait) arriving = null;
    });
  arriving = wait;
  try {
    await words;
  } catch (reason) {
    void setLocale(before);
    throw reason;
  }
}

/** Hears whenever another language is spoken. */
export function onSpoken(listener: () => void): void {
  addEventListener(LOCALE_STATUS_EVENT, ({ detail: { status } }) => {
    if (status === "ready") listener();
  });
}

/** Sentences one after the other: with spaces between them, but in Chinese. */
export function sentences<T>(...parts: readonly T[]): (T | string)[] {
  const between = language() === "zh" ? "" : " ";
  const said = parts.filter((part) => part !== nothing && part !== "");
  return said.flatMap((part, place) => (place > 0 ? [between, part] : [part]));
}

/** A number as the language writes it. */
export function number(value: number, options: Intl.NumberFormatOptions = {}): string {
  const key = `${language()} ${JSON.stringify(options)}`;
  const format = formats.get(key) ?? new Intl.NumberFormat(tagOf(language()), options);
  formats.set(key, format);
  return format.format(value);
}

const formats = new Map<string, Intl.NumberFormat>();

/** A number with so many digits after its decimal mark. */
export function fixed(value: number, digits: number): string {
  return number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A share from 0 to 1 in per cent, with so many digits after its decimal mark. */
export function percent(share: number, digits = 0): string {
  return number(share, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/**
 * The form of a text that goes with a number. English has these two, and so have the languages that it is translated
 * to: what Spanish and French say of whole millions is said of nothing here.
 */
export function plural<Text>(count: number, forms: { one: Text; other: Text }): Text {
  return new Intl.PluralRules(tagOf(language())).select(count) === "one" ? forms.one : forms.other;
}

/** "a, b and c". */
export function list(parts: readonly string[]): string {
  return new Intl.ListFormat(tagOf(language())).format(parts);
}
