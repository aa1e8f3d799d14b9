import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { define } from "../../elements/define.js";
import "../../elements/digit.js";
import { SpokenElement } from "../../elements/spoken.js";
import { base, css } from "../../elements/style.js";
import { styled } from "../../elements/styled.js";
import type { Slot } from "../../lab/networks.js";
import { verdict } from "../../lab/verdict.js";
import type { Experiment, Shown } from "./experiment.js";
import { halfOf, paperRow, type Group } from "./networks.js";
import { fixed, number, percent, sentences } from "../../lab/language.js";

/** "Made for × shown to": a row an experiment's row, a column a network. */
export class BsTransferTable extends SpokenElement {
  static override properties = {
    experiment: { attribute: false },
    group: { attribute: false },
    networks: { attribute: false },
    cells: { type: Boolean },
    single: { attribute: false },
    step: { type: Number },
  };
  static override styles = [
    base,
    css`
      .scroll {
        /* Words for screen readers stay inside. */
        position: relative;
        overflow-x: auto;
        border: 1px solid var(--rule);
        background: var(--sheet);
      }
      table {
        width: 100%;
        border-collapse: separate;
        border-spacing: 0;
      }
      th,
      td {
        padding: 0.375rem 0.5rem;
        border: solid var(--rule);
        border-width: 0 0 1px 1px;
        text-align: center;
        font-weight: inherit;
        line-height: 1.2;
      }
      tr > :first-child {
        border-left: 0;
      }
      tbody:last-of-type tr:last-child > * {
        border-bottom: 0;
      }
      thead th {
        background: var(--field);
        color: var(--label);
        font-size: 0.8125rem;
        font-weight: 600;
        min-width: 4.75rem;
      }
      tbody th {
        position: sticky;
        left: 0;
        z-index: 1;
        min-width: 8.5rem;
        text-align: left;
        font-size: 0.9375rem;
        font-weight: 600;
        background: var(--sheet);
      }
      .made {
        display: flex;
        align-items: center;
        gap: 0.5rem;
      }
      .made bs-digit {
        flex: none;
        width: 44px;
      }
      thead .corner {
        position: sticky;
        left: 0;
        z-index: 1;
        min-width: 8.5rem;
        text-align: left;
      }
      .half > *,
      .half-start {
        border-top: 3px solid var(--control);
      }
      .column-start {
        border-left: 3px solid var(--control);
      }
      td {
        background: color-mix(in srgb, var(--fool-fill) calc(45% * var(--share, 0)), var(--sheet));
      }
      .own {
        outline: 2px solid var(--control);
        outline-offset: -3px;
      }
      .main {
        display: block;
        white-space: nowrap;
        font-size: 1.125rem;
        font-weight: 650;
      }
      .error {
        display: block;
        font-size: 0.75rem;
      }
      .paper {
        display: block;
        margin-top: 0.125rem;
        font-size: 0.875rem;
        font-style: italic;
      }
      /* Room for the paper's figures, so that nothing moves when they are shown. */
      .quotes tbody td {
        height: 4.25rem;
      }
      .fooled {
        background: var(--fool-fill);
        color: var(--on-fool);
        outline-color: var(--on-fool);
        forced-color-adjust: none;
      }
      .fooled .main {
        text-decoration: underline 2px;
        text-underline-offset: 3px;
      }
      .already {
        background: var(--hatched);
        forced-color-adjust: none;
      }
      .noise th {
        font-weight: 400;
      }
      /* Of another magnification, until the new one is counted. */
      .old > td {
        opacity: 0.6;
      }
      .blank {
        color: var(--muted);
      }
      @media (max-width: 30rem) {
        th,
        td {
          padding-inline: 0.25rem;
        }
        thead th {
          min-width: 3.75rem;
        }
        thead .corner,
        tbody th {
          min-width: 6rem;
          padding-left: 0.5rem;
        }
        .made bs-digit {
          display: none;
        }
      }
      .size {
        font-size: 0.9375rem;
      }
      /* Nobody scrolls paper: all twelve networks have to stand side by side. */
      @media print {
        .scroll {
          overflow: visible;
        }
        th,
        td {
          padding-inline: 0.125rem;
        }
        thead th {
          min-width: 0;
          font-size: 0.625rem;
        }
        thead .corner,
        tbody th {
          min-width: 5.5rem;
          padding-left: 0.25rem;
          font-size: 0.75rem;
        }
        .made bs-digit {
          width: 28px;
        }
        .main,
        .size {
          font-size: 0.875rem;
        }
      }
    `,
  ];

