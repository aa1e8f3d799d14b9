import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { LabElement } from "../../elements/base.js";
import { define } from "../../elements/define.js";
import { base, controls, css } from "../../elements/style.js";
import "./row.js";
import { nameOf, type Kind, type UnitsState } from "./state.js";
import { plural } from "../../lab/language.js";

const titles = (): Record<Kind, string> => ({ unit: msg("Units"), direction: msg("Random directions") });

/** Rows of both kinds to page through, with the image that was made for each. */
export class BsUnitsRows extends LabElement {
  static override properties = { state: { attribute: false } };
  static override styles = [
    base,
    controls,
    css`
      .kinds {
        display: grid;
        gap: 1.25rem 2rem;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
      }
      h4 {
        margin: 0.5rem 0 0.375rem;
        font-size: 0.9375rem;
        color: var(--label);
      }
      .kinds li {
        display: grid;
        grid-template-columns: 6.25rem minmax(0, 1fr);
        align-items: center;
        gap: 0.625rem;
        padding-block: 0.25rem;
        border-top: 1px solid var(--rule);
      }
      .name {
        font-size: 0.875rem;
        line-height: 1.25;
      }
      @media (max-width: 34rem) {
        .kinds li {
          grid-template-columns: minmax(0, 1fr);
          gap: 0.125rem;
        }
        .name br {
          display: none;
        }
      }
      .turn {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 0.75rem;
        margin-top: 0.75rem;
      }
    `,
  ];

  declare state: UnitsState;

  protected override render() {
    const { state } = this;
    const [page, pages] = [state.page + 1, state.pages];
    const silent = state.shown?.units.silent.filter(Boolean).length ?? 0;
    return html`
      <div class="kinds">${(["unit", "direction"] as const).map((kind) => this.#kind(kind))}</div>
      <div class="turn">
        <button type="button" aria-label=${msg("Previous rows")} @click=${() => state.turn(-1)}>←</button>
        <span class="number" role="status" data-testid="units-page">${msg(str`${page} of ${pages}`)}</span>
        <button type="button" aria-label=${msg("Next rows")} @click=${() => state.turn(1)}>→</button>
        <button type="button" @click=${() => state.shuffle()}>${msg("Shuffle")}</button>
        <p class="small muted">
          ${
            silent > 0
              ? plural(silent, {
                  one: msg(str`${silent} unit gives every digit the same answer and is left out.`),
                  other: msg(str`${silent} units give every digit the same answer and are left out.`),
                })
              : nothing
          }
        </p>
      </div>
    `;
  }

  protected override updated(): void {
    void this.state.make();
  }

  #kind(kind: Kind) {
    const { state } = this;
    const purity = state.rowsOf(kind)?.purity ?? [];
    const length = state.rowsOf(kind)?.top[0]?.length ?? 0;
    return html`<section>
      <h4 id=${kind}>${titles()[kind]}</h4>
      <ol aria-labelledby=${kind}>
        ${state.visible(kind).map((index) => {
          const row = { kind, index };
          const same = Math.round((purity[index] ?? 0) * length);
          return html`<li data-testid="units-row" data-kind=${kind}>
            <span class="name"
              ><b>${nameOf(row)}</b> <br /><span class="muted"
                >${msg(str`${same} of ${length} alike`)}</span
              ></span
            >
            <bs-units-row
              made
              .lab=${this.lab}
              .state=${state}
              .row=${row}
              label=${nameOf(row)}
            ></bs-units-row>
          </li>`;
        })}
      </ol>
    </section>`;
  }
}

define("bs-units-rows", BsUnitsRows);
