import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import type { Example } from "../lab/example.js";
import { wayOf, ways } from "../lab/methods.js";
import { LabElement } from "./base.js";
import { define } from "./define.js";
import { takeFocus } from "./focus.js";
import { base, controls, css } from "./style.js";
import { fixed, number, percent, plural } from "../lab/language.js";

/** Which network shall read which digit as what; the button, and how far the search has come. */
export class BsAttack extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      .wish {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem;
        font-size: 1.0625rem;
      }
      .wish select {
        font-weight: 650;
      }
      .wish label {
        display: inline-flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem;
        min-width: 0;
      }
      .go {
        flex: 1 0 8rem;
        min-height: 52px;
      }
      .bits {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        min-height: 44px;
        width: fit-content;
        cursor: pointer;
      }
      .bits input {
        flex: none;
        width: 1.25rem;
        height: 1.25rem;
        margin: 0;
        accent-color: var(--control);
      }
      .say {
        margin-top: 0.25rem;
        /* Room for what was found and how, so that nothing moves when it is said. */
        min-height: 4.75rem;
      }
      @media (max-width: 45.99rem) {
        .say {
          min-height: 7.375rem;
        }
      }
      .how {
        margin-bottom: 0.375rem;
      }
      .message {
        border-left: 4px solid var(--fool-fill);
        padding-left: 0.625rem;
        font-size: 1rem;
      }
      progress {
        display: block;
        width: 100%;
        height: 0.5rem;
        appearance: none;
        border: 1px solid var(--control);
        background: var(--sheet);
        color: var(--fool-fill);
      }
      progress::-webkit-progress-bar {
        background: var(--sheet);
        forced-color-adjust: none;
      }
      progress::-webkit-progress-value {
        background: var(--fool-fill);
        forced-color-adjust: none;
      }
      progress::-moz-progress-bar {
        background: var(--fool-fill);
        forced-color-adjust: none;
      }
    `,
  ];

  protected override render() {
    const { lab } = this;
    const { fooling, label, choices, classes } = lab;
    const running = fooling.phase === "running";
    const way = wayOf(choices.method);
    return html`
      <h2><span class="step" aria-hidden="true">2</span> ${msg("Fool a network")}</h2>
      <div class="wish">
        ${
          this.hides("model")
            ? html`<span>${msg("Make")} <b>${lab.chosen?.title}</b></span>`
            : html`<label>
                ${msg("Make")}
                <select
                  aria-label=${msg("Network to fool")}
                  ?disabled=${running || lab.locks("model")}
                  @change=${this.#model}
                >
                  ${lab.slots.length === 0 ? html`<option>${msg("the networks")}</option>` : nothing}
                  ${lab.slots.map(
                    ({ name, title, state }) =>
                      html`<option
                        value=${name}
                        .selected=${name === lab.chosen?.name}
                        ?disabled=${state === "failed"}
                      >
                        ${title}
                      </option>`,
                  )}
                </select>
              </label>`
        }
        <label>
          ${msg("read this")}
          ${
            this.hides("label")
              ? html`<b>${label ?? msg("digit")}</b>`
              : html`<select
                  aria-label=${msg("True digit")}
                  ?disabled=${running || label === null || lab.locks("label")}
                  @change=${this.#label}
                >
                  ${label === null ? html`<option selected>${msg("digit")}</option>` : nothing}
                  ${classes.map((k) => html`<option value=${k} .selected=${k === label}>${k}</option>`)}
                </select>`
          }
        </label>
        ${
          this.hides("target")
            ? html`<span>${msg("as")} <b>${choices.target ?? msg("another digit")}</b></span>`
            : html`<label>
                ${msg("as")}
                <select
                  aria-label=${msg("Target")}
                  ?disabled=${running || lab.locks("target")}
                  @change=${this.#target}
                >
                  <option value="any" .selected=${choices.target === null}>${msg("any other digit")}</option>
                  ${classes
                    .filter((k) => k !== label)
                    .map((k) => html`<option value=${k} .selected=${k === choices.target}>${k}</option>`)}
                </select>
              </label>`
        }
        ${
          this.hides("method")
            ? nothing
            : html`<label>
                ${msg("by")}
                <select
                  aria-label=${msg("Method")}
                  ?disabled=${running || lab.locks("method")}
                  @change=${this.#method}
                >
                  ${ways.map(
                    ({ method, title }) =>
                      html`<option value=${method} .selected=${method === choices.method}>${title}</option>`,
                  )}
                </select>
              </label>`
        }
        ${
          running
            ? html`<button type="button" id="cancel" class="go" @click=${this.#cancel}>
                ${msg("Cancel")}
              </button>`
            : html`<button type="button" id="fool" class="go primary" @click=${this.#fool}>
                ${msg("Fool it")}
              </button>`
        }
      </div>
      ${
        this.hides("bits")
          ? nothing
          : html`<label class="bits small">
              <input
                type="checkbox"
                data-testid="bits"
                .checked=${choices.bits === 8}
                ?disabled=${running || lab.locks("bits")}
                @change=${this.#bits}
              />
              ${msg("Find one that a saved picture keeps (8 bits)")}
            </label>`
      }
      <div class="say small">
        <p class="muted how" data-testid="method">${way.sentence}</p>
        ${
          running
            ? html`<progress
                  aria-label=${msg("Search")}
                  max="1"
                  .value=${fooling.progress?.fraction ?? 0}
                ></progress>
                <p class="number" data-testid="progress">${this.#progress()}</p>`
            : fooling.message || fooling.example
              ? html`<p class="message" data-testid="message">
                  ${fooling.message ?? (fooling.example ? sentence(fooling.example) : nothing)}
                </p>`
              : nothing
        }
      </div>
      <p class="unseen" role="status">
        ${running ? msg("Searching") : (fooling.message ?? (fooling.example ? sentence(fooling.example) : ""))}
      </p>
    `;
  }

  #progress(): string {
    const { fooling, image, awaits } = this.lab;
    const { progress } = fooling;
    if (awaits) return awaits;
    if (!progress) return msg("Searching …");
    const { evaluations, bestL2 } = progress;
    const count = number(evaluations);
    if (bestL2 == null)
      return plural(evaluations, {
        one: msg(str`${count} gradient evaluation`),
        other: msg(str`${count} gradient evaluations`),
      });
    const distortion = fixed(bestL2 / Math.sqrt(image?.length ?? 1), 3);
    return plural(evaluations, {
      one: msg(str`${count} gradient evaluation; best distortion ${distortion}`),
      other: msg(str`${count} gradient evaluations; best distortion ${distortion}`),
    });
  }

  #follow = false;

  #fool(): void {
    void this.lab.fooling.start();
    this.#follow = this.lab.fooling.phase === "running";
  }

  /** The second click of a double one meets the other button, and means the first. */
  #cancel(event: MouseEvent): void {
    if (event.detail < 2) this.lab.fooling.cancel();
  }

  /** The button changes with the phase; the focus that it had goes to the next one, unless it has moved on. */
  protected override updated(): void {
    if (!this.#follow) return;
    takeFocus(this.renderRoot.querySelector("#cancel, #fool"));
    if (this.lab.fooling.phase !== "running") this.#follow = false;
  }

  #model(event: Event): void {
    this.lab.choose({ model: (event.target as HTMLSelectElement).value });
  }

  #label(event: Event): void {
    this.lab.setLabel(Number((event.target as HTMLSelectElement).value));
  }

  #method(event: Event): void {
    this.lab.choose({ method: wayOf((event.target as HTMLSelectElement).value).method });
  }

  #bits(event: Event): void {
    this.lab.choose({ bits: (event.target as HTMLInputElement).checked ? 8 : null });
  }

  #target(event: Event): void {
    const { value } = event.target as HTMLSelectElement;
    this.lab.choose({ target: value === "any" ? null : Number(value) });
  }
}

/** What was found, in a sentence. */
export function sentence({ slot, before, after, report }: Example): string {
  const { title } = slot;
  const [now, was, change] = [after.label, before.label, percent(report.distortion, 1)];
  return msg(
    str`Fooled: ${title} reads ${now} where it read ${was}, after a change of about ${change} in each pixel.`,
  );
}

define("bs-attack", BsAttack);
