import { html, nothing } from "lit";
import { LabElement } from "../elements/base.js";
import { define } from "../elements/define.js";
import { base, controls } from "../elements/style.js";
import { pixelsOf } from "../engine/arrays.js";
import type { BoundsReport } from "../engine/messages.js";
import type { Slot } from "../lab/networks.js";
import { Bounding, type Outcome } from "./bounds/bounding.js";
import type { Mark } from "./bounds/scale.js";
import "./bounds/scale.js";
import { style } from "./bounds/style.js";

/** What no small change can do: the layers' bounds, a proof for the digit, and the attack beside them. */
export class BsBounds extends LabElement {
  static override styles = [base, controls, style];

  #bounding: Bounding | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#bounding?.forget();
  }

  protected override willUpdate(): void {
    this.#bounding ??= new Bounding(this.lab, () => this.requestUpdate());
    this.#bounding.follow();
  }

  protected override render() {
    const { bounds, outcome, problem, fresh, slot } = this.#bounding ?? {};
    const working = slot && this.lab.image && !fresh;
    return html`
      <p class="intro">
        An attack shows a change that fools the network. It never shows that no smaller one exists. That takes
        a <b>proof</b>, and there are two: the paper's own, from the size of every layer, and a sharper one
        that came later.
      </p>
      ${this.#wish()}
      <div role="alert">${problem ? html`<p class="waiting">${problem}</p>` : nothing}</div>
      <div
        class=${working && !problem ? "old" : ""}
        data-testid="bounds-outcome"
        data-fresh=${String(fresh ?? false)}
      >
        <div role="status">${outcome ? verdict(outcome) : nothing}</div>
        ${
          outcome
            ? figure(outcome)
            : problem
              ? nothing
              : html`<p class="waiting" data-testid="bounds-waiting">
                  ${this.lab.image ? "Proving …" : "Draw a digit, or choose one, to see what cannot fool the network on it."}
                </p>`
        }
        ${bounds?.slot ? tables(bounds.slot, bounds.report) : nothing}
      </div>
    `;
  }

  /** How far the proof is, and the way to end it; its place is there before. */
  #work() {
    const { working, cancelled, progress } = this.#bounding ?? {};
    if (cancelled) {
      return html`<p class="small">The proof was cancelled.</p>
        <button type="button" @click=${() => this.#bounding?.resume()}>Prove again</button>`;
    }
    if (!working) return nothing;
    return html`<progress aria-label="Proof" max="1" .value=${progress ?? 0}></progress>
      <button type="button" @click=${() => this.#bounding?.cancel()}>Cancel</button>`;
  }

  #wish() {
    return html`<div class="wish">
      ${this.#network()}
      <div class="work">${this.#work()}</div>
      <p class="small muted">
        A proof takes about a second for the networks of this page, longer for a large one of yours.
      </p>
    </div>`;
  }

  #network() {
    const { lab } = this;
    if (this.hides("model")) return nothing;
    return html`<label>
      Network
      <select
        aria-label="Network to bound"
        @change=${(event: Event) => lab.choose({ model: (event.target as HTMLSelectElement).value })}
      >
        ${lab.ready.map(
          ({ name, title }) =>
            html`<option value=${name} .selected=${name === lab.chosen?.name}>${title}</option>`,
        )}
      </select>
    </label>`;
  }
}

/** The lengths of the longest change that is proved harmless, and of the shortest found that fools. */
function lengths(outcome: Outcome): { safe: number; found: number | null } {
  const proved = marksOf(outcome).filter(({ kind }) => kind === "safe");
  const { attack } = outcome;
  return {
    safe: Math.max(0, ...proved.map(({ length }) => length)),
    found: misread(outcome) ? 0 : attack.success ? attack.l2 : null,
  };
}

/** One sentence. */
function verdict(outcome: Outcome) {
  const { slot, label, certificate } = outcome;
  if (misread(outcome)) {
    return html`<p class="verdict" data-testid="bounds-verdict">
      ${slot.title} reads this ${label} as ${certificate.predicted}: it needs no change to be fooled.
    </p>`;
  }
  const { safe, found } = lengths(outcome);
  return html`
    <p class="verdict" data-testid="bounds-verdict" data-safe=${safe} data-found=${found ?? ""}>
      ${
        safe > 0
          ? html`No change shorter than <b class="number">${number(safe)}</b> can make ${slot.title} misread
              this ${label}.`
          : html`How short a change can make ${slot.title} misread this ${label} is unknown.`
      }
      ${
        found === null
          ? "No change that does was found."
          : html`One of <b class="one number">${number(found)}</b> does.`
      }
    </p>
  `;
}

