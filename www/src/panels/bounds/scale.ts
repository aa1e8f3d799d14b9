import { html, nothing } from "lit";
import { define } from "../../elements/define.js";
import { SpokenElement } from "../../elements/spoken.js";
import { base, css } from "../../elements/style.js";
import { styled } from "../../elements/styled.js";
import { number } from "../../lab/language.js";

/** A length on the scale. */
export interface Mark {
  /** A letter that the list below explains. */
  letter: string;
  length: number;
  /** Nothing shorter fools, or one of this length does. */
  kind: "safe" | "fooled";
}

/** Lengths of changes on a line, each step ten times the one before. */
export class BsScale extends SpokenElement {
  static override properties = {
    marks: { attribute: false },
    longest: { type: Number },
    what: { type: String },
  };
  declare marks: readonly Mark[];
  /** The longest change between two images: √n of n pixels. */
  declare longest: number;
  declare what: string;

  static override styles = [
    base,
    css`
      .line {
        position: relative;
        height: 6.25rem;
        margin: 2rem 1.75rem 0;
        forced-color-adjust: none;
      }
      .zone {
        position: absolute;
        top: 2.5rem;
        height: 1.5rem;
        border: 1.5px solid var(--control);
        border-inline-width: 0;
      }
      .safe {
        background: var(--field);
        border-left-width: 1.5px;
      }
      .open {
        background: var(--hatched) var(--sheet);
      }
      .fooled {
        background: var(--fool-fill);
        border-right-width: 1.5px;
      }
      .mark {
        position: absolute;
        top: 0;
        height: 4rem;
        border-left: 2px solid var(--ink);
      }
      .mark span {
        position: absolute;
        /* Beside its line, so that two lines in one place keep their letters apart. */
        right: 0.125rem;
        width: 1.75rem;
        line-height: 1.75rem;
        border-radius: 50%;
        text-align: center;
        font-weight: 700;
        background: var(--control);
        color: var(--sheet);
      }
      .mark.high {
        top: -2rem;
        height: 6rem;
      }
      .mark.found span {
        right: auto;
        left: 0.125rem;
        background: var(--fool-fill);
        color: var(--on-fool);
      }
      .tick {
        position: absolute;
        top: 4rem;
        width: 4rem;
        margin-left: -2rem;
        padding-top: 0.5rem;
        text-align: center;
        font-size: 0.875rem;
        color: var(--muted);
      }
      .tick::before {
        content: "";
        position: absolute;
        left: calc(50% - 0.5px);
        top: 0;
        height: 0.4rem;
        border-left: 1px solid var(--muted);
      }
    `,
  ];

  constructor() {
    super();
    this.marks = [];
    this.longest = 1;
    this.what = "";
  }

  protected override render() {
    const { marks } = this;
    const lengths = marks.map(({ length }) => length).filter((length) => length > 0);
    // Whole powers of ten, with room to the left of the shortest.
    const first = Math.floor(Math.log10(Math.min(0.1, ...lengths)) - 0.15);
    const last = Math.log10(this.longest);
    const at = (length: number) =>
      length > 0 ? Math.min(100, Math.max(0, (100 * (Math.log10(length) - first)) / (last - first))) : 0;
    const safe = Math.max(0, ...marks.filter(({ kind }) => kind === "safe").map(({ length }) => at(length)));
    const fooled = Math.min(
      100,
      ...marks.filter(({ kind }) => kind === "fooled").map(({ length }) => at(length)),
    );
    const ticks = Array.from({ length: Math.floor(last) - first + 1 }, (_, i) => first + i);
    const zone = (name: string, from: number, to: number) =>
      to > from
        ? html`<div class="zone ${name}" ${styled({ left: `${from}%`, width: `${to - from}%` })}></div>`
        : nothing;
    return html`<div class="line number" role="img" aria-label=${this.what}>
      ${zone("safe", 0, safe)}${zone("open", safe, fooled)}${zone("fooled", fooled, 100)}
      ${ticks.map((power) => html`<div class="tick" ${styled({ left: `${at(10 ** power)}%` })}>${tick(power)}</div>`)}
      ${marks.map(
        ({ letter, length, kind }, i) =>
          html`<div
            class="mark ${kind === "fooled" ? "found" : i === 0 ? "high" : ""}"
            ${styled({ left: `${at(length)}%` })}
          >
            <span>${letter}</span>
          </div>`,
      )}
    </div>`;
  }
}

/** 0.001, 0.01, 0.1, 1, 10; smaller ones as powers. */
function tick(power: number) {
  return power < -4 ? html`10<sup>${power}</sup>` : number(10 ** power, { maximumFractionDigits: 4 });
}

define("bs-scale", BsScale);
