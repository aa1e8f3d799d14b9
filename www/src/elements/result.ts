import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import type { Reading } from "../engine/messages.js";
import type { Example } from "../lab/example.js";
import { difference, magnification } from "../lab/measure.js";
import { confidence } from "../lab/networks.js";
import "./bars.js";
import { LabElement } from "./base.js";
import { define } from "./define.js";
import "./digit.js";
import { base, css } from "./style.js";

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
    const title = (example?.slot ?? chosen)?.title ?? msg("the network");
    return html`
      <div class="sum" data-testid="result" data-phase=${fooling.phase}>
        <bs-digit
          .pixels=${original}
          label=${original ? msg("The original digit") : msg("No digit yet")}
        ></bs-digit>
        <span class="sign" aria-hidden="true">+</span>
        ${
          change
            ? html`<bs-digit
                .pixels=${change}
                .factor=${factor}
                label=${msg(str`The perturbation, magnified ${factor} times`)}
              ></bs-digit>`
            : html`<div class="empty" aria-hidden="true">?</div>`
        }
        <span class="sign" aria-hidden="true">=</span>
        ${
          candidate
            ? html`<bs-digit
                class=${example ? "found" : ""}
                .pixels=${candidate}
                label=${example ? msg("The adversarial digit") : msg("The best image so far")}
              ></bs-digit>`
            : html`<div class="empty" aria-hidden="true">?</div>`
        }
        <p class="words">
          ${msg("Original")} ${before ? html`<b class="number">${reads(before)}</b>${sure(before)}` : nothing}
        </p>
        <p class="words">
          ${msg("Perturbation")}
          ${
            change
              ? html`<b class="number">${msg(str`shown × ${factor}`)}</b>
                  <span class="key add">${msg("ink added")}</span>
                  <span class="key remove">${msg("ink removed")}</span>`
              : nothing
          }
        </p>
        <p class="words">
          ${example || !candidate ? msg("Adversarial digit") : msg("Best so far")}
          ${
            example
              ? html`<b class="number fooled" data-testid="fooled">${reads(example.after)}</b
                  >${sure(example.after)}`
              : nothing
          }
        </p>
      </div>
      <div class="chart">
        <p class="legend">
          <span>${msg(str`Confidence of ${title}`)}</span>
          <span class="key before">${msg("original")}</span>
          ${example ? html`<span class="key after">${msg("adversarial")}</span>` : nothing}
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
  const sure = confidence(Math.max(...reading.probabilities));
  return html`<span class="number">${msg(str`${sure} sure`)}</span>`;
}

function reads({ label }: Reading): string {
  return msg(str`reads ${label}`);
}

function table({ before, after }: Example): string {
  return before.probabilities
    .map((p, k) => {
      const [was, is] = [confidence(p), confidence(after.probabilities[k] ?? 0)];
      return msg(str`${k}: ${was} before, ${is} after`);
    })
    .join("; ");
}

define("bs-result", BsResult);
