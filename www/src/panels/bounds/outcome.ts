// What is known of a digit, in words and on a scale: for the panel of bounds, and for the chapter.

import { msg, str } from "@lit/localize";
import { html, type TemplateResult } from "lit";
import { pixelsOf } from "../../engine/arrays.js";
import { number, sentences } from "../../lab/language.js";
import type { Outcome } from "./bounding.js";
import type { Mark } from "./scale.js";
import "./scale.js";

/** The lengths of the longest change that is proved harmless, and of the shortest found that fools. */
function lengths(outcome: Outcome): { safe: number; found: number | null } {
  const proved = marksOf(outcome).filter(({ kind }) => kind === "safe");
  const { attack } = outcome;
  return {
    safe: Math.max(0, ...proved.map(({ length }) => length)),
    found: misread(outcome) ? 0 : attack.success ? attack.l2 : null,
  };
}

/** What is known of the digit, in two sentences. */
export function verdict(outcome: Outcome) {
  const { slot, label, certificate } = outcome;
  const { title } = slot;
  const { predicted } = certificate;
  if (misread(outcome)) {
    return html`<p class="verdict" data-testid="bounds-verdict">
      ${msg(str`${title} reads this ${label} as ${predicted}: it needs no change to be fooled.`)}
    </p>`;
  }
  const { safe, found } = lengths(outcome);
  const [bound, shortest] = [digits(safe), digits(found ?? 0)];
  return html`
    <p class="verdict" data-testid="bounds-verdict" data-safe=${safe} data-found=${found ?? ""}>
      ${sentences<string | TemplateResult>(
        safe > 0
          ? msg(
              html`No change shorter than <b class="number">${bound}</b> can make ${title} misread this
                ${label}.`,
            )
          : msg(str`How short a change can make ${title} misread this ${label} is unknown.`),
        found === null
          ? msg("No change that does was found.")
          : msg(html`One of <b class="one number">${shortest}</b> does.`),
      )}
    </p>
  `;
}

/** The scale, and what its marks are. */
export function figure(outcome: Outcome) {
  const { slot } = outcome;
  const marks = marksOf(outcome);
  const longest = Math.sqrt(slot.model ? pixelsOf(slot.model.image) : 1);
  const { safe, found } = lengths(outcome);
  const [bound, shortest] = [digits(safe), digits(found ?? 0)];
  const words = sentences(
    msg("Lengths of changes."),
    safe > 0
      ? msg(str`Nothing shorter than ${bound} fools it.`)
      : msg("How small a change can fool it is unknown."),
    found === null ? msg("No change that does was found.") : msg(str`One of ${shortest} does.`),
  ).join("");
  return html`
    <div class="figure">
      <bs-scale .marks=${marks} .longest=${longest} what=${words}></bs-scale>
      <p class="small muted">
        ${msg("Length of a change: the square root of the sum of its squared pixels, from white 0 to black 1. Each step is ten times the one before. Up to the last proof, every change is harmless. Then (hatched) nobody knows. From the attack on, there are changes that fool it.")}
      </p>
      ${key(outcome)}
    </div>
  `;
}

function marksOf(outcome: Outcome): Mark[] {
  if (misread(outcome)) return [{ letter: "C", length: 0, kind: "fooled" }];
  const {
    certificate: { product, rows, radius },
    attack,
  } = outcome;
  const marks: Mark[] = [];
  const norms = rows ?? product;
  if (norms !== null) marks.push({ letter: "A", length: norms, kind: "safe" });
  if (radius !== null) marks.push({ letter: "B", length: radius, kind: "safe" });
  if (attack.success) marks.push({ letter: "C", length: attack.l2, kind: "fooled" });
  return marks;
}

/** Whether the network needs no change to be fooled. */
function misread({ certificate, label }: Outcome): boolean {
  return certificate.predicted !== label;
}

function key(outcome: Outcome) {
  const { certificate, attack } = outcome;
  const { product, rows, radius, refused } = certificate;
  const norms = rows ?? product;
  const line = (letter: string, length: number | null, words: unknown, found = false) =>
    html`<li class=${found ? "found" : ""} data-mark=${letter} data-length=${length ?? ""}>
      <b>${letter}</b><b class="number">${length === null ? "–" : digits(length)}</b><span>${words}</span>
    </li>`;
  if (misread(outcome)) {
    const nothingToProve = msg("There is nothing to prove: the network misreads the digit as it is.");
    return html`<ul class="key">
      ${line("A", null, nothingToProve)} ${line("B", null, nothingToProve)}
      ${line("C", 0, msg("The attack: the smallest change is none at all. Every change that leads to the right answer would be a correction."), true)}
    </ul>`;
  }
  return html`<ul class="key">
    ${line(
      "A",
      norms,
      norms === null
        ? msg("The paper's proof says nothing here: one of the layers below has no bound.")
        : msg(
            "The paper's proof: the lead of the right answer, divided by how much a change can grow through all layers.",
          ),
    )}
    ${line(
      "B",
      radius,
      refused === null
        ? msg(
            html`Linear relaxation (<a
                href="https://arxiv.org/abs/1811.00866"
                target="_blank"
                rel="noopener noreferrer"
                >CROWN, 2018</a
              >): every unit is held between two straight lines, on just the images around this one.`,
          )
        : msg(html`Linear relaxation says nothing here: <span lang="en">${refused}</span>.`),
    )}
    ${line(
      "C",
      attack.success ? attack.l2 : null,
      msg(
        "The attack: the smallest change that was found. A smaller one may exist between the proofs and it.",
      ),
      true,
    )}
  </ul>`;
}

/** Three digits that count. */
export function digits(value: number): string {
  if (value >= 1000) return number(Math.round(value));
  return number(value, { maximumSignificantDigits: 3 });
}
