import { msg } from "@lit/localize";
import { html, nothing } from "lit";
import type { BackendChoice } from "../engine/messages.js";
import { reason } from "../lab/reasons.js";
import { LabElement } from "./base.js";
import { define } from "./define.js";
import { base, controls, css } from "./style.js";

const wishes = (): [BackendChoice, string][] => [
  ["auto", msg("Auto")],
  ["webgpu", "WebGPU"],
  ["cpu", msg("CPU")],
];

/** Where the networks run, and why; the visitor may choose. */
export class BsBackend extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: 0;
        border: 0;
        margin: 0.5rem 0 0;
        padding: 0;
      }
      label {
        position: relative;
        display: inline-flex;
        align-items: center;
        min-height: 44px;
        padding: 0 1rem;
        border: 1.5px solid var(--control);
        margin-left: -1.5px;
        cursor: pointer;
      }
      label:first-of-type {
        margin-left: 0;
      }
      label:hover {
        background: var(--field);
      }
      input {
        position: absolute;
        opacity: 0;
        inset: 0;
        width: 100%;
        height: 100%;
        margin: 0;
        cursor: inherit;
      }
      label:has(:checked) {
        background: var(--control);
        color: var(--sheet);
        forced-color-adjust: none;
        font-weight: 650;
      }
      label:has(:focus-visible) {
        outline: 3px solid var(--label);
        outline-offset: 2px;
        z-index: 1;
      }
      label:has(:disabled) {
        color: var(--muted);
        cursor: default;
        background: none;
      }
      @media (forced-colors: active) {
        label:has(:checked) {
          outline: 3px solid;
          outline-offset: -5px;
        }
      }
    `,
  ];

  /** What is told in a region that stands already is read out; this element comes when there is something to tell. */
  protected override firstUpdated(): void {
    this.requestUpdate();
  }

  protected override render() {
    const { backend, choices, switching, engine } = this.lab;
    const why = reason(backend?.reason ?? "");
    return html`
      <h2>${msg("Where it runs")}</h2>
      <p role="status" data-testid="backend" data-kind=${backend?.kind ?? nothing}>
        ${
          !backend || !this.hasUpdated
            ? msg("Starting …")
            : switching
              ? msg("Switching …")
              : html`<b>${backend.kind === "webgpu" ? "WebGPU" : msg("CPU")}</b
                  >${backend.adapter ? ` (${backend.adapter})` : ""}.
                  <span lang=${why.lang ?? nothing}>${why.text}</span> ${
                    engine?.blocking
                      ? msg("This frame may not start a worker, so the page pauses while a search runs.")
                      : nothing
                  }`
        }
      </p>
      <fieldset ?disabled=${!backend || switching}>
        <legend class="unseen">${msg("Where the networks run")}</legend>
        ${wishes().map(
          ([wish, title]) =>
            html`<label>
              <input
                type="radio"
                name="backend"
                value=${wish}
                .checked=${choices.backend === wish}
                ?disabled=${wish === "webgpu" && backend?.webgpuAvailable === false}
                @change=${() => this.lab.useBackend(wish)}
              />${title}
            </label>`,
        )}
      </fieldset>
    `;
  }
}

define("bs-backend", BsBackend);
