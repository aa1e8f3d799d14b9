import { msg, str } from "@lit/localize";
import { html, nothing, svg } from "lit";
import { define } from "../../elements/define.js";
import { mostLikely } from "../../engine/slices.js";
import { SpokenElement } from "../../elements/spoken.js";
import { base, css } from "../../elements/style.js";
import { percentOf, styled } from "../../elements/styled.js";
import { colourOf, onColour } from "./colours.js";
import { fixed, list } from "../../lab/language.js";

/** Classes that never become likelier than this are left out. */
const VISIBLE = 0.04;

/** Clipping by more than this, in lengths of the change, is hatched. */
const CLIPPED = 0.05;

/** Neighbouring points that are read alike. */
export interface Stretch {
  label: number;
  from: number;
  to: number;
}

/**
 * Probabilities along a line, and below them which digit is read where. A
 * pointer that moves over it sends "look" with its t.
 */
export class BsCurves extends SpokenElement {
  static override properties = {
    positions: { attribute: false },
    probabilities: { attribute: false },
    clipped: { attribute: false },
    at: { type: Number },
    what: { type: String },
  };
  static override styles = [
    base,
    css`
      :host {
        touch-action: pan-y;
        cursor: crosshair;
        user-select: none;
        forced-color-adjust: none;
      }
      .plot {
        position: relative;
        height: 8.5rem;
        background: var(--sheet);
        border: 1px solid var(--rule);
      }
      svg {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        overflow: visible;
      }
      path {
        fill: none;
        vector-effect: non-scaling-stroke;
        stroke-width: 2.5;
      }
      .casing {
        stroke: var(--ink);
        stroke-width: 4.5;
      }
      .half {
        stroke: var(--rule);
        stroke-width: 1;
      }
      .plot span,
      .axis span {
        position: absolute;
        transform: translateX(-50%);
        pointer-events: none;
      }
      .digit {
        margin-top: 0.25rem;
        min-width: 1.25rem;
        padding: 0 0.25rem;
        border-radius: 3px;
        font-weight: 750;
        line-height: 1.25rem;
        text-align: center;
      }
      .cursor {
        inset-block: 0;
        width: 2px;
        background: var(--ink);
      }
      .band {
        display: flex;
        height: 1.375rem;
        border: solid var(--rule);
        border-width: 0 1px 1px;
      }
      .band div {
        overflow: hidden;
        font-weight: 750;
        font-size: 0.9375rem;
        line-height: 1.375rem;
        text-align: center;
        white-space: nowrap;
      }
      .clipping {
        position: relative;
        height: 6px;
      }
      .clipping div {
        position: absolute;
        inset-block: 0;
        background: repeating-linear-gradient(-45deg, var(--control) 0 2px, transparent 2px 5px);
      }
      .axis span:first-child {
        transform: none;
      }
      .axis span:last-child {
        transform: translateX(-100%);
      }
      .axis {
        position: relative;
        height: 1.25rem;
        font-size: 0.8125rem;
        color: var(--muted);
      }
    `,
  ];

  declare positions: Float32Array | null;
  declare probabilities: Float32Array | null;
  declare clipped: Float32Array | null;
  /** Where the visitor looks; nowhere on this line where it is NaN. */
  declare at: number;
  /** What the line is, for those who do not see it. */
  declare what: string;

