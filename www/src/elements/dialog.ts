import { msg } from "@lit/localize";
import { html, type CSSResultGroup, type TemplateResult } from "lit";
import { LabElement } from "./base.js";
import { base, controls, css } from "./style.js";

/** A dialog with a title and a way out. */
export abstract class LabDialog extends LabElement {
  static override styles: CSSResultGroup = [
    base,
    controls,
    css`
      dialog {
        width: min(60rem, 96vw);
        max-height: 94vh;
        color: var(--ink);
        background: var(--page);
        border: 3px solid var(--control);
        border-radius: var(--radius);
        padding: 0 1.25rem 1.25rem;
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 50%);
      }
      .head {
        position: sticky;
        top: 0;
        z-index: 1;
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        align-items: center;
        gap: 0.5rem 1rem;
        background: var(--page);
        padding-block: 0.75rem;
      }
      .head h2 {
        flex: 1 1 10rem;
        min-width: 0;
        border: 0;
        padding: 0;
      }
      .head button {
        flex: none;
        white-space: nowrap;
      }
    `,
  ];

  protected abstract readonly heading: string;
  protected abstract body(): TemplateResult;

  /** Shows it; resolves when it was closed. */
  async open(): Promise<void> {
    await this.updateComplete;
    const dialog = this.renderRoot.querySelector("dialog") as HTMLDialogElement;
    const closed = new Promise((close) => dialog.addEventListener("close", close, { once: true }));
    dialog.showModal();
    await closed;
  }

  protected override render() {
    return html`<dialog aria-labelledby="title">
      <div class="head">
        <h2 id="title">${this.heading}</h2>
        <button type="button" @click=${() => this.renderRoot.querySelector("dialog")?.close()}>
          ${msg("Close")}
        </button>
      </div>
      ${this.body()}
    </dialog>`;
  }
}
