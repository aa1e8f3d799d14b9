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

function scaleOf(normalize: string): string {
  switch (normalize) {
    case "none":
      return msg("pixels from 0 to 1");
    case "0-255":
      return msg("pixels from 0 to 255");
    case "signed":
      return msg("pixels from −1 to 1");
  }
  const numbers = normalize.split(",");
  const mean = numbers.filter((_, place) => place % 2 === 0).join(", ");
  const deviation = numbers.filter((_, place) => place % 2 === 1).join(", ");
  return msg(str`pixels of mean ${mean}, deviation ${deviation}`);
}

function other(words: string): string {
  switch (words) {
    case "digits with paper around them":
      return msg("digits with paper around them");
    case "digits scaled to its size":
      return msg("digits scaled to its size");
    case "the middle of digits":
      return msg("the middle of digits");
    case "rows and columns swapped":
      return msg("rows and columns swapped");
  }
  const classes = /^classes 0, 1, … are its outputs (.*)$/.exec(words)?.[1];
  if (classes) return msg(str`classes 0, 1, … are its outputs ${classes}`);
  const output = /^of its outputs “(.*)”$/.exec(words)?.[1];
  return output ? msg(str`of its outputs “${output}”`) : words;
}

/** What the outputs are. */
export function outputKind(output: Model["output"]): string {
  switch (output) {
    case "logits":
      return msg("logits");
    case "probabilities":
      return msg("probabilities");
    case "log-probabilities":
      return msg("logarithms of probabilities");
    case "distribution":
      return msg("probabilities that add up to 1");
    case "independent":
      return msg("a probability for each class by itself");
    default:
      return output;
  }
}
