import { css, html, nothing } from "lit";
import { LabElement } from "../../elements/base.js";
import { define } from "../../elements/define.js";
import { base, controls } from "../../elements/style.js";
import { counted } from "../../engine/counted.js";
import type { ComparisonReport, ContrastReport } from "../../engine/messages.js";
import "./curve.js";
import type { UnitsState } from "./state.js";

/** Below this a difference is called one. */
const LEVEL = 0.05;

/** All units against many random directions, in numbers. */
export class BsUnitsNumbers extends LabElement {
  static override properties = { state: { attribute: false } };
  static override styles = [
    base,
    controls,
    css`
      .found {
        display: grid;
        gap: 1.25rem 2rem;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr));
        align-items: start;
      }
      table {
        width: 100%;
        table-layout: fixed;
        border-collapse: collapse;
        background: var(--sheet);
        border: 1px solid var(--rule);
      }
      th,
      td {
        padding: 0.375rem 0.5rem;
        border-top: 1px solid var(--rule);
        text-align: right;
        vertical-align: top;
        overflow-wrap: anywhere;
      }
      thead th {
        width: 20%;
        background: var(--field);
        color: var(--label);
        font-size: 0.875rem;
        line-height: 1.2;
      }
      tbody th {
        text-align: left;
        font-weight: 600;
      }
      tbody th span {
        display: block;
        font-weight: 400;
        line-height: 1.25;
      }
      /* Room for the longest verdict. */
      .sum-up {
        min-height: 3lh;
        margin-top: 0.75rem;
        text-wrap: pretty;
      }
      @media (max-width: 34rem) {
        .sum-up {
          min-height: 8lh;
        }
        th,
        td {
          padding-inline: 0.25rem;
        }
        thead th:nth-child(3) {
          width: 24%;
        }
      }
      .run {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 1rem;
        min-height: 44px;
        margin-bottom: 0.75rem;
      }
      progress {
        flex: 1 1 10rem;
        max-width: 24rem;
        accent-color: var(--control);
      }
      figcaption {
        margin-bottom: 0.5rem;
      }
    `,
  ];

  declare state: UnitsState;

  protected override render() {
    const { comparison } = this.state;
    return html`
      <div class="run">${comparison ? this.#done(comparison) : this.#wish()}</div>
      ${this.#found(comparison)}
      <div class="sum-up" role="status">
        ${comparison ? html`<p data-testid="units-verdict">${verdict(comparison)}</p>` : nothing}
      </div>
    `;
  }

  #wish() {
    const { comparing, order, shown } = this.state;
    if (comparing !== null)
      return html`<progress aria-label="Comparison" max="1" .value=${comparing}></progress>
        <button type="button" @click=${() => this.state.stopComparing()}>Cancel</button>`;
    const units = order.unit.length;
    const directions = shown?.directions.top.length ?? 0;
    return html`<button type="button" ?disabled=${units === 0} @click=${() => this.state.compare()}>
      Compare ${units === 1 ? "the only unit" : `all ${counted(units, "unit")}`} with
      ${counted(directions, "direction")}
    </button>`;
  }

  #done({ units, directions }: ComparisonReport) {
    return html`<p class="small muted">
      ${units === 1 ? "The only unit" : `All ${counted(units, "unit")}`}, compared with
      ${counted(directions, "direction")}.
    </p>`;
  }

  /** The table and the curve; with dots where nothing is measured yet. */
  #found(report: ComparisonReport | null) {
    const judged = report?.forcedChoice;
    const percent = (share: number) => `${Math.round(100 * share)} %`;
    return html`<div class="found">
      <div>
        <table data-testid="units-numbers">
          <thead>
            <tr>
              <td></td>
              <th scope="col">Units</th>
              <th scope="col">Directions</th>
              <th scope="col">p</th>
            </tr>
          </thead>
          <tbody class="number">
            ${contrast("Purity", "share of the commonest digit in a row", report?.purity)}
            ${contrast("Selectivity", "favourite digit against the others", report?.selectivity)}
            <tr>
              <th scope="row">
                Automatic judge
                <span class="small muted">
                  plays the quiz, knowing all other rows; 95 % interval
                  ${judged ? `${percent(judged.low)} to ${percent(judged.high)}` : "…"}
                </span>
              </th>
              <td colspan="3">
                ${judged ? `${judged.hits} of ${judged.trials} right, ${percent(judged.hits / judged.trials)}` : "…"}
              </td>
            </tr>
          </tbody>
        </table>
      </div>
      <figure>
        <figcaption class="small muted">
          The units turned step by step into a random basis, Qᵅ, as in <cite>Network Dissection</cite>.
        </figcaption>
        <bs-units-curve .points=${report?.curve ?? []}></bs-units-curve>
      </figure>
    </div>`;
  }
}

function contrast(title: string, meaning: string, found: ContrastReport | undefined) {
  return html`<tr>
    <th scope="row">${title}<span class="small muted">${meaning}</span></th>
    <td>${found?.units.toFixed(3) ?? "…"}</td>
    <td>${found?.directions.toFixed(3) ?? "…"}</td>
    <td>${found ? Number(found.p.toPrecision(2)) : "…"}</td>
  </tr>`;
}

/** What the numbers say, for and against the paper. */
function verdict({ purity, selectivity }: ComparisonReport): string {
  const larger = ({ units, directions }: ContrastReport) => (units > directions ? "more" : "less");
  const rows =
    purity.p < LEVEL
      ? `By its rows, a unit of this layer is ${larger(purity)} pure than a direction.`
      : "By their rows, as the paper looked at them, units and directions cannot be told apart here.";
  const means =
    selectivity.p < LEVEL
      ? `By all their answers they can: units are ${larger(selectivity)} selective. Part of that is built in: a unit's output is one-sided, while a mixture swings around its mean.`
      : "Their selectivity is the same, too.";
  return `${rows} ${means}`;
}

define("bs-units-numbers", BsUnitsNumbers);
