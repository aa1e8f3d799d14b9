// What the visitor's network takes and gives, in the page's language. The engine's own words are English.

import { msg, str } from "@lit/localize";
import type { Model } from "../engine/options.js";

interface Expected {
  readonly normalize: string;
  readonly invert: boolean;
  readonly words: string;
}

/** “pixels from 0 to 255, inverted; rows and columns swapped” */
export function expectedPixels({ normalize, invert, words }: Expected): string {
  const scale = scaleOf(normalize);
  const [, ...others] = words.split("; ");
  return [invert ? msg(str`${scale}, inverted`) : scale, ...others.map(other)].join("; ");
}

const scales = (): Record<string, string> => ({
  none: msg("pixels from 0 to 1"),
  "0-255": msg("pixels from 0 to 255"),
  signed: msg("pixels from −1 to 1"),
});

function scaleOf(normalize: string): string {
  const known = scales()[normalize];
  if (known) return known;
  const numbers = normalize.split(",");
  const every = (first: number) => numbers.filter((_, place) => place % 2 === first).join(", ");
  const [mean, deviation] = [every(0), every(1)];
  return msg(str`pixels of mean ${mean}, deviation ${deviation}`);
}

const fits = (): Record<string, string> => ({
  "digits with paper around them": msg("digits with paper around them"),
  "digits scaled to its size": msg("digits scaled to its size"),
  "the middle of digits": msg("the middle of digits"),
  "rows and columns swapped": msg("rows and columns swapped"),
});

function other(words: string): string {
  const classes = /^classes 0, 1, … are its outputs (.*)$/.exec(words)?.[1];
  if (classes) return msg(str`classes 0, 1, … are its outputs ${classes}`);
  const output = /^of its outputs “(.*)”$/.exec(words)?.[1];
  return output ? msg(str`of its outputs “${output}”`) : (fits()[words] ?? words);
}

const outputs = (): Record<string, string> => ({
  logits: msg("logits"),
  probabilities: msg("probabilities"),
  "log-probabilities": msg("logarithms of probabilities"),
  distribution: msg("probabilities that add up to 1"),
  independent: msg("a probability for each class by itself"),
});

/** What the outputs are. */
export const outputKind = (output: Model["output"]): string => outputs()[output] ?? output;
