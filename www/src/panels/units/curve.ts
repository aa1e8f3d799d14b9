import { msg, str } from "@lit/localize";
import { html, nothing, svg } from "lit";
import { define } from "../../elements/define.js";
import { SpokenElement } from "../../elements/spoken.js";
import { base, css } from "../../elements/style.js";
import type { CurvePoint } from "../../engine/messages.js";
import { fixed, number, sentences } from "../../lab/language.js";

const [WIDTH, HEIGHT] = [440, 220];
const [LEFT, RIGHT, TOP, BOTTOM] = [44, 96, 12, 40];
const TICKS = [0, 0.25, 0.5, 0.75, 1];

const METRICS = ["purity", "selectivity"] as const;

const x = (alpha: number) => LEFT + alpha * (WIDTH - LEFT - RIGHT);
const y = (value: number) => HEIGHT - BOTTOM - value * (HEIGHT - TOP - BOTTOM);

/** Purity and selectivity while the units are turned into a random basis. */
export class BsUnitsCurve extends SpokenElement {
  static override properties = { points: { attribute: false } };
  static override styles = [
    base,
    css`
      svg {
        display: block;
        width: 100%;
        max-width: 34rem;
        height: auto;
        forced-color-adjust: none;
      }
      text {
        font: inherit;
        font-size: 13px;
        fill: var(--muted);
      }
      .grid {
        stroke: var(--rule);
      }
      .line {
        fill: none;
        stroke-width: 2.5;
      }
      .purity {
        stroke: var(--control);
        fill: var(--control);
      }
      .selectivity {
        stroke: var(--fool);
        fill: var(--fool);
      }
      .line.purity,
      .line.selectivity {
        fill: none;
      }
      text.purity,
      text.selectivity {
        stroke: none;
        font-weight: 650;
      }
      .idle {
        visibility: hidden;
      }
      summary {
        cursor: pointer;
        min-height: 44px;
        align-content: center;
        color: var(--label);
      }
      table {
        border-collapse: collapse;
        font-size: 0.875rem;
      }
      th,
      td {
        padding: 0.125rem 0.75rem 0.125rem 0;
        text-align: right;
        font-weight: 400;
      }
    `,
  ];

  declare points: CurvePoint[];

  protected override render() {
    const { points } = this;
    const [first, last] = [points[0], points.at(-1)];
    const words = METRICS.map((metric) =>
      first && last
        ? goes(metric, first[metric], last[metric])
        : metric === "purity"
          ? msg("Mean purity is not measured yet.")
          : msg("Mean selectivity is not measured yet."),
    );
    // Labels that would overlap move apart.
    const gap = last ? y(last.purity) - y(last.selectivity) : 0;
    const shift = Math.abs(gap) < 16 ? (16 - Math.abs(gap)) / 2 : 0;
    return html`
      <svg
        viewBox="0 0 ${WIDTH} ${HEIGHT}"
        role="img"
        aria-label=${sentences(...words).join("")}
        data-testid=${last ? "units-curve" : nothing}
      >
        ${TICKS.map(
          (tick) => svg`
            <line class="grid" x1=${x(0)} x2=${x(1)} y1=${y(tick)} y2=${y(tick)}></line>
            <text x=${LEFT - 8} y=${y(tick) + 4} text-anchor="end">${number(tick)}</text>`,
        )}
        <text x=${x(0)} y=${HEIGHT - 20} text-anchor="start">${msg("units (α = 0)")}</text>
        <text x=${x(1)} y=${HEIGHT - 20} text-anchor="end">${msg("random (α = 1)")}</text>
        ${METRICS.map((metric) => {
          if (!last) return nothing;
          const path = points.map((point) => `${x(point.alpha)},${y(point[metric])}`).join(" ");
          const aside = (metric === "purity") === gap > 0 ? shift : -shift;
          return svg`
            <polyline class="line ${metric}" points=${path} stroke-dasharray=${metric === "purity" ? "none" : "6 3"}></polyline>
            ${points.map((point) => svg`<circle class=${metric} r="3" cx=${x(point.alpha)} cy=${y(point[metric])}></circle>`)}
            <text class=${metric} x=${x(1) + 10} y=${y(last[metric]) + 4 + aside}>${nameOf(metric)}</text>`;
        })}
      </svg>
      <details class=${last ? "" : "idle"}>
        <summary class="small">${msg("The curve as a table")}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">α</th>
              <th scope="col">${msg("purity")}</th>
              <th scope="col">${msg("selectivity")}</th>
            </tr>
          </thead>
          <tbody class="number">
            ${points.map(
              (point) =>
                html`<tr>
                  <th scope="row">${fixed(point.alpha, 1)}</th>
                  <td>${fixed(point.purity, 3)}</td>
                  <td>${fixed(point.selectivity, 3)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </details>
    `;
  }
}

function nameOf(metric: "purity" | "selectivity"): string {
  return metric === "purity" ? msg("purity") : msg("selectivity");
}

function goes(metric: "purity" | "selectivity", first: number, last: number): string {
  const [from, to] = [fixed(first, 2), fixed(last, 2)];
  return metric === "purity"
    ? msg(str`From the units to a random basis, mean purity goes from ${from} to ${to}.`)
    : msg(str`From the units to a random basis, mean selectivity goes from ${from} to ${to}.`);
}

define("bs-units-curve", BsUnitsCurve);