  declare experiment: Experiment | null;
  declare group: Group;
  declare networks: readonly Slot[];
  /** Whether the paper's cells are shown. */
  declare cells: boolean;
  /** For one digit: what each network reads in the original; `null` for many digits. */
  declare single: readonly (number | undefined)[] | null;
  /** Changes whenever the experiment has: its tallies are counted in place. */
  declare step: number;

  constructor() {
    super();
    this.experiment = null;
    this.networks = [];
    this.cells = false;
    this.single = null;
    this.step = 0;
  }

  protected override render() {
    const { experiment, networks, group } = this;
    if (!experiment) return nothing;
    const { shown } = experiment;
    const halves = group.name === "halves";
    const starts = (at: number) => {
      const [slot, before] = [networks[at], networks[at - 1]];
      return halves && slot && before && halfOf(slot) !== halfOf(before) ? "column-start" : "";
    };
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${msg("Made for, shown to")}>
      <table class=${this.group.table && !this.single ? "quotes" : ""} data-testid="transfer-table">
        <caption class="unseen">
          ${sentences(
            msg("Rows: what the images were made for. Columns: the network that is shown them."),
            this.single ? msg("Cells: what it reads.") : msg("Cells: how many of them it misreads."),
          )}
        </caption>
        <thead>
          ${
            halves
              ? html`<tr>
                  <th class="corner"><span class="unseen">${msg("Trained on")}</span></th>
                  ${halfHeads(networks)}
                  <td></td>
                </tr>`
              : nothing
          }
          <tr>
            <th scope="col" class="corner">${msg("Made for ↓, shown to →")}</th>
            ${networks.map(({ title }, at) => html`<th scope="col" class=${starts(at)}>${shorter(title, halves)}</th>`)}
            <th scope="col">${this.single ? msg("Distortion") : msg("Mean distortion")}</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map((row, at) => this.#row(experiment, row, at, shown[at - 1], starts))}
          ${shown.some(({ follows }) => follows) ? nothing : this.#spare(starts)}
        </tbody>
      </table>
    </div>`;
  }

  /** The place of the noise that follows a magnification. */
  #spare(starts: (at: number) => string) {
    return html`<tr class="noise" aria-hidden="true">
      <th scope="row"><span class="made">${msg("Gaussian noise, as strong as what is magnified")}</span></th>
      ${this.networks.map((_, network) => html`<td class="number ${starts(network)}">${this.#blank()}</td>`)}
      <td></td>
    </tr>`;
  }

  /** As high as a result. */
  #blank() {
    return html`<span class="main blank" aria-hidden="true">·</span>${
        this.single ? nothing : html`<span class="error" aria-hidden="true">&nbsp;</span>`
      }`;
  }

  #row(
    experiment: Experiment,
    row: Shown,
    at: number,
    before: Shown | undefined,
    starts: (at: number) => string,
  ) {
    const { made, tally } = row;
    const quoted = this.cells ? paperRow(this.group, made, experiment.to) : undefined;
    const noise = made.kind === "noise";
    const first = noise && before?.made.kind === "for";
    const own = noise ? -1 : at;
    const sigma = noise ? number(made.distortion) : "";
    const title = noise ? msg(str`Gaussian noise, σ = ${sigma}`) : (this.networks[at]?.title ?? made.network);
    const image = this.single && !noise && tally.digits > 0 ? experiment.example(at) : null;
    return html`<tr
      class="${noise ? "noise" : ""} ${row.old ? "old" : ""} ${first || (!noise && starts(at)) ? "half" : ""}"
      data-made=${noise ? `noise-${made.distortion}` : made.network}
      data-digits=${row.counted}
    >
      <th scope="row">
        <span class="made">
          ${this.single && !noise ? html`<bs-digit .pixels=${image}></bs-digit>` : nothing}
          <span
            >${title}${row.follows ? html` <span class="small">${msg("(as strong)")}</span>` : nothing}</span
          >
        </span>
      </th>
      ${this.networks.map((slot, network) => {
        const paper = quoted?.errors[this.group.table?.networks.indexOf(slot.name) ?? -1];
        const classes = `number ${starts(network)} ${network === own ? "own" : ""}`;
        return this.single
          ? this.#reading(row, network, classes, paper)
          : this.#share(row, network, classes, paper);
      })}
      <td class="number size">
        ${tally.digits === 0 ? nothing : fixed(tally.meanDistortion, 3)}
        ${cited(quoted && number(quoted.distortion))}
      </td>
    </tr>`;
  }

  /** What a network reads in one image. */
  #reading({ tally }: Shown, network: number, classes: string, paper: number | undefined) {
    if (tally.digits === 0)
      return html`<td class=${classes}>
        <span class="unseen">${msg("not yet")}</span>${this.#blank()} ${cell(paper)}
      </td>`;
    const label = this.experiment?.design.labels[0];
    const state = verdict(label, this.single?.[network], tally.last[network] ?? 0);
    return html`<td
      class="${classes} ${state}"
      data-model=${this.networks[network]?.name}
      data-state=${state}
    >
      <span class="main">${tally.last[network]}</span>
      ${state === "fooled" ? html`<span class="unseen">${msg("fooled")}</span>` : nothing} ${cell(paper)}
    </td>`;
  }

  /** The share of many images that a network misreads. */
  #share({ tally }: Shown, network: number, classes: string, paper: number | undefined) {
    if (tally.digits === 0)
      return html`<td class=${classes}>
        <span class="unseen">${msg("not yet")}</span>${this.#blank()} ${cell(paper)}
      </td>`;
    const share = tally.share(network);
    return html`<td
      class=${classes}
      ${styled({ "--share": share.toFixed(3) })}
      data-model=${this.networks[network]?.name}
      data-wrong=${tally.wrong[network]}
    >
      <span class="main">${percent(share, share === 1 ? 0 : 1)}</span>
      <span class="error">± ${fixed(100 * tally.error(network), 1)}</span>
      ${cell(paper)}
    </td>`;
  }
}

function cell(paper: number | undefined) {
  return paper === undefined
    ? nothing
    : cited(number(paper / 100, { style: "percent", maximumFractionDigits: 2 }));
}

/** A figure of the paper's. */
function cited(figure: string | undefined) {
  return figure === undefined
    ? nothing
    : html`<span class="paper"><span class="unseen">${msg("in the paper:")} </span>${figure}</span>`;
}

/** "Trained on P1" over its networks, then P2. */
function halfHeads(networks: readonly Slot[]) {
  const heads: { half: string | null; span: number }[] = [];
  for (const slot of networks) {
    const last = heads.at(-1);
    if (last?.half === halfOf(slot)) last.span += 1;
    else heads.push({ half: halfOf(slot), span: 1 });
  }
  return heads.map(
    ({ half, span }, at) =>
      html`<th scope="colgroup" colspan=${span} class=${at > 0 ? "column-start" : ""}>
        ${msg(str`Trained on ${half}`)}
      </th>`,
  );
}

/** Under a heading that says it, the half need not be said again. */
function shorter(title: string, halves: boolean): string {
  return halves ? title.replace(/ on P[12]$/, "") : title;
}

define("bs-transfer-table", BsTransferTable);