  constructor() {
    super();
    this.positions = this.probabilities = this.clipped = null;
    this.at = NaN;
    this.what = "";
    this.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse" || event.buttons > 0) this.#look(event);
    });
    this.addEventListener("pointerdown", (event) => this.#look(event));
  }

  protected override render() {
    const { positions, probabilities, clipped } = this;
    if (!positions || !probabilities)
      return html`<div class="plot"></div>
        <div class="band"></div>
        <div class="clipping"></div>
        <div class="axis"></div>`;
    const curves = visible(probabilities, positions.length);
    const stretches = stretchesOf(positions, probabilities);
    const place = (t: number) => styled({ left: percentOf(across(positions, t)) });
    return html`
      <div class="plot" role="img" aria-label="${this.what}. ${words(stretches)}">
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
          ${svg`<path class="half" d="M0 0.5H1" />`}
          ${curves.map(({ path, label }) => svg`<path class="casing" d=${path} /><path d=${path} stroke=${colourOf(label)} />`)}
        </svg>
        ${curves.map(({ label, peak }) => {
          const t = Math.min(0.97, Math.max(0.03, peak / (positions.length - 1)));
          return html`<span
            class="digit"
            ${styled({ left: percentOf(t), ...onColour(label) })}
            aria-hidden="true"
            >${label}</span
          >`;
        })}
        ${Number.isNaN(this.at) ? nothing : html`<span class="cursor" ${place(this.at)}></span>`}
      </div>
      <div class="band" aria-hidden="true">
        ${stretches.map(({ label, from, to }) => {
          const width = 100 * (across(positions, to) - across(positions, from));
          return html`<div ${styled({ width: `${width}%`, ...onColour(label) })}>
            ${width > 12 ? msg(str`reads ${label}`) : width > 4 ? label : nothing}
          </div>`;
        })}
      </div>
      <div class="clipping" aria-hidden="true">
        ${clipped ? stretchesWhere(clipped, CLIPPED).map(([left, right]) => html`<div ${styled({ left: percentOf(left), right: percentOf(1 - right) })}></div>`) : nothing}
      </div>
      <div class="axis" aria-hidden="true">
        ${ticks(positions).map((t) => html`<span ${place(t)}>${String(t).replace("-", "−")}</span>`)}
      </div>
    `;
  }

  #look(event: PointerEvent): void {
    const { positions } = this;
    const box = this.getBoundingClientRect();
    if (!positions || box.width === 0) return;
    const [first = 0, last = 0] = [positions[0], positions.at(-1)];
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    this.dispatchEvent(new CustomEvent("look", { detail: first + share * (last - first) }));
  }
}

/** Where t lies between the ends, from 0 to 1. */
function across(positions: Float32Array, t: number): number {
  const [first = 0, last = 1] = [positions[0], positions.at(-1)];
  return (t - first) / (last - first);
}

function ticks(positions: Float32Array): number[] {
  const [first = 0, last = 0] = [positions[0], positions.at(-1)];
  return Array.from({ length: Math.floor(last) - Math.ceil(first) + 1 }, (_, i) => Math.ceil(first) + i);
}

/** The curves that can be seen, each with the place of its peak. */
function visible(probabilities: Float32Array, points: number) {
  const classes = probabilities.length / points;
  return Array.from({ length: classes }, (_, label) => {
    const of = Float32Array.from({ length: points }, (_, i) => probabilities[classes * i + label] ?? 0);
    const peak = of.reduce((best, p, i) => (p > (of[best] ?? 0) ? i : best), 0);
    const steps = Array.from(of, (p, i) => `${(i / (points - 1)).toFixed(4)} ${(1 - p).toFixed(4)}`);
    return { label, peak, most: of[peak] ?? 0, path: `M${steps.join("L")}` };
  }).filter(({ most }) => most > VISIBLE);
}

/** Which digit is read where; borders lie halfway between two points. */
export function stretchesOf(positions: Float32Array, probabilities: Float32Array): Stretch[] {
  const stretches: Stretch[] = [];
  positions.forEach((t, i) => {
    const label = mostLikely(probabilities, probabilities.length / positions.length, i);
    const last = stretches.at(-1);
    if (last?.label === label) last.to = t;
    else {
      const border = last ? (last.to + t) / 2 : t;
      if (last) last.to = border;
      stretches.push({ label, from: border, to: t });
    }
  });
  return stretches;
}

/** Where numbers exceed a limit, as shares of the whole. */
function stretchesWhere(numbers: Float32Array, limit: number): [left: number, right: number][] {
  const stretches: [number, number][] = [];
  numbers.forEach((number, i) => {
    if (number <= limit) return;
    const last = stretches.at(-1);
    if (last && last[1] === i - 1) last[1] = i;
    else stretches.push([i, i]);
  });
  return stretches.map(([left, right]) => [left / (numbers.length - 1), right / (numbers.length - 1)]);
}

function words(stretches: Stretch[]): string {
  const parts = stretches.map(({ label, from, to }) => {
    const [start, end] = [fixed(from, 2), fixed(to, 2)];
    return msg(str`${label} from ${start} to ${end}`);
  });
  const all = list(parts);
  return msg(str`The network reads ${all}.`);
}

define("bs-curves", BsCurves);
