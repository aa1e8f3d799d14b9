// What the panel of transfers is set to, as one part of the page's address:
// `?transfer=test,halves,n300,d0.1,cells`.

/** Whose digits: the visitor's, the page's hundred samples, MNIST's test set. */
export const sets = ["mine", "gallery", "test"] as const;
export type DigitsOf = (typeof sets)[number];

/** Which networks: Table 2's, Table 4's, all. */
export const groups = ["paper", "halves", "all"] as const;
export type GroupName = (typeof groups)[number];

/** Numbers of test digits to choose from. */
export const counts = [100, 300, 1000, 3000] as const;

/** The strongest magnification that the slider offers. */
export const STRONGEST = 0.3;

export interface Settings {
  digits: DigitsOf;
  group: GroupName;
  /** How many of the test digits. */
  count: number;
  /** Only digits of this class. */
  only: number | null;
  /** The distortion that every change is rescaled to; as found where it is `null`. */
  distortion: number | null;
  /** Whether the paper's cells stand beside ours. */
  cells: boolean;
}

export const defaults: Settings = {
  digits: "mine",
  group: "paper",
  count: 100,
  only: null,
  distortion: null,
  cells: false,
};

/** Reads them; what makes no sense is left at its default. */
export function parse(text: string | null): Settings {
  const settings = { ...defaults };
  for (const word of wordsOf(text)) Object.assign(settings, settingOf(word));
  return settings;
}

/** The words that make no sense. */
export function unknownWords(text: string | null): string[] {
  return wordsOf(text).filter((word) => settingOf(word) === null);
}

function wordsOf(text: string | null): string[] {
  return (text ?? "").split(",").filter((word) => word !== "");
}

/** What a word sets; `null` where it sets nothing. */
function settingOf(word: string): Partial<Settings> | null {
  const digits = sets.find((name) => name === word);
  if (digits) return { digits };
  const group = groups.find((name) => name === word);
  if (group) return { group };
  if (word === "cells") return { cells: true };
  const number = Number(word.slice(1));
  if (/^k\d$/.test(word)) return { only: number };
  const count = /^n\d+$/.test(word) ? counts.find((count) => count === number) : undefined;
  if (count) return { count };
  return /^d0\.\d+$/.test(word) && number > 0 && number <= STRONGEST ? { distortion: number } : null;
}

/** Writes them; `null` where nothing differs from the defaults. */
export function format({ digits, group, count, only, distortion, cells }: Settings): string | null {
  const words = [
    digits === defaults.digits ? "" : digits,
    group === defaults.group ? "" : group,
    count === defaults.count ? "" : `n${count}`,
    only === null ? "" : `k${only}`,
    distortion === null ? "" : `d${distortion}`,
    cells ? "cells" : "",
  ];
  return words.filter((word) => word !== "").join(",") || null;
}
