import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { define } from "../elements/define.js";
import "../elements/digit.js";
import { takeFocus } from "../elements/focus.js";
import type { Answer, Task } from "../engine/messages.js";
import { imageAt } from "../engine/slices.js";
import { findExample } from "../lab/example.js";
import { stale } from "../lab/latest.js";
import { Search, type Watched } from "./search.js";
import { SearchingTask } from "./searching.js";
import { css } from "../elements/style.js";

type Predict = Extract<Task, { kind: "predict" }>;

/** How many times as strong as it was found the change is shown: some networks fall then, and some do not. */
const STRONGER = 1.5;

/** A digit of the samples with its change. */
interface Round {
  original: Float32Array;
  image: Float32Array;
  label: number;
  /** Which networks are taken to be fooled. */
  guesses: boolean[];
  /** What they read, once it is seen. */
  answer: Answer | null;
}

/** Which networks will be fooled by a change that was made for another? First say, then see. */
export class BsTaskPredict extends SearchingTask {
  static override properties = {
    task: { attribute: false },
    round: { state: true },
  };
  static override styles = [
    SearchingTask.styles,
    css`
      .pictures {
        display: flex;
        gap: 0.75rem;
        margin-bottom: 0.75rem;
      }
      figure {
        flex: 0 1 8.5rem;
        min-width: 0;
      }
      figcaption {
        font-size: 0.875rem;
        line-height: 1.3;
      }
      fieldset {
        margin: 0;
        padding: 0;
        border: 0;
      }
      .networks {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr));
        gap: 0 1.5rem;
      }
      label {
        display: flex;
        gap: 0.5rem;
        align-items: center;
        min-height: 44px;
      }
      input {
        flex: none;
        width: 1.25rem;
        height: 1.25rem;
      }
      .seen {
        margin-left: auto;
        text-align: right;
        font-size: 0.875rem;
        line-height: 1.2;
      }
      .wrong .seen {
        color: var(--fool);
      }
    `,
  ];

  declare task: Predict;
  declare round: Round | null;
  /** The round that the focus has followed. */
  #asked: Round | null = null;

  protected override readonly search = new Search(this, (watched) => this.#find(watched));

  constructor() {
    super();
    this.round = null;
  }

  protected override render() {
    const waits = this.course.awaits;
    const { round } = this;
    return html`${waits ? html`<p class="muted">${waits}</p>` : nothing}
      ${round ? this.#shown(round) : nothing}
      <div class="buttons">${this.#buttons(waits !== null)}</div>
      ${this.said(true)}`;
  }

  #shown(round: Round) {
    const title = this.course.title(this.task.network);
    const { label } = round;
    return html`<div class="pictures">
        <figure>
          <bs-digit .pixels=${round.original} label=${msg(str`A handwritten ${label}`)}></bs-digit>
          <figcaption>${msg(str`${title} reads a ${label}`)}</figcaption>
        </figure>
        <figure>
          <bs-digit .pixels=${round.image} label=${msg("The changed digit")}></bs-digit>
          <figcaption>${msg(str`changed so that ${title} does not`)}</figcaption>
        </figure>
      </div>
      <fieldset>
        <legend class="caption">${msg("Which of these will be fooled, too?")}</legend>
        <div class="networks">
          ${this.task.networks.map((name, place) => this.#network(round, name, place))}
        </div>
      </fieldset>`;
  }

  #network({ guesses, answer }: Round, name: string, place: number) {
    const guess = guesses[place] ?? false;
    const reads = answer?.networks.find((network) => network.name === name)?.reads;
    const right = answer && (reads?.[1] !== answer.label) === guess;
    const digit = reads?.[1] ?? "";
    return html`<label class=${answer && !right ? "wrong" : ""}>
      <input
        type="checkbox"
        .checked=${guess}
        ?disabled=${answer !== null}
        @change=${({ target }: Event) => (guesses[place] = (target as HTMLInputElement).checked)}
      />
      <span>${this.course.title(name)}</span>
      ${
        answer
          ? html`<span class="seen" data-testid="predict-seen"
              >${right ? msg(str`reads ${digit}: you were right`) : msg(str`reads ${digit}: you were wrong`)}</span
            >`
          : nothing
      }
    </label>`;
  }

  #buttons(waits: boolean) {
    const { round } = this;
    const open = round !== null && round.answer === null && this.search.progress === null;
    const busy = this.course.marking !== null;
    return html`${
      open
        ? html`<button
            type="button"
            class="primary"
            data-testid="task-check"
            ?disabled=${waits}
            aria-disabled=${busy ? "true" : nothing}
            @click=${() => busy || void this.#see(round)}
          >
            ${msg("See what they read")}
          </button>`
        : nothing
    }
    ${this.searchButton({
      words: round ? msg("Another digit") : msg("Show me a digit"),
      id: "predict-another",
      off: waits || !this.lab.gallery,
      busy,
      primary: !round,
    })}`;
  }

  /** The focus goes to what is asked next: a new digit's first network, or another digit where all was seen. */
  protected override updated(): void {
    const { round } = this;
    if (round === this.#asked) return;
    this.#asked = round;
    const button = this.renderRoot.querySelector<HTMLElement>("button:last-of-type");
    if (round?.answer) takeFocus(button);
    else takeFocus(this.renderRoot.querySelector("input"), button);
  }

  async #see(round: Round): Promise<void> {
    const { original, image, label, guesses } = round;
    const work = { kind: "predict" as const, original, image, label, fooled: guesses };
    const answer = await this.course.mark(this.place, work);
    if (answer && this.round === round) this.round = { ...round, answer };
  }

  /** A sample that the network reads, changed so that it does not. */
  async #find(watched: Watched): Promise<void> {
    const { signal } = watched;
    const { engine, gallery } = this.lab;
    const slot = this.course.slot(this.task.network);
    if (!engine || !gallery || !slot?.model) return;
    for (const sample of shuffled(gallery.labels.length)) {
      const original = gallery.images[sample];
      const label = gallery.labels[sample];
      if (!original || label === undefined) continue;
      const before = await engine.classify(slot.model.id, original, { signal });
      if (before.label !== label) continue;
      const wish = {
        slot,
        image: original,
        label,
        target: null,
        method: "szegedy" as const,
        bits: null,
        before,
      };
      const { example } = await findExample(engine, { ...wish, others: undefined }, watched);
      if (stale(signal)) return;
      if (!example) continue;
      const image = imageAt(original, example.image, original, [STRONGER, 0]);
      const guesses = this.task.networks.map(() => false);
      this.round = { original, image, label, guesses, answer: null };
      this.course.again(this.place);
      break;
    }
  }
}

/** Numbers from 0 on, in an order of chance. */
function shuffled(count: number): number[] {
  return Array.from({ length: count }, (_, index) => ({ index, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ index }) => index);
}

define("bs-task-predict", BsTaskPredict);
