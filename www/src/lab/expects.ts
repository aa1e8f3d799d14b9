// What the visitor's network takes and gives, in the page's language.

import { msg, str } from "@lit/localize";
import type { Model } from "../engine/options.js";

/**
 * “pixels from 0 to 255, inverted; rows and columns swapped”: a scale, and how a digit comes to size and order where
 * that is known.
 */
export function expectedPixels(
  { normalize, invert }: Pick<Model, "normalize" | "invert">,
  pixels?: Model["pixels"],
): string {
  const scale = scaleOf(normalize);
  const classes = pixels?.classes?.join(", ");
  const output = pixels?.output;
  return [
    invert ? msg(str`${scale}, inverted`) : scale,
    pixels && fits()[pixels.fit],
    pixels?.transposed && msg("rows and columns swapped"),
    classes && msg(str`classes 0, 1, … are its outputs ${classes}`),
    output && msg(str`of its outputs “${output}”`),
  ]
    .filter(Boolean)
    .join("; ");
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

const fits = (): Partial<Record<Model["pixels"]["fit"], string>> => ({
  padded: msg("digits with paper around them"),
  scaled: msg("digits scaled to its size"),
  cropped: msg("the middle of digits"),
});

const outputs = (): Record<string, string> => ({
  logits: msg("logits"),
  probabilities: msg("probabilities"),
  "log-probabilities": msg("logarithms of probabilities"),
  distribution: msg("probabilities that add up to 1"),
  independent: msg("a probability for each class by itself"),
});

/** What the outputs are. */
export const outputKind = (output: Model["output"]): string => outputs()[output] ?? output;
