import { msg, str } from "@lit/localize";
import { html } from "lit";
import { LabElement } from "../../elements/base.js";
import { define } from "../../elements/define.js";
import { base, controls, css } from "../../elements/style.js";
import { wilson } from "../../lab/wilson.js";
import "./row.js";
import { nameOf, type Question, type UnitsState } from "./state.js";
import { percent, sentences } from "../../lab/language.js";

const LETTERS = ["A", "B"] as const;

/** Two rows of digits: which one is the unit's? */
export class BsUnitsQuiz extends LabElement {
  static override properties = { state: { attribute: false }, ended: { type: Boolean } };
  static override styles = [
    base,
    controls,
    css`
      .rows {
        display: grid;
        gap: 0.75rem;
        margin-block: 0.75rem;
      }
      .row {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 11rem;
        align-items: center;
        gap: 0.5rem 0.75rem;
        padding: 0.5rem;
        border: 1.5px solid var(--rule);
        background: var(--sheet);
      }
      .row.unit {
        border-color: var(--control);
        background: var(--field);
      }
      .truth {
        min-height: 44px;
        align-content: center;
        line-height: 1.25;
      }
      .foot {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 1.25rem;
        min-height: 52px;
      }
      .foot p {
        flex: 1 1 16rem;
      }
      .idle {
        visibility: hidden;
      }
      @media (max-width: 34rem) {
        /* Room for the score at its longest. */
        .foot p {
          min-height: 4.35em;
        }
        .row {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  declare state: UnitsState;
  /** Whether there is no further question. */
  declare ended: boolean;
  #follow = false;

  constructor() {
    super();
    this.ended = false;
  }

  protected override render() {
    const { question } = this.state;
    if (!question) return html`<p class="muted">${msg("No unit of this layer answers to any digit.")}</p>`;
    return html`
      <div class="rows">${LETTERS.map((_, place) => this.#row(question, place as 0 | 1))}</div>
      <div class="foot">
        <button
          type="button"
          class="primary ${question.answer === null || this.ended ? "idle" : ""}"
          id="next"
          @click=${this.#next}
        >
          ${msg("Next pair")}
        </button>
        <p role="status" data-testid="units-score">${sentences(verdict(question), this.#score())}</p>
      </div>
    `;
  }

  #row(question: Question, place: 0 | 1) {
    const letter = LETTERS[place];
    const row = question.rows[place];
    const open = question.answer === null;
    const name = nameOf(row);
    return html`<div
      class="row ${!open && row.kind === "unit" ? "unit" : ""}"
      data-testid="units-choice"
      data-kind=${open ? "" : row.kind}
    >
      <bs-units-row
        .lab=${this.lab}
        .state=${this.state}
        .row=${row}
        label=${msg(str`Row ${letter}`)}
      ></bs-units-row>
      ${
        open
          ? html`<button type="button" @click=${() => this.#answer(place)}>
              ${msg(str`Row ${letter} is the unit`)}
            </button>`
          : html`<p class="truth">
              ${
                row.kind === "unit"
                  ? msg(html`<b>${name}</b> of this layer`)
                  : msg(html`<b>${name}</b>, a random mixture`)
              }
            </p>`
      }
    </div>`;
  }

  #answer(place: 0 | 1): void {
    this.state.answer(place);
    this.#follow = true;
  }

  #next(): void {
    this.state.ask();
    this.#follow = true;
  }

  /** The buttons change places; the focus goes to the next one. */
  protected override updated(): void {
    if (!this.#follow) return;
    this.#follow = false;
    this.focus({ preventScroll: true });
  }

  /** What is to be pressed next has the focus, where there is anything. */
  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>("#next:not(.idle), .row button")?.focus(options);
  }

  #score(): string {
    const { hits, trials } = this.state.score;
    if (trials === 0) return msg("Pick a row. Guessing is right half of the time.");
    const [low, high] = wilson(hits, trials);
    const [share, from, to] = [percent(hits / trials), percent(low), percent(high)];
    if (low > 0.5)
      return msg(
        str`${hits} of ${trials} right, ${share}, better than guessing (95% interval ${from} to ${to}).`,
      );
    if (high < 0.5)
      return msg(
        str`${hits} of ${trials} right, ${share}, worse than guessing (95% interval ${from} to ${to}).`,
      );
    return msg(
      str`${hits} of ${trials} right, ${share}, which could still be guessing (95% interval ${from} to ${to}).`,
    );
  }
}

function verdict({ rows, answer }: Question): string {
  if (answer === null) return "";
  return rows[answer].kind === "unit" ? msg("Right!") : msg("No, it was the other one.");
}

define("bs-units-quiz", BsUnitsQuiz);
