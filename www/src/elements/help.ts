import { msg } from "@lit/localize";
import { html } from "lit";
import { define } from "./define.js";
import { SpokenElement } from "./spoken.js";
import { base, controls, css } from "./style.js";

const keys = (): readonly (readonly [
  where: string,
  rows: readonly (readonly [keys: string, does: string])[],
])[] => [
  [
    msg("Drawing area"),
    [
      [msg("Arrow keys"), msg("move the pen; with Shift, three times as far")],
      [msg("Space, Enter"), msg("put the pen down, or lift it")],
      [msg("Escape"), msg("lifts the pen")],
      [msg("Control Z"), msg("takes back the last stroke")],
      [msg("Delete"), msg("clears the drawing")],
    ],
  ],
  [
    msg("Samples and tabs"),
    [
      [msg("Arrow keys"), msg("go to the next one, and choose it")],
      [msg("Home, End"), msg("go to the first or the last")],
    ],
  ],
  [
    msg("Sliders"),
    [
      [msg("Arrow keys"), msg("change by one step")],
      [msg("Page Up, Page Down"), msg("change by many steps")],
    ],
  ],
  [
    msg("Everywhere"),
    [
      [msg("Tab"), msg("goes to the next control")],
      ["?", msg("opens this list; Escape closes it")],
    ],
  ],
];

/** What the keyboard can do: a button, and a dialog that “?” opens from anywhere but a field for text. */
export class BsHelp extends SpokenElement {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: inline-block;
      }
      dialog {
        width: min(34rem, calc(100vw - 2rem));
        max-height: calc(100vh - 2rem);
        overflow: auto;
        padding: 0 1.25rem 1.25rem;
        color: var(--ink);
        background: var(--sheet);
        border: 1.5px solid var(--control);
        border-radius: var(--radius);
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 45%);
      }
      h2 {
        border-top: 0;
        padding-block: 1rem 0.25rem;
      }
      h3 {
        margin-top: 0.75rem;
        color: var(--label);
        font-size: 0.875rem;
      }
      dl {
        display: grid;
        grid-template-columns: minmax(0, 11rem) minmax(0, 1fr);
        gap: 0.125rem 1rem;
      }
      dt {
        font-weight: 650;
      }
      dialog button {
        margin-top: 1rem;
      }
    `,
  ];

  readonly #onkey = (event: KeyboardEvent): void => {
    const field = event.composedPath()[0];
    const writes =
      field instanceof HTMLElement &&
      field.matches("textarea, select, [contenteditable], input:not([type=range])");
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || writes) return;
    event.preventDefault();
    this.#open();
  };

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.#onkey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.#onkey);
  }

  protected override render() {
    return html`
      <button type="button" aria-haspopup="dialog" @click=${() => this.#open()}>${msg("Keyboard")}</button>
      <dialog aria-labelledby="title">
        <h2 id="title">${msg("What the keyboard can do")}</h2>
        ${keys().map(
          ([where, rows]) =>
            html`<h3>${where}</h3>
              <dl>
                ${rows.map(
                  ([key, does]) =>
                    html`<dt>${key}</dt>
                      <dd>${does}</dd>`,
                )}
              </dl>`,
        )}
        <button type="button" @click=${() => this.#dialog?.close()}>${msg("Close")}</button>
      </dialog>
    `;
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector("dialog");
  }

  #open(): void {
    if (this.#dialog?.open === false) this.#dialog.showModal();
  }
}

define("bs-help", BsHelp);
