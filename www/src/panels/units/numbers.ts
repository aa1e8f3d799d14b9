import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { LabElement } from "../../elements/base.js";
import { csvButton } from "../../elements/csv.js";
import { define } from "../../elements/define.js";
import { base, controls, css } from "../../elements/style.js";
import type { ComparisonReport, ContrastReport } from "../../engine/messages.js";
import { curveTable, numbersTable } from "./csv.js";
import "./curve.js";
import type { UnitsState } from "./state.js";
import { fixed, number, percent, plural, sentences } from "../../lab/language.js";

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
      .take {
        margin-top: 0.5rem;
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
      return html`<progress aria-label=${msg("Comparison")} max="1" .value=${comparing}></progress>
        <button type="button" @click=${() => this.state.stopComparing()}>${msg("Cancel")}</button>`;
    const units = order.unit.length;
    const directions = shown?.directions.top.length ?? 0;
    const [count, others] = [number(units), number(directions)];
    return html`<button type="button" ?disabled=${units === 0} @click=${() => this.state.compare()}>
      ${plural(units, {
        one: msg(str`Compare the only unit with ${others} directions`),
        other: msg(str`Compare all ${count} units with ${others} directions`),
      })}
    </button>`;
  }

  #done({ units, directions }: ComparisonReport) {
    const [count, others] = [number(units), number(directions)];
    return html`<p class="small muted">
      ${plural(units, {
        one: msg(str`The only unit, compared with ${others} directions.`),
        other: msg(str`All ${count} units, compared with ${others} directions.`),
      })}
    </p>`;
  }

  /** The table and the curve; with dots where nothing is measured yet. */
  #found(report: ComparisonReport | null) {
    const judged = report?.forcedChoice;
    const [low, high] = [percent(judged?.low ?? 0), percent(judged?.high ?? 0)];
    const { hits, trials } = judged ?? { hits: 0, trials: 1 };
    const share = percent(hits / trials);
    return html`<div class="found">
      <div>
        <table data-testid="units-numbers">
          <thead>
            <tr>
              <td></td>
              <th scope="col">${msg("Units")}</th>
              <th scope="col">${msg("Directions")}</th>
              <th scope="col">p</th>
            </tr>
          </thead>
          <tbody class="number">
            ${contrast(msg("Purity"), msg("share of the commonest digit in a row"), report?.purity)}
            ${contrast(msg("Selectivity"), msg("favourite digit against the others"), report?.selectivity)}
            <tr>
              <th scope="row">
                ${msg("Automatic judge")}
                <span class="small muted">
                  ${
                    judged
                      ? msg(str`plays the quiz, knowing all other rows; 95% interval ${low} to ${high}`)
                      : msg("plays the quiz, knowing all other rows; 95% interval …")
                  }
                </span>
              </th>
              <td colspan="3">${judged ? msg(str`${hits} of ${trials} right, ${share}`) : "…"}</td>
            </tr>
          </tbody>
        </table>
        <div class="take">
          ${csvButton("units", msg("In numbers"), report ? () => numbersTable(report) : null)}
        </div>
      </div>
      <figure>
        <figcaption class="small muted">
          ${msg(html`The units turned step by step into a random basis, Qᵅ, as in <cite>Network Dissection</cite>.`)}
        </figcaption>
        <bs-units-curve .points=${report?.curve ?? []}></bs-units-curve>
        ${csvButton("units-curve", msg("The curve as a table"), report ? () => curveTable(report) : null)}
      </figure>
    </div>`;
  }
}

function contrast(title: string, meaning: string, found: ContrastReport | undefined) {
  return html`<tr>
    <th scope="row">${title}<span class="small muted">${meaning}</span></th>
    <td>${found ? fixed(found.units, 3) : "…"}</td>
    <td>${found ? fixed(found.directions, 3) : "…"}</td>
    <td>${found ? number(found.p, { maximumSignificantDigits: 2 }) : "…"}</td>
  </tr>`;
}

/** What the numbers say, for and against the paper. */
function verdict({ purity, selectivity }: ComparisonReport): string {
  const more = ({ units, directions }: ContrastReport) => units > directions;
  const rows =
    purity.p >= LEVEL
      ? msg("By their rows, as the paper looked at them, units and directions cannot be told apart here.")
      : more(purity)
        ? msg("By its rows, a unit of this layer is more pure than a direction.")
        : msg("By its rows, a unit of this layer is less pure than a direction.");
  if (selectivity.p >= LEVEL) return sentences(rows, msg("Their selectivity is the same, too.")).join("");
  const means = more(selectivity)
    ? msg(
        "By all their answers they can: units are more selective. Part of that is built in: a unit's output is one-sided, while a mixture swings around its mean.",
      )
    : msg(
        "By all their answers they can: units are less selective. Part of that is built in: a unit's output is one-sided, while a mixture swings around its mean.",
      );
  return sentences(rows, means).join("");
}

define("bs-units-numbers", BsUnitsNumbers);
