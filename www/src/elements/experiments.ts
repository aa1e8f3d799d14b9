import { msg } from "@lit/localize";
import { html, nothing } from "lit";
import type { PanelName } from "../lab/address.js";
import { panelNamed, panels } from "../panels/panels.js";
import { LabElement } from "./base.js";
import { define } from "./define.js";
import "./experiment.js";
import { base, controls, css } from "./style.js";

/** The further experiments, one at a time behind tabs. */
export class BsExperiments extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      [role="tablist"] {
        display: flex;
        flex-wrap: wrap;
        gap: 0.375rem;
        margin-bottom: 1.125rem;
      }
      [role="tab"] {
        border-color: var(--rule);
        color: var(--label);
        font-weight: 600;
      }
      [role="tab"][aria-selected="true"] {
        background: var(--control);
        border-color: var(--control);
        color: var(--sheet);
        forced-color-adjust: none;
      }
      @media (forced-colors: active) {
        [role="tab"][aria-selected="true"] {
          outline: 3px solid;
        }
      }
    `,
  ];

  protected override render() {
    const chosen = panelNamed(this.lab.choices.panel) ?? panels[0];
    if (!chosen) return nothing;
    return html`
      <h2><span class="step" aria-hidden="true">4</span> ${msg("Look closer")}</h2>
      <div
        role="tablist"
        aria-label=${msg("Experiments")}
        @keydown=${(event: KeyboardEvent) => this.#key(event)}
      >
        ${panels.map(
          ({ name, title }) =>
            html`<button
              type="button"
              role="tab"
              id="tab-${name}"
              aria-selected=${name === chosen.name}
              aria-controls="panel"
              tabindex=${name === chosen.name ? 0 : -1}
              @click=${() => this.lab.choose({ panel: name })}
            >
              ${title()}
            </button>`,
        )}
      </div>
      <div role="tabpanel" id="panel" aria-labelledby="tab-${chosen.name}">
        <bs-experiment name=${chosen.name} .lab=${this.lab}></bs-experiment>
      </div>
    `;
  }

  /** Arrows, Home and End go from tab to tab, as in every list of tabs. */
  #key(event: KeyboardEvent): void {
    const at = panels.findIndex((panel) => panel === (panelNamed(this.lab.choices.panel) ?? panels[0]));
    const last = panels.length - 1;
    const next = {
      ArrowLeft: at === 0 ? last : at - 1,
      ArrowRight: at === last ? 0 : at + 1,
      Home: 0,
      End: last,
    }[event.key];
    const panel = next === undefined ? undefined : panels[next];
    if (!panel) return;
    event.preventDefault();
    this.lab.choose({ panel: panel.name });
    void this.#focus(panel.name);
  }

  /** Puts the tabs at the top of the window, and the focus on one of them. */
  show(panel: PanelName): void {
    this.scrollIntoView();
    void this.#focus(panel);
  }

  async #focus(panel: PanelName): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(`#tab-${panel}`)?.focus({ preventScroll: true });
  }
}

define("bs-experiments", BsExperiments);
