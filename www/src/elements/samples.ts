import { msg, str } from "@lit/localize";
import { html, type PropertyValues } from "lit";
import { LabElement } from "./base.js";
import { define } from "./define.js";
import "./digit.js";
import { base, controls, css } from "./style.js";
import { number } from "../lab/language.js";

/** Real handwritten digits to pick from: a radio group in one or two rows, walked by the arrow keys. */
export class BsSamples extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      .row {
        display: flex;
        justify-content: space-between;
        align-items: baseline;
        flex-wrap: wrap;
        column-gap: 1rem;
        margin-bottom: 0.375rem;
      }
      .samples {
        display: grid;
        grid-template-rows: repeat(2, 46px);
        grid-auto-flow: column;
        grid-auto-columns: 46px;
        gap: 4px;
        overflow-x: auto;
        scrollbar-width: thin;
        scrollbar-color: var(--control) var(--field);
        padding: 3px 3px 8px;
        margin-inline: -3px;
      }
      @media (max-width: 45.99rem) {
        .samples {
          grid-template-rows: 46px;
        }
      }
      button {
        position: relative;
        padding: 0;
        background: none;
        border: 0;
      }
      button[aria-checked="true"]::after {
        content: "";
        position: absolute;
        inset: 0;
        border: 3px solid var(--label);
        pointer-events: none;
      }
      button:hover bs-digit {
        border-color: var(--label);
      }
    `,
  ];

  /** Indices in the gallery, so that ten neighbours are ten different digits. */
  #order: number[] = [];

  protected override willUpdate(_: PropertyValues): void {
    const { gallery } = this.lab;
    if (!gallery || this.#order.length === gallery.labels.length) return;
    const seen = new Array<number>(10).fill(0);
    const rank = gallery.labels.map((label) => 10 * (seen[label] = (seen[label] ?? 0) + 1) + label);
    this.#order = rank.map((_, index) => index).sort((a, b) => (rank[a] ?? 0) - (rank[b] ?? 0));
  }

  protected override render() {
    const { lab } = this;
    const labels = lab.gallery?.labels ?? [];
    const chosen = lab.strokes.length > 0 ? null : lab.sample;
    const count = number(labels.length);
    const stop = chosen ?? this.#order[0];
    return html`
      <div class="row">
        <p class="caption" id="title">${msg("Or pick a handwritten sample")}</p>
        <p class="small muted">
          ${labels.length > 0 ? msg(str`${count} test digits of MNIST`) : msg("Fetching samples …")}
        </p>
      </div>
      <div
        class="samples"
        role="radiogroup"
        aria-labelledby="title"
        data-testid="samples"
        @keydown=${this.#key}
      >
        ${this.#order.map(
          (index) =>
            html`<button
              type="button"
              role="radio"
              aria-checked=${index === chosen ? "true" : "false"}
              aria-label=${named(index + 1, labels[index])}
              tabindex=${index === stop ? 0 : -1}
              data-sample=${index}
              @click=${() => lab.chooseSample(index)}
            >
              <bs-digit .pixels=${lab.sampleImage(index)}></bs-digit>
            </button>`,
        )}
      </div>
    `;
  }

  /** Brings a newly chosen sample into the row's view, without moving the page. */
  protected override updated(): void {
    const { sample } = this.lab;
    if (sample === this.#shown || this.#order.length === 0) return;
    this.#shown = sample;
    const row = this.renderRoot.querySelector<HTMLElement>(".samples");
    const tile = row?.querySelector<HTMLElement>(`[data-sample="${String(sample)}"]`);
    if (!row || !tile) return;
    const left = tile.offsetLeft - row.offsetLeft;
    if (left < row.scrollLeft || left + tile.offsetWidth > row.scrollLeft + row.clientWidth) {
      row.scrollLeft = left - (row.clientWidth - tile.offsetWidth) / 2;
    }
  }

  #shown: number | null = null;

  #key(event: KeyboardEvent): void {
    const rows = getComputedStyle(event.currentTarget as HTMLElement).gridTemplateRows.split(" ").length;
    const step = { ArrowRight: rows, ArrowDown: 1, ArrowLeft: -rows, ArrowUp: -1 }[event.key];
    const ends = { Home: 0, End: this.#order.length - 1 }[event.key];
    if (step === undefined && ends === undefined) return;
    const focused = (event.target as HTMLElement).closest<HTMLElement>("[data-sample]");
    const at = this.#order.indexOf(Number(focused?.dataset["sample"]));
    const next = this.#order[ends ?? (at + (step ?? 0) + this.#order.length) % this.#order.length];
    if (next === undefined) return;
    event.preventDefault();
    this.lab.chooseSample(next);
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(`[data-sample="${next}"]`)?.focus(),
    );
  }
}

/** "Sample 43: a 4". */
function named(place: number, digit: number | undefined): string {
  return msg(str`Sample ${place}: a ${digit}`);
}

define("bs-samples", BsSamples);
