// Why a chapter has nothing to show, in words that follow the language of the page.

import { html, nothing, type TemplateResult } from "lit";
import type { BlindSpotsError } from "../engine/errors.js";
import { asSentence, failure, type Said } from "../lab/saying.js";

/** Says it. */
export type Problem = () => string | TemplateResult;

/** What the engine says of a failure. */
export function ofEngine(error: BlindSpotsError): Problem {
  return () => words(asSentence(failure(error)));
}

/** Words with the language that they are in. */
export function words({ text, lang }: Said): TemplateResult {
  return html`<span lang=${lang ?? nothing}>${text}</span>`;
}
