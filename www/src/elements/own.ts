import { css, html, nothing } from "lit";
import { LabElement } from "./base.js";
import { base, controls } from "./style.js";

/** A visitor's own ONNX file as one more network. */
export class BsOwn extends LabElement {
  static override properties = { over: { state: true }, busy: { state: true } };
  static override styles = [
    base,
    controls,
    css`
      .drop {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 1rem;
        margin-top: 0.5rem;
        padding: 0.75rem;
        border: 1.5px dashed var(--control);
      }
      .drop.over {
        background: var(--field);
        border-style: solid;
      }
      .button {
        position: relative;
      }
      input {
        position: absolute;
        inset: 0;
        width: 100%;
        opacity: 0;
        cursor: pointer;
        font-size: 0;
      }
      .button:has(:focus-visible) {
        outline: 3px solid var(--label);
        outline-offset: 2px;
      }
      .problem {
        color: var(--fool);
        margin-top: 0.5rem;
        overflow-wrap: anywhere;
      }
    `,
  ];

  declare over: boolean;
  declare busy: boolean;

  constructor() {
    super();
    this.over = false;
    this.busy = false;
  }

  protected override render() {
    const { lab } = this;
    const own = lab.slots.find((slot) => slot.own);
    return html`
      <h2>Use your own ONNX network</h2>
      <p>
        Any network that reads a 28 × 28 image as one of ten digits. The file stays on your machine. If its
        weights lie in a second file (<code>.onnx.data</code>), choose or drop both together.
      </p>
      <div
        class="drop ${this.over ? "over" : ""}"
        @dragover=${this.#drag}
        @dragleave=${() => (this.over = false)}
        @drop=${this.#drop}
      >
        <label class="button">
          ${own ? "Choose another file" : "Choose a file"}
          <input type="file" multiple aria-label="Your ONNX file" @change=${this.#choose} />
        </label>
        <span class="small muted">${this.busy ? "Reading it …" : "or drop it here"}</span>
      </div>
      <div role="status">
        ${
          own && !lab.ownProblem
            ? html`<p class="small" data-testid="own-loaded">
                ${own.title} is loaded: ${own.model?.parameters.toLocaleString("en")} parameters, gives
                ${own.model?.output}.
              </p>`
            : nothing
        }
      </div>
      <div role="alert">
        ${lab.ownProblem ? html`<p class="problem" data-testid="own-problem">${lab.ownProblem}</p>` : nothing}
      </div>
    `;
  }

  #drag(event: DragEvent): void {
    event.preventDefault();
    this.over = true;
  }

  #drop(event: DragEvent): void {
    event.preventDefault();
    this.over = false;
    void this.#take(event.dataTransfer?.files);
  }

  #choose(event: Event): void {
    const input = event.target as HTMLInputElement;
    void this.#take(input.files);
    // The same file may be chosen again after it was mended.
    input.value = "";
  }

  async #take(chosen: FileList | null | undefined): Promise<void> {
    const files = [...(chosen ?? [])];
    // The graph is in the one that is called so; its weights may lie in the others.
    const file = files.find(({ name }) => /\.onnx$/i.test(name)) ?? files[0];
    if (!file) return;
    this.busy = true;
    await this.lab.loadOwn(
      file,
      files.filter((other) => other !== file),
    );
    this.busy = false;
  }
}

customElements.define("bs-own", BsOwn);
