import { css, html, nothing } from "lit";
import type { Reading } from "../engine/messages.js";
import type { Example } from "../lab/example.js";
import { difference, magnification } from "../lab/measure.js";
import { confidence } from "../lab/networks.js";
import "./bars.js";
import { LabElement } from "./base.js";
import { define } from "./define.js";
import "./digit.js";
import { base } from "./style.js";

/** Original + perturbation = adversarial digit, with the confidence before and after. */
export class BsResult extends LabElement {
  static override styles = [
    base,
    css`
      .sum {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr) auto minmax(0, 1fr);
        gap: 0.25rem 0.5rem;
        margin-top: 0.75rem;
      }
      .sign {
        align-self: center;
        font-size: 1.5rem;
        font-weight: 300;
        color: var(--label);
      }
      figure {
        display: contents;
      }
      .sum > bs-digit,
      .empty {
        grid-row: 1;
      }
      .empty {
        aspect-ratio: 1;
        border: 1.5px dashed var(--rule);
        display: grid;
        place-content: center;
        text-align: center;
        font-size: 2rem;
        color: var(--muted);
      }
      .sign {
        grid-row: 1;
      }
      .words {
        grid-row: 2;
        font-size: 0.875rem;
        line-height: 1.3;
      }
      .words:nth-of-type(1) {
        grid-column: 1;
      }
      .words:nth-of-type(2) {
        grid-column: 3;
      }
      .words:nth-of-type(3) {
        grid-column: 5;
      }
      .words b {
        display: block;
        font-size: 1.0625rem;
      }
      .fooled {
        color: var(--fool);
      }
      .found {
        outline: 3px solid var(--fool-fill);
        outline-offset: -1px;
      }
      .key::before {
        content: "";
        display: inline-block;
        width: 0.75em;
        height: 0.75em;
        margin-right: 0.3em;
        background: var(--key);
        forced-color-adjust: none;
      }
      .add {
        --key: var(--add);
      }
      .remove {
        --key: var(--remove);
      }
      .before {
        --key: var(--bar-before);
      }
      .after {
        --key: var(--bar-after);
      }
      .key {
        display: block;
      }
      .chart {
        margin-top: 0.75rem;
      }
      .chart bs-bars {
        height: 5.5rem;
      }
      .legend {
        display: flex;
        flex-wrap: wrap;
        gap: 0 1rem;
        font-size: 0.875rem;
      }
      .legend .key {
        display: inline;
      }
      @media (prefers-reduced-motion: no-preference) {
        .found {
          animation: land 0.35s ease-out;
        }
        @keyframes land {
          from {
            outline-offset: 14px;
            outline-color: transparent;
          }
        }
      }
    `,
  ];

  protected override render() {
    const { fooling, image, chosen, readings, classes } = this.lab;
    const { example } = fooling;
    const before = example?.before ?? (chosen && readings.get(chosen.name)) ?? null;
    const original = example?.original ?? image;
    const candidate = example?.image ?? fooling.progress?.bestImage ?? null;
    const change = original && candidate ? difference(candidate, original) : null;
    const factor = change ? magnification(change) : 1;
    const title = (example?.slot ?? chosen)?.title ?? "the network";
    return html`
      <div class="sum" data-testid="result" data-phase=${fooling.phase}>
        <bs-digit .pixels=${original} label=${original ? "The original digit" : "No digit yet"}></bs-digit>
        <span class="sign" aria-hidden="true">+</span>
        ${
          change
            ? html`<bs-digit
                .pixels=${change}
                .factor=${factor}
                label="The perturbation, magnified ${factor} times"
              ></bs-digit>`
            : html`<div class="empty" aria-hidden="true">?</div>`
        }
        <span class="sign" aria-hidden="true">=</span>
        ${
          candidate
            ? html`<bs-digit
                class=${example ? "found" : ""}
                .pixels=${candidate}
                label=${example ? "The adversarial digit" : "The best image so far"}
              ></bs-digit>`
            : html`<div class="empty" aria-hidden="true">?</div>`
        }
        <p class="words">
          Original ${before ? html`<b class="number">reads ${before.label}</b>${sure(before)}` : nothing}
        </p>
        <p class="words">
          Perturbation
          ${
            change
              ? html`<b class="number">shown × ${factor}</b>
                  <span class="key add">ink added</span>
                  <span class="key remove">ink removed</span>`
              : nothing
          }
        </p>
        <p class="words">
          ${example || !candidate ? "Adversarial digit" : "Best so far"}
          ${
            example
              ? html`<b class="number fooled" data-testid="fooled">reads ${example.after.label}</b
                  >${sure(example.after)}`
              : nothing
          }
        </p>
      </div>
      <div class="chart">
        <p class="legend">
          <span>Confidence of ${title}</span>
          <span class="key before">original</span>
          ${example ? html`<span class="key after">adversarial</span>` : nothing}
        </p>
        <bs-bars
          axis
          .classes=${classes.length}
          .first=${before?.probabilities ?? null}
          .second=${example?.after.probabilities ?? null}
        ></bs-bars>
        <p class="unseen">${example ? table(example) : nothing}</p>
      </div>
    `;
  }
}

function sure(reading: Reading) {
  return html`<span class="number">${confidence(Math.max(...reading.probabilities))} sure</span>`;
}

function table({ before, after }: Example): string {
  return before.probabilities
    .map((p, k) => `${k}: ${confidence(p)} before, ${confidence(after.probabilities[k] ?? 0)} after`)
    .join("; ");
}

define("bs-result", BsResult);
