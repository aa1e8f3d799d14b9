import { msg } from "@lit/localize";
import { html } from "lit";
import { LabElement } from "./base.js";
import { define } from "./define.js";
import { base, controls, css } from "./style.js";

/** The way in for pictures: a button, what is dropped beside it, and what is pasted. The rest is fetched then. */
export class BsPicture extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      button {
        width: 100%;
      }
    `,
  ];

  /** Where a file may be dropped. */
  #area: HTMLElement | null = null;
  /** Whether the dialog is there, or on its way. */
  #open = false;

  protected override render() {
    return html`<button type="button" data-testid="picture" @click=${() => void this.#show([])}>
      ${msg("Use a picture …")}
    </button>`;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#area = this.parentElement;
    this.#area?.addEventListener("dragover", this.#drag);
    this.#area?.addEventListener("drop", this.#drop);
    window.addEventListener("paste", this.#paste);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#area?.removeEventListener("dragover", this.#drag);
    this.#area?.removeEventListener("drop", this.#drop);
    window.removeEventListener("paste", this.#paste);
  }

  readonly #drag = (event: DragEvent) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  };

  readonly #drop = (event: DragEvent) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    void this.#show(files);
  };

  readonly #paste = (event: ClipboardEvent) => {
    const [target] = event.composedPath();
    const writes = target instanceof HTMLElement && (target.isContentEditable || isField(target));
    const files = [...(event.clipboardData?.files ?? [])];
    // Of several labs on a page the first takes it.
    if (files.length === 0 || writes || event.defaultPrevented) return;
    event.preventDefault();
    void this.#show(files);
  };

  async #show(files: readonly File[]): Promise<void> {
    if (this.#open) return;
    this.#open = true;
    try {
      const { BsPictureDialog } = await import("./picture-dialog.js");
      const dialog = new BsPictureDialog();
      dialog.lab = this.lab;
      this.renderRoot.append(dialog);
      await dialog.open(files);
      dialog.remove();
    } catch {
      this.lab.tell(() => msg("A part of this page could not be loaded. Reload it to try again."));
    }
    this.#open = false;
  }
}

function isField(element: HTMLElement): boolean {
  return element.matches("textarea, input:not([type=checkbox], [type=radio], [type=range], [type=file])");
}

define("bs-picture", BsPicture);
