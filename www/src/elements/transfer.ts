import { css, html, nothing } from "lit";
import type { Reading } from "../engine/engine.js";
import type { Comparison, Example } from "../lab/fooling.js";
import { confidence } from "../lab/networks.js";
import { LabElement } from "./base.js";
import "./digit.js";
import { base, controls } from "./style.js";

/** The same three images shown to every network: who else is fooled, and that noise fools hardly any. */
export class BsTransfer extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      :host {
        container-type: inline-size;
      }
      .sum-up {
        font-size: 1.1875rem;
        line-height: 1.35;
        max-width: 60rem;
        margin-bottom: 0.75rem;
        text-wrap: balance;
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
      }
      .fooled .sure {
        color: inherit;
      }
      .before {
        background: repeating-linear-gradient(-45deg, transparent 0 5px, var(--field) 5px 8px);
      }
      .foot {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 0.5rem 1.5rem;
        margin-top: 0.75rem;
      }
      .waiting {
        padding: 1.25rem 1rem;
        border: 1.5px dashed var(--rule);
        color: var(--muted);
      }
      @container (min-width: 36rem) and (max-width: 60rem) {
        [role="cell"] {
          flex-direction: row;
          align-items: baseline;
          gap: 0.75rem;
        }
      }
      /* Narrow: networks go down, the three images across. */
      @container (max-width: 60rem) {
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
    const { fooling } = this.lab;
    const { example, comparisons } = fooling;
    return html`
      <h2><span class="step" aria-hidden="true">3</span> Who else is fooled?</h2>
      ${
        example && comparisons.length > 0
          ? this.#table(example, comparisons)
          : html`<p class="waiting">
              ${
                fooling.phase === "running"
                  ? "Searching …"
                  : "Once a network is fooled, the same image is shown to all the others, beside random noise of the same size."
              }
            </p>`
      }
    `;
  }

  #table(example: Example, comparisons: Comparison[]) {
    const { label } = example;
    const noise = this.lab.fooling.noise;
    const rows = [
      { name: "Original", note: "", pixels: example.original, of: (c: Comparison) => c.original },
      {
        name: "Adversarial",
        note: `made for ${example.slot.title}`,
        pixels: example.image,
        of: (c: Comparison) => c.example,
      },
      { name: "Gaussian noise", note: "same distortion", pixels: noise, of: (c: Comparison) => c.noise },
    ];
    return html`
      <p class="sum-up" role="status" data-testid="transfer-summary">${sumUp(example, comparisons)}</p>
      <div
        class="table"
        role="table"
        aria-label="What each network reads in each image"
        data-testid="transfer"
        style="--models: ${comparisons.length}"
      >
        <div role="row">
          <div role="columnheader"><span class="unseen">Image</span></div>
          ${comparisons.map(
            ({ slot }) =>
              html`<div role="columnheader" class=${slot === example.slot ? "made" : ""}>
                ${slot.title}${slot === example.slot ? html`<span class="unseen"> (made for it)</span>` : nothing}
              </div>`,
          )}
        </div>
        ${rows.map(
          ({ name, note, pixels, of }) =>
            html`<div role="row" data-row=${name}>
              <div role="rowheader">
                <bs-digit .pixels=${pixels}></bs-digit>
                <span>${name}${note ? html` <span class="small muted">${note}</span>` : nothing}</span>
              </div>
              ${comparisons.map((comparison) => cell(of(comparison), comparison, label))}
            </div>`,
        )}
      </div>
      <div class="foot">
        <p class="small muted">
          Red: fooled, though it read the original correctly. Hatched: it had misread the original already,
          and does not count.
        </p>
        <button type="button" @click=${() => this.lab.fooling.anotherNoise()}>Other noise</button>
      </div>
    `;
  }
}

function cell(reading: Reading, { slot, original }: Comparison, label: number) {
  const already = original.label !== label;
  const fooled = !already && reading.label !== label;
  return html`<div
    role="cell"
    class="number ${fooled ? "fooled" : already ? "before" : ""}"
    data-model=${slot.name}
    data-fooled=${String(fooled)}
  >
    <span class="read">${reading.label}</span>
    <span class="sure">${confidence(Math.max(...reading.probabilities))}</span>
    ${fooled ? html`<span class="unseen">fooled</span>` : nothing}
  </div>`;
}

function sumUp({ slot, label }: Example, comparisons: Comparison[]) {
  const others = comparisons.filter((comparison) => comparison.slot !== slot);
  const right = others.filter(({ original }) => original.label === label);
  const count = (list: Comparison[], of: (c: Comparison) => Reading) =>
    list.filter((c) => of(c).label !== label).length;
  const fooled = count(right, ({ example }) => example);
  const all = comparisons.filter(({ original }) => original.label === label);
  const byNoise = count(all, ({ noise }) => noise);
  const already = others.length - right.length;
  return html`Made for ${slot.title}; it also fools <b>${fooled} of the other ${right.length}</b>${
      already > 0 ? html` that read the original correctly` : nothing
    }.
    Noise of the same size fools ${byNoise === 0 ? "none" : byNoise}.`;
}

customElements.define("bs-transfer", BsTransfer);
