import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { confidence, groupNames, groups, type Slot } from "../lab/networks.js";
import "./bars.js";
import { LabElement } from "./base.js";
import { define } from "./define.js";
import { base, controls, css } from "./style.js";
import { outputKind } from "../lab/expects.js";
import { number, percent } from "../lab/language.js";

/** What every network reads, with its confidence in all ten digits and its card. */
export class BsReadings extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      :host {
        container-type: inline-size;
        /* In a row of others, too. */
        box-sizing: border-box;
        min-width: min(100%, 18rem);
      }
      /* Fetched later; its place is there before. */
      bs-readings-csv {
        display: block;
        min-height: 44px;
        margin-top: 0.5rem;
      }
      h3 {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        column-gap: 1rem;
        margin: 0.375rem 0 0;
        font-size: 0.875rem;
        font-weight: 600;
        color: var(--label);
        border-bottom: 1px solid var(--rule);
      }
      h3 span {
        font-weight: 400;
        color: var(--muted);
      }
      summary {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 6.5rem 1.5rem 3.75rem 0.75rem;
        align-items: center;
        column-gap: 0.625rem;
        min-height: 2.125rem;
        cursor: pointer;
        list-style: none;
        line-height: 1.2;
      }
      summary::-webkit-details-marker {
        display: none;
      }
      @media (pointer: coarse) {
        summary {
          min-height: 44px;
        }
      }
      summary:hover {
        background: var(--field);
      }
      summary::after {
        content: "";
        width: 0.5rem;
        height: 0.5rem;
        border: solid var(--control);
        border-width: 0 2px 2px 0;
        transform: rotate(45deg) translate(-2px, -2px);
      }
      details[open] summary::after {
        transform: rotate(-135deg) translate(-3px, -3px);
      }
      bs-bars {
        height: 1.625rem;
      }
      .read {
        font-size: 1.3125rem;
        font-weight: 700;
        text-align: center;
      }
      .sure {
        text-align: right;
        font-size: 0.875rem;
        white-space: nowrap;
      }
      .wrong {
        color: var(--fool);
        text-decoration: underline 2px;
        text-underline-offset: 3px;
      }
      .chosen .title {
        font-weight: 700;
      }
      .mark {
        display: inline-block;
        width: 0.625rem;
        height: 0.625rem;
        border: 3px solid var(--fool);
        border-radius: 50%;
      }
      .wide {
        grid-column: 2 / 5;
        text-align: right;
      }
      .card {
        background: var(--field);
        padding: 0.625rem 0.75rem 0.75rem;
        margin-bottom: 0.25rem;
        font-size: 0.9375rem;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0.125rem 0.75rem;
        margin-bottom: 0.625rem;
      }
      dt {
        color: var(--muted);
      }
      dd {
        overflow-wrap: anywhere;
      }
      @container (min-width: 42em) {
        .groups {
          columns: 2;
          column-gap: 2rem;
        }
        section {
          break-inside: avoid;
        }
      }
      @container (max-width: 24em) {
        summary {
          grid-template-columns: minmax(0, 1fr) 4.5rem 1.25rem 3.5rem 0.75rem;
          column-gap: 0.375rem;
        }
      }
      /* Text at twice its size on a phone: the bars get a line of their own. */
      @container (max-width: 15em) {
        summary {
          grid-template-columns: minmax(0, 1fr) 1.25rem 3.5rem 0.75rem;
        }
        bs-bars {
          grid-area: 2 / 1 / auto / -1;
        }
      }
    `,
  ];

  protected override render() {
    const { slots } = this.lab;
    const present = Object.keys(groups()).filter((group) => slots.some((slot) => slot.group === group));
    return html`
      <h2>${msg("What each network reads")}</h2>
      ${slots.length === 0 ? html`<p class="muted">${msg("The networks are on their way.")}</p>` : nothing}
      <div class="groups">
        ${present.map(
          (group) =>
            html`<section>
              <h3>${groupNames()[group] ?? group} <span>${groups()[group]}</span></h3>
              <ul>
                ${repeat(
                  slots.filter((slot) => slot.group === group),
                  (slot) => slot.name,
                  (slot) => this.#row(slot),
                )}
              </ul>
            </section>`,
        )}
      </div>
      ${slots.length === 0 ? nothing : html`<bs-readings-csv></bs-readings-csv>`}
    `;
  }

  #row(slot: Slot) {
    const { lab } = this;
    const reading = lab.readings.get(slot.name);
    const wrong = reading && lab.label !== null && reading.label !== lab.label;
    const chosen = lab.chosen === slot;
    return html`<li
      data-testid="reading"
      data-model=${slot.name}
      data-state=${slot.state}
      data-read=${slot.model ? (slot.model.early ? "built" : "here") : nothing}
      data-label=${lab.reader.settled && reading ? reading.label : nothing}
      class=${chosen ? "chosen" : ""}
    >
      <details>
        <summary>
          <span class="title"
            >${slot.title}
            ${chosen ? html`<span class="mark" role="img" title=${msg("to be fooled")} aria-label=${msg("to be fooled")}></span>` : nothing}</span
          >
          ${
            reading
              ? html`<bs-bars .first=${reading.probabilities}></bs-bars>
                  <span class="read number ${wrong ? "wrong" : ""}"
                    ><span class="unseen">${msg("reads")} </span>${reading.label}</span
                  >
                  <span class="sure number muted">${confidence(Math.max(...reading.probabilities))}</span>`
              : html`<span class="wide small muted">${states()[slot.state]}</span>`
          }
        </summary>
        <div class="card">
          ${slot.error ? html`<p lang="en">${slot.error}</p>` : facts(slot)}
          ${
            slot.state === "ready" && !chosen
              ? html`<button type="button" @click=${() => lab.choose({ model: slot.name })}>
                  ${msg("Choose to fool")}
                </button>`
              : nothing
          }
        </div>
      </details>
    </li>`;
  }
}

const states = (): Record<Slot["state"], string> => ({
  waiting: msg("waiting"),
  loading: msg("loading …"),
  ready: msg("no digit yet"),
  failed: msg("not loaded"),
});

function facts({ card, model }: Slot) {
  const rows: [string, string | undefined][] = [
    [msg("Built of"), card?.architecture],
    [msg("Parameters"), model ? number(model.parameters) : undefined],
    [msg("Trained on"), card ? (sets()[card.training_set] ?? card.training_set) : undefined],
    [msg("Test error"), rate(card?.errors["test"])],
    [msg("Training error"), rate(card?.errors["train"])],
    [msg("Error on P1"), rate(card?.errors["p1"])],
    [msg("Error on P2"), rate(card?.errors["p2"])],
    [msg("Input"), card ? undefined : model?.input.join(" × ")],
    [msg("Output"), card || !model ? undefined : outputKind(model.output)],
    [
      msg("ONNX file"),
      model ? (model.early ? msg("read when the site was built") : msg("read in this browser")) : undefined,
    ],
    [msg("Runs on"), model ? (model.backend === "webgpu" ? "WebGPU" : msg("CPU")) : undefined],
  ];
  return html`<dl>
    ${rows.map(([term, value]) =>
      value
        ? html`<dt>${term}</dt>
            <dd class="number">${value}</dd>`
        : nothing,
    )}
  </dl>`;
}

const sets = (): Record<string, string> => ({
  train: msg(str`all ${number(60_000)} training digits`),
  P1: msg(str`P1, ${number(30_000)} of the training digits`),
  P2: msg(str`P2, the other ${number(30_000)} training digits`),
});

function rate(error: number | null | undefined): string | undefined {
  return error == null ? undefined : percent(error / 100, 2);
}

define("bs-readings", BsReadings);
