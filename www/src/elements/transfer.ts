import { msg, str } from "@lit/localize";
import { html, nothing, type TemplateResult } from "lit";
import type { Reading } from "../engine/messages.js";
import { othersFooled, reach, times, type Comparison, type Transfer } from "../lab/comparison.js";
import type { Example } from "../lab/example.js";
import { confidence } from "../lab/networks.js";
import { hasBudget } from "../lab/methods.js";
import { transferTable } from "../lab/tables.js";
import { fooledOf, verdict } from "../lab/verdict.js";
import { LabElement } from "./base.js";
import { csvButton } from "./csv.js";
import { define } from "./define.js";
import "./digit.js";
import { base, controls, css } from "./style.js";
import { styled } from "./styled.js";
import { fixed, sentences } from "../lab/language.js";

/** The same three images shown to every network: who else is fooled, and that noise fools hardly any. */
export class BsTransfer extends LabElement {
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
      .sum-up {
        font-size: 1.1875rem;
        line-height: 1.35;
        text-wrap: pretty;
      }
      .say {
        flex: 1 1 28rem;
      }
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 0.25rem 2rem;
      }
      .head:has(p) {
        margin-bottom: 0.75rem;
      }
      .magnify {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 0.75rem;
        font-size: 0.9375rem;
        min-width: 0;
      }
      .magnify input {
        width: 12rem;
        max-width: 100%;
        height: 44px;
        margin: 0;
        accent-color: var(--fool-fill);
        cursor: pointer;
      }
      .magnify .number {
        min-width: min(11.5rem, 100%);
      }
      .sum-up b {
        color: var(--fool);
      }
      .table {
        display: grid;
        grid-template-columns: minmax(10rem, 1.6fr) repeat(var(--models), minmax(0, 1fr));
        border: 1px solid var(--rule);
        background: var(--sheet);
      }
      [role="row"] {
        display: contents;
      }
      [role="columnheader"],
      [role="cell"],
      [role="rowheader"] {
        display: flex;
        flex-direction: column;
        align-items: center;
        justify-content: center;
        padding: 0.375rem 0.25rem;
        border: solid var(--rule);
        border-width: 0 0 1px 1px;
        margin: 0 0 -1px -1px;
        text-align: center;
        min-width: 0;
      }
      [role="columnheader"] {
        font-size: 0.8125rem;
        line-height: 1.2;
        background: var(--field);
        color: var(--label);
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      [role="columnheader"].made {
        background: var(--control);
        color: var(--sheet);
        forced-color-adjust: none;
      }
      [role="rowheader"] {
        flex-direction: row;
        justify-content: flex-start;
        gap: 0.625rem;
        text-align: left;
        font-size: 0.9375rem;
        line-height: 1.2;
        padding-left: 0.5rem;
      }
      [role="rowheader"] bs-digit {
        flex: none;
        width: 56px;
      }
      .read {
        font-size: 1.5rem;
        font-weight: 650;
        line-height: 1.1;
      }
      .sure {
        font-size: 0.8125rem;
        color: var(--muted);
      }
      .fooled {
        background: var(--fool-fill);
        color: var(--on-fool);
        forced-color-adjust: none;
      }
      .fooled .read {
        text-decoration: underline 2px;
        text-underline-offset: 3px;
      }
      .fooled .sure {
        color: inherit;
      }
      .before {
        background: var(--hatched);
        forced-color-adjust: none;
      }
      .foot {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 0.5rem 1.5rem;
        margin-top: 0.75rem;
      }
      .foot p {
        flex: 1 1 18rem;
      }
      .waiting {
        padding: 1.25rem 1rem;
        border: 1.5px dashed var(--rule);
        color: var(--muted);
      }
      @container (min-width: 36em) and (max-width: 60em) {
        [role="cell"] {
          flex-direction: row;
          align-items: baseline;
          gap: 0.75rem;
        }
      }
      @container (max-width: 36em) {
        [role="rowheader"] .small {
          display: none;
        }
      }
      /* Narrow: networks go down, the three images across. */
      @container (max-width: 60em) {
        .table {
          grid-template-columns: minmax(0, 1.5fr) repeat(3, minmax(0, 1fr));
          grid-template-rows: repeat(calc(var(--models) + 1), auto);
          grid-auto-flow: column;
        }
        [role="columnheader"]:not(:first-child) {
          align-items: flex-start;
          text-align: left;
          padding-left: 0.5rem;
          font-size: 0.875rem;
        }
        [role="rowheader"] {
          flex-direction: column;
          align-items: center;
          text-align: center;
          font-size: 0.875rem;
          padding-left: 0.25rem;
          gap: 0.25rem;
        }
      }
    `,
  ];

  protected override render() {
    const { example, comparison, phase } = this.lab.fooling;
    const waiting =
      phase === "running"
        ? msg("Searching …")
        : msg(
            "Once a network is fooled, the same image is shown to all the others, beside random noise of the same size.",
          );
    return html`
      <h2><span class="step" aria-hidden="true">3</span> ${msg("Who else is fooled?")}</h2>
      <div class="head">
        <div class="say" role="status">
          ${
            example && comparison
              ? html`<p class="sum-up" data-testid="transfer-summary">${sumUp(example, comparison)}</p>`
              : nothing
          }
        </div>
        ${example && comparison ? this.#magnifier(example, comparison) : nothing}
      </div>
      ${example && comparison ? this.#outcome(example, comparison) : html`<p class="waiting">${waiting}</p>`}
    `;
  }

  #magnifier(example: Example, transfer: Transfer) {
    const { fooling } = this.lab;
    const [factor, distortion] = [times(fooling.factor), fixed(transfer.distortion, 3)];
    return html`<label class="magnify">
      <span class="caption">${msg("Magnify the change")}</span>
      <input
        type="range"
        min="1"
        max=${reach(example)}
        step="0.1"
        aria-label=${msg("Magnify the change")}
        aria-valuetext=${msg(str`${factor} times`)}
        .value=${String(fooling.factor)}
        @input=${(event: Event) => fooling.magnify(Number((event.target as HTMLInputElement).value))}
      />
      <span class="number">${msg(str`× ${factor}, distortion ${distortion}`)}</span>
    </label>`;
  }

  #outcome(example: Example, transfer: Transfer) {
    const { fooling } = this.lab;
    return html`
      ${table(example, transfer)}
      <div class="foot">
        <p class="small muted">
          ${sentences(
            msg(
              "Red and underlined: fooled, though it read the original correctly. Hatched: it already misread the original, and does not count.",
            ),
            hasBudget(example.method)
              ? msg("This method makes its change as large as allowed: compare it with the smallest.")
              : msg(
                  "It is only just big enough for this network. Enlarge it, as the paper did, and see who else falls.",
                ),
          )}
        </p>
        ${csvButton("reads", msg("What each network reads in each image"), () => transferTable(example, transfer))}
        <button type="button" @click=${() => fooling.anotherNoise()}>${msg("Other noise")}</button>
      </div>
    `;
  }
}

function table({ original, slot: made }: Example, { example, noise, factor, comparisons }: Transfer) {
  const { title } = made;
  const size = times(factor);
  const rows = [
    {
      name: "Original",
      title: msg("Original"),
      note: "",
      pixels: original,
      of: (c: Comparison) => c.original,
      fools: () => false,
    },
    {
      name: "Adversarial",
      title: msg("Adversarial"),
      note: factor === 1 ? msg(str`made for ${title}`) : msg(str`made for ${title}, × ${size}`),
      pixels: example,
      of: (c: Comparison) => c.example,
      fools: (c: Comparison) => c.fooled,
    },
    {
      name: "Gaussian noise",
      title: msg("Gaussian noise"),
      note: msg("same distortion"),
      pixels: noise,
      of: (c: Comparison) => c.noise,
      fools: (c: Comparison) => c.fooledByNoise,
    },
  ];
  return html`<div
    class="table"
    role="table"
    aria-label=${msg("What each network reads in each image")}
    data-testid="transfer"
    ${styled({ "--models": String(comparisons.length) })}
  >
    <div role="row">
      <div role="columnheader"><span class="unseen">${msg("Image")}</span></div>
      ${comparisons.map(
        ({ slot }) =>
          html`<div role="columnheader" class=${slot === made ? "made" : ""}>
            ${slot.title}${slot === made ? html`<span class="unseen"> ${msg("(made for it)")}</span>` : nothing}
          </div>`,
      )}
    </div>
    ${rows.map(
      ({ name, title, note, pixels, of, fools }) =>
        html`<div role="row" data-row=${name}>
          <div role="rowheader">
            <bs-digit .pixels=${pixels}></bs-digit>
            <span>${title}${note ? html` <span class="small muted">${note}</span>` : nothing}</span>
          </div>
          ${comparisons.map((comparison) => cell(of(comparison), comparison, fools(comparison)))}
        </div>`,
    )}
  </div>`;
}

function cell(reading: Reading, { slot, already }: Comparison, fooled: boolean) {
  return html`<div
    role="cell"
    class="number ${fooled ? "fooled" : already ? "before" : ""}"
    data-model=${slot.name}
    data-fooled=${String(fooled)}
  >
    <span class="read">${reading.label}</span>
    <span class="sure">${confidence(Math.max(...reading.probabilities))}</span>
    ${fooled ? html`<span class="unseen">${msg("fooled")}</span>` : nothing}
  </div>`;
}

function sumUp(made: Example, transfer: Transfer) {
  const { slot, label } = made;
  const { comparisons, factor } = transfer;
  const { fooled, of, others } = othersFooled(made, transfer);
  const byNoise = fooledOf(
    comparisons.map(({ original, noise }) => verdict(label, original.label, noise.label)),
  ).fooled;
  const { title } = slot;
  const size = times(factor);
  const noise =
    byNoise === 0
      ? msg("Noise of the same size fools none.")
      : msg(str`Noise of the same size fools ${byNoise}.`);
  const all = of === others;
  const whom =
    factor === 1
      ? all
        ? msg(html`Made for ${title}; it also fools <b>${fooled} of the other ${of}</b>.`)
        : msg(
            html`Made for ${title}; it also fools <b>${fooled} of the other ${of}</b> that read the original
              correctly.`,
          )
      : all
        ? msg(
            html`Made for ${title}, magnified ${size} times; it also fools
              <b>${fooled} of the other ${of}</b>.`,
          )
        : msg(
            html`Made for ${title}, magnified ${size} times; it also fools
              <b>${fooled} of the other ${of}</b> that read the original correctly.`,
          );
  return sentences<string | TemplateResult>(whom, noise);
}

define("bs-transfer", BsTransfer);
