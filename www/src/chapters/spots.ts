import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { sentence } from "../elements/attack.js";
import { define } from "../elements/define.js";
import { takeFocus } from "../elements/focus.js";
import "../elements/pad.js";
import { number, sentences } from "../lab/language.js";
import { difference, magnification } from "../lab/measure.js";
import { styled } from "../elements/styled.js";
import { Chapter, picture, reads, shownTimes } from "./chapter.js";
import { css } from "../elements/style.js";

/** One press, and the digit is read as another: by how small a change? */
export class BsStorySpots extends Chapter {
  static override properties = { drawing: { state: true } };
  static override styles = [
    Chapter.styles,
    css`
      bs-pad {
        max-width: 26rem;
        margin-bottom: 0.75rem;
      }
      @container (max-width: 30em) {
        /* Room for two rows, also while there is one. */
        .buttons {
          align-content: start;
          min-height: 6.5rem;
        }
      }
    `,
  ];

  /** Whether there is a pad to draw on. */
  declare drawing: boolean;
  protected override readonly section = "4.1";
  protected override readonly panel = null;
  #follow = false;

  constructor() {
    super();
    this.drawing = false;
  }

  protected override words() {
    const title = (this.lab.fooling.example?.slot ?? this.lab.chosen)?.title;
    return html`<p>
      ${sentences(
        title === undefined
          ? msg("Here is a trained network, and a digit that it reads.")
          : msg(str`Here is a trained network, ${title}, and a digit that it reads.`),
        msg(
          "Press the button: the page looks for the smallest change that makes the network read another digit. You will hardly see it.",
        ),
      )}
    </p>`;
  }

  protected override live() {
    const { lab } = this;
    const { fooling, image, chosen, readings } = lab;
    const { example } = fooling;
    const before = example?.before ?? (chosen && readings.get(chosen.name));
    const changed = example?.image ?? fooling.progress?.bestImage ?? null;
    const original = example?.original ?? image;
    const change = changed && original && difference(changed, original);
    const factor = change ? magnification(change) : 1;
    return html`
      ${this.drawing ? html`<bs-pad .lab=${lab}></bs-pad>` : nothing}
      <div class="pictures number" ${styled({ "--pictures": "3" })} data-testid="spots">
        ${picture(
          original,
          original ? msg("The digit") : msg("No digit yet"),
          html`${msg("as it is")} <b>${reads(before?.label)}</b>`,
        )}
        ${picture(
          change,
          shownTimes(factor),
          html`${msg("the change")} <b>${change ? `× ${number(factor)}` : "?"}</b>`,
          { factor },
        )}
        ${picture(
          changed,
          example ? msg("The same digit, changed") : msg("The best image so far"),
          example
            ? html`${msg("changed")} <b>${reads(example.after.label)}</b>`
            : html`${msg("changed")} <b>${fooling.progress ? "…" : "?"}</b>`,
          { fooled: example !== null },
        )}
      </div>
      <div class="buttons">${this.#buttons()}</div>
      <p class="said" aria-live=${this.seen ? "polite" : "off"} data-testid="spots-said">
        ${fooling.phase === "running" ? msg("Searching …") : (fooling.message ?? (example ? sentence(example) : nothing))}
      </p>
    `;
  }

  #buttons() {
    const { lab } = this;
    const { fooling } = lab;
    if (fooling.phase === "running") {
      return html`<button type="button" id="stop" @click=${() => fooling.cancel()}>${msg("Stop")}</button>
        <progress aria-label=${msg("Search")} max="1" .value=${fooling.progress?.fraction ?? 0}></progress>`;
    }
    return html`<button type="button" id="go" class="primary" @click=${this.#go}>
        ${msg("Fool the network")}
      </button>
      ${this.another()}
      ${
        lab.locks("draw")
          ? nothing
          : html`<button
              type="button"
              aria-pressed=${String(this.drawing)}
              @click=${() => (this.drawing = !this.drawing)}
            >
              ${msg("Draw your own")}
            </button>`
      }`;
  }

  #go(): void {
    void this.lab.fooling.start();
    this.#follow = true;
  }

  /** The button changes with the phase; the focus that it had goes to the next one. */
  protected override follow(): void {
    if (!this.#follow) return;
    takeFocus(this.renderRoot.querySelector("#stop, #go"));
    if (this.lab.fooling.phase !== "running") this.#follow = false;
  }

  protected override rest(): void {
    // A search that a visitor has begun goes on: the lab below shows it, too.
  }

  protected override formula() {
    return html`<p class="formula">
        min<sub><i>r</i></sub> <i>c</i>·‖<i>r</i>‖² + loss(<i>x</i> + <i>r</i>, <i>l</i>), &ensp; <i>x</i> +
        <i>r</i> ∈ [0, 1]
      </p>
      <p>
        ${msg("x is the digit, r the change, l a wrong answer. The first part keeps the change small, the second makes the answer wrong; c is raised for as long as the network is still fooled. “A typical change of a pixel” is √(Σ r² / 784).")}
      </p>`;
  }
}

define("bs-story-spots", BsStorySpots);
