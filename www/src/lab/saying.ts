// What the engine says, in the language of the page: the sentences that come up often. All others are English, and
// what shows them says so (`lang="en"`).

import { msg } from "@lit/localize";
import { BlindSpotsError, type ErrorCode } from "../engine/errors.js";
import { language } from "./language.js";
import { sentence } from "./words.js";

/** Failures whose code says enough. */
const failures: Partial<Record<ErrorCode, () => string>> = {
  aborted: () => msg("Cancelled."),
  closed: () => msg("The engine is still starting; try again in a moment."),
  crashed: () => msg("The engine stopped unexpectedly. It has to be started again."),
  network: () => msg("A file could not be fetched: there was no answer, or the connection broke off."),
  "missing-file": () => msg("A file of this site is missing: copy the whole folder of the site."),
  "damaged-file": () =>
    msg(
      "A file is not the one that this site was built with. Reload the page; if that does not help, copy the whole folder of the site again.",
    ),
  "no-webgpu": () => msg("This browser offers no WebGPU."),
  "unsupported-browser": () => msg("This browser cannot run the engine: it is too old."),
  "importer-crashed": () => msg("This file could not be read: the importer stopped on it."),
  "too-slow": () => msg("Reading this file takes longer than a page can wait."),
  "too-large": () => msg("This file is too large for this page."),
  "not-an-onnx-file": () => msg("This is no ONNX file."),
  "silent-layer": () => msg("The units of this layer give every digit the same answer."),
  "no-hidden-units": () => msg("This network has no hidden units."),
};

/** Why the networks run where they run (`Backend.reason`). */
const reasons: Record<string, () => string> = {
  "You chose the processor.": () => msg("You chose the processor."),
  "You chose WebGPU.": () => msg("You chose WebGPU."),
  "WebGPU runs on a graphics card here; each network runs where it was measured to be faster.": () =>
    msg("WebGPU runs on a graphics card here; each network runs where it was measured to be faster."),
  "Every network was measured to be faster on the processor.": () =>
    msg("Every network was measured to be faster on the processor."),
  "WebGPU is only emulated in software here, so the processor is faster.": () =>
    msg("WebGPU is only emulated in software here, so the processor is faster."),
  "The graphics device was lost, so the processor took over.": () =>
    msg("The graphics device was lost, so the processor took over."),
  "This browser offers no WebGPU, so the processor computes.": () =>
    msg("This browser offers no WebGPU, so the processor computes."),
  "The processor computes.": () => msg("The processor computes."),
};

/** Words, and the language they are in where it is not the page's. */
export interface Said {
  text: string;
  lang: "en" | null;
}

/** What a failure says; in English all that the engine says of it. */
export function failure({ code, message }: BlindSpotsError): Said {
  return said(message, failures[code]);
}

/** What the engine says of where it runs. */
export function reason(words: string): Said {
  return said(words, reasons[words]);
}

function said(english: string, translated: (() => string) | undefined): Said {
  if (language() === "en") return { text: english, lang: null };
  return translated ? { text: translated(), lang: null } : { text: english, lang: "en" };
}

/** The same as a sentence of its own. */
export function asSentence({ text, lang }: Said): Said {
  return { text: sentence(text), lang };
}
