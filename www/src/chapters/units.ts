import { msg, str } from "@lit/localize";
import { html } from "lit";
import { define } from "../elements/define.js";
import { number, plural, sentences } from "../lab/language.js";
import "../panels/units/quiz.js";
import { UnitsState } from "../panels/units/state.js";
import { Chapter } from "./chapter.js";
import { words } from "./problem.js";
import { css } from "../elements/style.js";

/** What a unit likes against what a random direction likes: which row is the unit's? */
export class BsStoryUnits extends Chapter {
  static override styles = [
    Chapter.styles,
    css`
      .quiz {
        max-width: 52rem;
        /* Room for both rows, so that nothing jumps when they are there. */
        min-height: 17rem;
      }
      @container (max-width: 34em) {
        .quiz {
          min-height: 22rem;
        }
      }
    `,
  ];

  protected override readonly section = "3";
  protected override readonly panel = "units";
  #state: UnitsState | null = null;

  /** The rows, the question and the score. */
  get state(): UnitsState {
    const { lab } = this;
    return (this.#state ??= new UnitsState(lab, () => Promise.resolve(lab.gallery)));
  }

  protected override words() {
    return html`<p>
        ${msg(html`Inside the network are layers of hidden <b>units</b>. Collect the digits that excite a unit most, and they often have something in common, as if it had learnt to look for that.`)}
      </p>
      <p>
        ${msg(html`Now mix all units at random, and collect the digits that excite <b>the mixture</b>. One of these rows is a unit’s, the other a mixture’s. Can you tell which?`)}
      </p>`;
  }

  protected override live() {
    const { state } = this;
    const count = number(10_000);
    return html`<div class="quiz" data-testid="units-story" data-fresh=${String(state.fresh)}>
        ${
          state.shown
            ? html`<bs-units-quiz .lab=${this.lab} .state=${state}></bs-units-quiz>`
            : html`<p class="muted">${state.problem === null ? this.#showing() : words(state.problem)}</p>`
        }
      </div>
      <p class="words">
        ${sentences(
          msg(
            "If you can’t, you see what the paper saw: the meaning is in the layer as a whole, not in single units.",
          ),
          msg(str`The lab counts it over ${count} digits, and says who disagrees.`),
        )}
      </p>`;
  }

  #showing(): string {
    const digits = this.lab.gallery?.labels.length ?? 0;
    const count = number(digits);
    return plural(digits, {
      one: msg(str`Showing ${count} digit to the network …`),
      other: msg(str`Showing ${count} digits to the network …`),
    });
  }

  protected override follow(): void {
    if (this.lab.gallery) this.state.follow();
  }

  protected override rest(): void {
    // What is there stays, with the score.
    if (!this.state.fresh) this.state.leave();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.state.leave();
  }

  protected override formula() {
    const most = (direction: unknown) => html`argmax<sub><i>x</i></sub> ⟨<i>φ</i>(<i>x</i>), ${direction}⟩`;
    const [unit, mixture] = [most(html`<i>e</i><sub>i</sub>`), most(html`<i>v</i>`)];
    return html`<p class="formula">${msg(html`${unit} and ${mixture}`)}</p>
      <p>
        ${msg("φ(x) is what all units of the layer answer to a digit x. A unit is the direction eᵢ, which takes the i-th answer alone; v is a random direction, which takes a mixture of all.")}
      </p>`;
  }
}

define("bs-story-units", BsStoryUnits);