/** The scale, and what its marks are. */
function figure(outcome: Outcome) {
  const { slot } = outcome;
  const marks = marksOf(outcome);
  const longest = Math.sqrt(slot.model ? pixelsOf(slot.model.image) : 1);
  const { safe, found } = lengths(outcome);
  const words = [
    safe > 0
      ? `Nothing shorter than ${number(safe)} fools it.`
      : "How small a change can fool it is unknown.",
    found === null ? "No change that does was found." : `One of ${number(found)} does.`,
  ].join(" ");
  return html`
    <div class="figure">
      <bs-scale .marks=${marks} .longest=${longest} what="Lengths of changes. ${words}"></bs-scale>
      <p class="small muted">
        Length of a change: the square root of the sum of its squared pixels, from white 0 to black 1. Each
        step is ten times the one before. Up to the last proof (green), every change is harmless. Then
        (hatched) nobody knows. From the attack on (red), there are changes that fool it.
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
      <b>${letter}</b><b class="number">${length === null ? "–" : number(length)}</b><span>${words}</span>
    </li>`;
  if (misread(outcome)) {
    const nothingToProve = "There is nothing to prove: the network misreads the digit as it is.";
    return html`<ul class="key">
      ${line("A", null, `The paper's proof. ${nothingToProve}`)}
      ${line("B", null, `Linear relaxation. ${nothingToProve}`)}
      ${line("C", 0, "The attack: the smallest change is none at all. Every change that leads to the right answer would be a correction.", true)}
    </ul>`;
  }
  return html`<ul class="key">
    ${line(
      "A",
      norms,
      norms === null
        ? "The paper's proof says nothing here: one of the layers below has no bound."
        : html`The paper's proof: the lead of the right answer, divided by how much a change can grow through
          all layers.`,
    )}
    ${line(
      "B",
      radius,
      refused === null
        ? html`Linear relaxation (<a
              href="https://arxiv.org/abs/1811.00866"
              target="_blank"
              rel="noopener noreferrer"
              >CROWN, 2018</a
            >): every unit is held between two straight lines, on just the images around this one.`
        : html`Linear relaxation says nothing here: ${refused}.`,
    )}
    ${line(
      "C",
      attack.success ? attack.l2 : null,
      "The attack: the smallest change that was found. A smaller one may exist between the proofs and it.",
      true,
    )}
  </ul>`;
}

function tables(slot: Slot, { layers, product, quoted }: BoundsReport) {
  return html`
    <div class="tables">
      <section aria-label="Layers of ${slot.title}">
        <h3>How much each layer of ${slot.title} can lengthen a change</h3>
        <table data-testid="bounds-layers">
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">times at most</th>
              <th scope="col">up to here</th>
            </tr>
          </thead>
          <tbody>
            ${layers.map(
              ({ what, constant, exact, fromImage, unbounded }) =>
                html`<tr>
                  <th scope="row">
                    ${what} ${unbounded ? html`<span class="why">no bound: ${unbounded}</span>` : nothing}
                    ${exact === null ? nothing : html`<span class="why">itself ${number(exact)}</span>`}
                  </th>
                  <td class="number">${constant === null ? "–" : number(constant)}</td>
                  <td class="number">${fromImage === null ? "unknown" : number(fromImage)}</td>
                </tr>`,
            )}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">All together</th>
              <td></td>
              <td class="number" data-testid="bounds-product">
                ${product === null ? "unknown" : number(product)}
              </td>
            </tr>
          </tfoot>
        </table>
      </section>
      <section aria-label="The paper's figures">
        <h3>The paper's figures, for AlexNet</h3>
        <table>
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">times at most</th>
            </tr>
          </thead>
          <tbody>
            ${quoted.map(
              ({ layer, size, bound }) =>
                html`<tr>
                  <th scope="row">${layer} <span class="why">${size}</span></th>
                  <td class="number">${bound}</td>
                </tr>`,
            )}
          </tbody>
        </table>
        <p class="small muted">
          Quoted from section 4.3; the colour photographs it reads are larger than digits.
        </p>
      </section>
    </div>
    <div class="lesson">
      <p>
        A layer that multiplies lengths by 10 <b>may</b> turn a change of 0.1 into one of 1. A large number
        doesn't prove weakness: the layers' worst directions may not line up. A small one would prove
        strength, which is why the paper suggests training networks whose layers stay small.
      </p>
    </div>
  `;
}

/** Three digits that count. */
function number(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return value === 0 ? "0" : String(Number(value.toPrecision(3)));
}

define("bs-bounds", BsBounds);
