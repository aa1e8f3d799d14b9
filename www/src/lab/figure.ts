// An example as a figure for a paper or a slide: original + change = example, with what the network reads. One file
// that needs nothing else, in light colours and in whatever fonts the reader has.

import { msg, str } from "@lit/localize";
import type { Reading } from "../engine/messages.js";
import type { Example } from "./example.js";
import { pngOf } from "./files.js";
import { fixed, language, tagOf } from "./language.js";
import { element, text } from "./markup.js";
import { difference, magnification } from "./measure.js";
import { confidence } from "./networks.js";

const [WIDTH, MARGIN, SIDE, GAP] = [720, 24, 200, 36];
const LINE = 20;
/** Of the bars of one probability. */
const HEIGHT = 96;

const INK = "#121a16";
const MUTED = "#4a5950";
const RULE = "#a6ccb6";
const BEFORE = "#3d7759";
const AFTER = "#bf2c1f";
const ADDED = "#d9480f";
const REMOVED = "#1864ab";

/** Letters of a line of the heading; those of Chinese are twice as wide. */
const MOST_LETTERS = 74;

/** The figure of an example whose images are `width` pixels wide; `sentence` says what was found. */
export function figure(example: Example, width: number, sentence: string): Blob {
  const { slot, original, image, before, after, report } = example;
  const change = difference(image, original);
  const factor = magnification(change);
  const [distortion, l2, linf] = [fixed(report.distortion, 4), fixed(report.l2, 3), fixed(report.linf, 3)];
  const { title } = slot;
  const heading = linesOf(sentence);
  const top = MARGIN + heading.length * LINE + 12;
  const bars = top + SIDE + 4.5 * LINE + 24;
  const foot = bars + HEIGHT + 2.5 * LINE;
  const height = foot + 2 * LINE;
  const [left, middle, right] = [0, 1, 2].map((place) => MARGIN + place * (SIDE + GAP)) as [
    number,
    number,
    number,
  ];
  const signs = (x: number, sign: string) =>
    words(sign, { x: x - GAP / 2, y: top + SIDE / 2 + 8, "font-size": 24, "text-anchor": "middle" });
  const content = [
    element("title", {}, text(sentence)),
    element("desc", {}, text(described(example, factor))),
    element("rect", { width: WIDTH, height, fill: "#ffffff" }),
    ...heading.map((line, at) =>
      words(line, { x: MARGIN, y: MARGIN + (at + 0.75) * LINE, "font-weight": "bold" }),
    ),
    picture(pngOf(greysOf(original), width, "grey"), left, top),
    signs(middle, "+"),
    picture(pngOf(coloursOf(change, factor), width, "colour"), middle, top),
    signs(right, "="),
    picture(pngOf(greysOf(image), width, "grey"), right, top, AFTER),
    ...caption(msg("Original"), before, left, top + SIDE, INK),
    words(msg("Perturbation"), { x: middle, y: top + SIDE + LINE, fill: MUTED }),
    words(msg(str`shown × ${factor}`), { x: middle, y: top + SIDE + 2 * LINE, "font-weight": "bold" }),
    key(msg("ink added"), ADDED, middle, top + SIDE + 3 * LINE),
    key(msg("ink removed"), REMOVED, middle, top + SIDE + 4 * LINE),
    ...caption(msg("Adversarial digit"), after, right, top + SIDE, AFTER),
    key(msg("original"), BEFORE, MARGIN, bars - 8),
    key(msg("adversarial"), AFTER, MARGIN + SIDE, bars - 8),
    words(msg(str`Confidence of ${title}`), { x: WIDTH - MARGIN, y: bars - 8, "text-anchor": "end" }),
    ...chart(before, after, bars),
    words(`${msg("Distortion")} ${distortion}, L2 ${l2}, L∞ ${linf}`, { x: MARGIN, y: foot }),
    words("Blind Spots; Szegedy et al., 2013 (arXiv:1312.6199)", { x: MARGIN, y: foot + LINE, fill: MUTED }),
  ];
  const root = {
    xmlns: "http://www.w3.org/2000/svg",
    role: "img",
    lang: tagOf(language()),
    viewBox: `0 0 ${WIDTH} ${height}`,
    width: WIDTH,
    height,
    "font-family": "sans-serif",
    "font-size": 14,
    fill: INK,
  };
  return new Blob([`<?xml version="1.0" encoding="UTF-8"?>\n${element("svg", root, ...content)}\n`], {
    type: "image/svg+xml",
  });
}

