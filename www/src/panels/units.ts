import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { LabElement } from "../elements/base.js";
import { define } from "../elements/define.js";
import { base, controls, css } from "../elements/style.js";
import "./units/numbers.js";
import "./units/quiz.js";
import "./units/rows.js";
import { UnitsState } from "./units/state.js";
import type { Said } from "../lab/saying.js";
import { number, plural } from "../lab/language.js";
import { workRow } from "./work.js";

/** Units against random directions: a quiz, rows, numbers (Szegedy et al., 2013, section 3). */
export class BsUnits extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      .lead {
        max-width: 52rem;
        font-size: 1.0625rem;
        text-wrap: pretty;
      }
      .choose {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 1rem;
        margin-block: 0.875rem;
      }
      .choose label {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 0.5rem;
        min-width: 0;
      }
      h3 {
        margin: 1.5rem 0 0.5rem;
        font-size: 1.0625rem;
      }
      .quiz {
        max-width: 52rem;
      }
      progress {
        flex: 0 1 16rem;
        min-width: 4rem;
        accent-color: var(--control);
      }
      /* Room for one row, whether something is said or not. */
      .now {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 1rem;
        min-height: 44px;
      }
      /* Another layer's rows, until the new ones are there. */
      .old {
        opacity: 0.6;
      }
      @media (max-width: 34rem) {
        .now {
          min-height: 5.5rem;
        }
      }
      a {
        color: var(--label);
      }
      .problem {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 1rem;
        padding: 0.625rem 0.875rem;
        border: 1.5px dashed var(--rule);
        max-width: 52rem;
      }
      .against {
        max-width: 52rem;
        margin-top: 1.25rem;
        padding-top: 0.75rem;
        border-top: 1px solid var(--rule);
        text-wrap: pretty;
      }
    `,
  ];

  readonly #state = new Map<object, UnitsState>();

  /** What is shown of the present lab. */
  get state(): UnitsState {
    const { lab } = this;
    const state = this.#state.get(lab) ?? new UnitsState(lab);
    this.#state.set(lab, state);
    return state;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.state.leave();
  }

  protected override updated(): void {
    if (this.isConnected) this.state.follow();
  }

  protected override render() {
    const { shown } = this.state;
    return html`
      <p class="lead">
        ${msg(html`A hidden <b>unit</b> answers more to some digits than to others. Collect the eight that excite it most, and the row often seems to mean something. The paper found that rows of a <b>random direction</b>, a random mixture of all units, look just as meaningful. Can you tell them apart?`)}
      </p>
      ${this.#choose()} ${this.#now()} ${shown ? this.#shown() : this.#waiting()}
      <p class="against small" data-testid="units-against">
        ${msg(html`Others disagree with the paper: in networks for photographs, <cite>Network Dissection</cite> (<a href="https://arxiv.org/abs/1704.05796" target="_blank" rel="noopener noreferrer">Bau et al., 2017</a>) finds far fewer units that detect something nameable once a random rotation has mixed them. But how selective a unit is says little about how much the network needs it (<a href="https://arxiv.org/abs/1803.06959" target="_blank" rel="noopener noreferrer">Morcos et al., 2018</a>).`)}
      </p>
    `;
  }

  #choose() {
    const { state } = this;
    const { slot, layers } = state;
    return html`<div class="choose">
      <label>
        ${msg("Network")}
        <select
          aria-label=${msg("Network to look into")}
          @change=${(event: Event) => state.choose((event.target as HTMLSelectElement).value)}
        >
          ${this.lab.slots.map(
            ({ name, title }) =>
              html`<option value=${name} .selected=${name === slot?.name}>${title}</option>`,
          )}
        </select>
      </label>
      ${
        layers.length === 0
          ? nothing
          : html`<label>
              ${msg("Hidden layer")}
              <select
                aria-label=${msg("Hidden layer")}
                @change=${(event: Event) =>
                  slot && state.choose(slot.name, Number((event.target as HTMLSelectElement).value))}
              >
                ${layers.map(
                  ({ number: place, units, places }) =>
                    html`<option value=${place} .selected=${place === state.layer}>
                      ${layerName(place, units, places)}
                    </option>`,
                )}
              </select>
            </label>`
      }
    </div>`;
  }

  /** What is being done, or a word on what is shown. */
  #now() {
    const { state } = this;
    const { layers, layer, progress, cancelled } = state;
    const all = number(10_000);
    const channels = (layers[layer - 1]?.places ?? 1) > 1;
    return html`<div class="now small muted">
      ${
        progress !== null || cancelled
          ? workRow({
              title: msg("Digits shown"),
              doing: msg(str`Showing ${all} test digits to the layer …`),
              share: progress ?? 0,
              cancelled,
              ended: msg("Showing the digits was cancelled."),
              again: msg("Show them again"),
              cancel: () => state.stopShowing(),
              resume: () => state.retry(),
            })
          : channels
            ? html`<p>${msg("A channel answers with its mean over the image.")}</p>`
            : nothing
      }
    </div>`;
  }

  #waiting() {
    const { problem, progress, slot, cancelled } = this.state;
    if (problem) return this.#problem(problem);
    if (slot?.state === "failed") return html`<p class="problem">${notLoaded(slot.title)}</p>`;
    return progress === null && !cancelled
      ? html`<p class="muted">${msg("The networks are still loading …")}</p>`
      : nothing;
  }

  #problem(problem: Said) {
    return html`<div class="problem" role="alert" data-testid="units-problem">
      <p lang=${problem.lang ?? nothing}>${problem.text}</p>
      ${
        this.state.layers.length > 0
          ? html`<button type="button" @click=${() => this.state.retry()}>${msg("Try again")}</button>`
          : nothing
      }
    </div>`;
  }

  #shown() {
    const { lab, state } = this;
    const all = number(10_000);
    return html`
      ${state.problem ? this.#problem(state.problem) : nothing}
      <div
        class=${state.fresh ? "" : "old"}
        ?inert=${!state.fresh}
        data-testid="units-shown"
        data-fresh=${String(state.fresh)}
      >
        ${
          this.hides("quiz")
            ? nothing
            : html`<section class="quiz" aria-label=${msg("Quiz")}>
                <h3>${msg("Which row is the unit?")}</h3>
                <p class="small muted">
                  ${msg(str`Each row: the eight of ${all} test digits that excite one thing most, the strongest first.`)}
                </p>
                <bs-units-quiz .lab=${lab} .state=${state}></bs-units-quiz>
              </section>`
        }
        ${
          this.hides("rows")
            ? nothing
            : html`<section aria-label=${msg("All rows")}>
                <h3>${msg("Look at more of them")}</h3>
                <p class="small muted">
                  ${msg("The framed image is none of the digits: it was made by climbing the gradient from their mean.")}
                </p>
                <bs-units-rows .lab=${lab} .state=${state}></bs-units-rows>
              </section>`
        }
        ${
          this.hides("numbers")
            ? nothing
            : html`<section aria-label=${msg("In numbers")}>
                <h3>${msg("In numbers")}</h3>
                <bs-units-numbers .lab=${lab} .state=${state}></bs-units-numbers>
              </section>`
        }
      </div>
    `;
  }
}

/** "2: 100 units". */
function layerName(place: number, units: number, places: number): string {
  const count = number(units);
  return places > 1
    ? plural(units, {
        one: msg(str`${place}: ${count} channel`),
        other: msg(str`${place}: ${count} channels`),
      })
    : plural(units, { one: msg(str`${place}: ${count} unit`), other: msg(str`${place}: ${count} units`) });
}

function notLoaded(title: string): string {
  return msg(str`${title} could not be loaded.`);
}

define("bs-units", BsUnits);
