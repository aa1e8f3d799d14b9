// What the engine says, in the language of the page: the sentences that come up often. All others are English, and
// what shows them says so (`lang="en"`).

import { msg } from "@lit/localize";
import { BlindSpotsError, type ErrorCode } from "../engine/errors.js";
import { language } from "./language.js";
import { sentence } from "./words.js";

/** Failures whose code says enough; those of files and panels are added with these (`more-failures.ts`). */
export const failures: Partial<Record<ErrorCode, () => string>> = {
  aborted: () => msg("Cancelled."),
  closed: () => msg("The engine is still starting; try again in a moment."),
  crashed: () => msg("The engine stopped unexpectedly. It has to be started again."),
  network: () => msg("A file could not be fetched: there was no answer, or the connection broke off."),
  "missing-file": () =>
    msg(
      "A file of this site is missing. Reload the page; if that does not help, copy the whole folder of the site.",
    ),
  "damaged-file": () =>
    msg(
      "A file is not the one that this site was built with. Reload the page; if that does not help, copy the whole folder of the site again.",
    ),
  "no-webgpu": () => msg("This browser offers no WebGPU."),
  "unsupported-browser": () => msg("This browser cannot run the engine: it is too old."),
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

/** What the engine says, in words of the page where there are any. */
export function said(english: string, translated: (() => string) | undefined): Said {
  if (language() === "en") return { text: english, lang: null };
  return translated ? { text: translated(), lang: null } : { text: english, lang: "en" };
}

/** The same as a sentence of its own. */
export function asSentence({ text, lang }: Said): Said {
  return { text: sentence(text), lang };
}