/** All that there is to see, for those who do not see it. */
function described({ slot, before, after }: Example, factor: number): string {
  const { title } = slot;
  const [was, is] = [before.label, after.label];
  const [then, now] = [before, after].map(sure);
  return msg(
    str`Three images of a digit: the original, which ${title} reads as ${was} (${then} sure), the change, magnified ${factor} times, and their sum, which it reads as ${is} (${now} sure). Below, bars of its confidence in each digit, before and after.`,
  );
}

function words(said: string, attributes: Readonly<Record<string, string | number>>): string {
  return element("text", attributes, text(said));
}

/** What an image is, and what is read in it. */
function caption(name: string, reading: Reading, x: number, y: number, fill: string): string[] {
  const { label } = reading;
  const how = sure(reading);
  return [
    words(name, { x, y: y + LINE, fill: MUTED }),
    words(msg(str`reads ${label}`), { x, y: y + 2 * LINE, "font-weight": "bold", fill }),
    words(msg(str`${how} sure`), { x, y: y + 3 * LINE }),
  ];
}

function sure({ probabilities }: Reading): string {
  return confidence(Math.max(...probabilities));
}

function key(name: string, fill: string, x: number, y: number): string {
  return element("rect", { x, y: y - 10, width: 10, height: 10, fill }) + words(name, { x: x + 16, y });
}

/** Two bars for each digit, from 0 to 1. */
function chart(before: Reading, after: Reading, top: number): string[] {
  const classes = before.probabilities.length;
  const step = (WIDTH - 2 * MARGIN) / classes;
  const wide = Math.min(18, 0.4 * step);
  const bar = (p: number, x: number, fill: string) =>
    element("rect", { x, y: top + HEIGHT * (1 - p), width: wide, height: HEIGHT * p, fill });
  const base = top + HEIGHT;
  return [
    ...before.probabilities.flatMap((p, k) => {
      const x = MARGIN + (k + 0.5) * step;
      return [
        bar(p, x - wide, BEFORE),
        bar(after.probabilities[k] ?? 0, x + 1, AFTER),
        words(String(k), { x, y: base + 18, "text-anchor": "middle" }),
      ];
    }),
    element("line", { x1: MARGIN, x2: WIDTH - MARGIN, y1: base, y2: base, stroke: BEFORE }),
  ];
}

function picture(png: Uint8Array[], x: number, y: number, frame = RULE): string {
  const bytes = png.flatMap((part) => [...part]);
  const place = { x, y, width: SIDE, height: SIDE };
  return (
    element("image", {
      ...place,
      href: `data:image/png;base64,${btoa(String.fromCharCode(...bytes))}`,
      preserveAspectRatio: "none",
      "image-rendering": "pixelated",
    }) + element("rect", { ...place, fill: "none", stroke: frame, "stroke-width": frame === RULE ? 1 : 3 })
  );
}

/** Ink on paper. */
function greysOf(image: Float32Array): Uint8Array {
  return Uint8Array.from(image, (value) => 255 - Math.round(255 * value));
}

/** Ink added and ink removed, on paper, as the page shows them. */
function coloursOf(change: Float32Array, factor: number): Uint8Array {
  const colour = (hex: string) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const [added, removed] = [colour(ADDED), colour(REMOVED)];
  const pixels = [...change].flatMap((value) => {
    const share = Math.min(1, Math.abs(value * factor));
    return (value > 0 ? added : removed).map((part) => Math.round(255 + share * (part - 255)));
  });
  return Uint8Array.from(pixels);
}

/** A sentence in lines that fit; languages say where a word ends. */
function linesOf(sentence: string): string[] {
  const segments = new Intl.Segmenter(tagOf(language()), { granularity: "word" }).segment(sentence);
  const wide = (line: string) =>
    Array.from(line).reduce((sum, letter) => sum + (letter > "\u2e80" ? 2 : 1), 0);
  const lines = [""];
  for (const { segment, isWordLike } of segments) {
    const last = lines.at(-1) ?? "";
    // A mark never begins a line.
    if (isWordLike === true && wide(last + segment) > MOST_LETTERS) lines.push(segment);
    else lines[lines.length - 1] = last + segment;
  }
  return lines.map((line) => line.trim());
}
