import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import type { Model } from "../engine/options.js";
import { expectedPixels, outputKind } from "../lab/expects.js";
import "../lab/more-failures.js";
import { samplesRead } from "../lab/networks.js";
import type { PixelChoice } from "../lab/own-file.js";
import { LabElement } from "./base.js";
import { define } from "./define.js";
import { fileStyle } from "./file-style.js";
import { base, controls, css } from "./style.js";
import { number, plural } from "../lab/language.js";

type PixelScale = PixelChoice["normalize"];

/** Numbers that files take for pixels, as people write of them. */
const scales = (): readonly (readonly [string, string])[] => [
  ["none", msg("0 to 1")],
  ["0-255", msg("0 to 255")],
  ["signed", msg("−1 to 1")],
  ["0.1307,0.3081", msg("mean 0.1307, deviation 0.3081")],
  ["0.5,1", msg("−0.5 to 0.5")],
];

/** What was loaded, and how well it reads digits. */
function loaded(model: Model) {
  const { name, parameters, pixels } = model;
  const output = outputKind(model.output);
  const read = samplesRead(model);
  const other = pixels.others[0];
  const count = number(parameters);
  const words = expectedPixels(model, pixels);
  const otherWords = other && expectedPixels(other);
  const otherCount = other && Math.round(other.accuracy * pixels.samples);
  return html`<p class="small" data-testid="own-loaded">
    ${plural(parameters, {
      one: msg(str`${name} is loaded: ${count} parameter, gives ${output}.`),
      other: msg(str`${name} is loaded: ${count} parameters, gives ${output}.`),
    })}
    ${read ? (pixels.poor ? msg(str`It reads only ${read}, with ${words}.`) : msg(str`It reads ${read}, with ${words}.`)) : nothing}
    ${model.straightThrough ? msg("It rounds, and gradients go straight through its roundings.") : ""}
    ${
      model.precision === "single"
        ? nothing
        : msg("Its file computes in 16 bits; changes are made large enough to fool it there, too.")
    }
    ${pixels.poor ? msg("It may be for other images than digits.") : nothing}
    ${
      other
        ? msg(
            str`With ${otherWords} it reads ${otherCount}: distances differ, so choose what it was trained on.`,
          )
        : nothing
    }
  </p>`;
}

/** A visitor's own ONNX file as one more network. */
export class BsOwn extends LabElement {
  static override properties = { over: { state: true }, busy: { state: true } };
  static override styles = [
    base,
    controls,
    fileStyle,
    css`
      [role="status"] p {
        margin-top: 0.5rem;
      }
      .pixels {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 1rem;
        margin-top: 0.5rem;
      }
      .pixels label,
      .pixels select {
        max-width: 100%;
      }
      .problem {
        margin-top: 0.5rem;
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
    const { problem } = lab.own;
    return html`
      <h2>${msg("Use your own ONNX network")}</h2>
      <p>
        ${msg(html`Any network that reads an image as one of ten digits; digits of 28 × 28 are fitted to other sizes and to colour. The file stays on your machine. If its weights lie in a second file (<code>.onnx.data</code>), choose or drop both together.`)}
      </p>
      <div
        class="drop ${this.over ? "over" : ""}"
        @dragover=${this.#drag}
        @dragleave=${() => (this.over = false)}
        @drop=${this.#drop}
      >
        <label class="button">
          ${own ? msg("Choose another file") : msg("Choose a file")}
          <input type="file" multiple aria-label=${msg("Your ONNX file")} @change=${this.#choose} />
        </label>
        <span class="small muted">${this.busy ? msg("Reading it …") : msg("or drop it here")}</span>
        ${
          this.busy
            ? html`<button data-testid="own-cancel" @click=${() => this.lab.own.cancel()}>
                ${msg("Cancel")}
              </button>`
            : nothing
        }
      </div>
      <div role="status">${own?.model && !lab.own.problem ? loaded(own.model) : nothing}</div>
      ${own?.model && !lab.own.problem ? this.#pixels(own.model) : nothing}
      <div role="alert">
        ${problem ? html`<p class="problem" data-testid="own-problem" lang=${problem.lang ?? nothing}>${problem.text}</p>` : nothing}
      </div>
    `;
  }

  /** What the file takes for pixels, to be corrected. */
  #pixels(model: Model) {
    const { normalize, invert, pixels } = model;
    const known = scales().some(([value]) => value === normalize);
    const words = expectedPixels(model, pixels);
    return html`
      <div class="pixels">
        <label
          >${msg("Pixels")}
          <select data-testid="own-pixels" ?disabled=${this.busy} @change=${this.#choosePixels}>
            <option value="auto">
              ${pixels.chosen === "given" ? msg("find out") : msg(str`found out: ${words}`)}
            </option>
            ${scales().map(
              ([value, title]) =>
                html`<option value=${value} .selected=${pixels.chosen === "given" && value === normalize}>
                  ${title}
                </option>`,
            )}
            ${
              known || pixels.chosen !== "given"
                ? nothing
                : html`<option value=${normalize} selected>${words}</option>`
            }
          </select></label
        >
        <label
          ><input
            class="check"
            type="checkbox"
            data-testid="own-invert"
            .checked=${invert}
            ?disabled=${this.busy}
            @change=${this.#choosePixels}
          />
          ${msg("black ink on white")}</label
        >
      </div>
    `;
  }

  #choosePixels(): void {
    const select = this.renderRoot.querySelector("select");
    const invert = this.renderRoot.querySelector<HTMLInputElement>(".check")?.checked ?? false;
    const present = this.lab.slots.find((slot) => slot.own)?.model;
    const auto = select?.value === "auto";
    // Whoever inverts what was found out says all of it.
    const normalize = auto && present && invert !== present.invert ? present.normalize : select?.value;
    const choice = normalize === "auto" || !normalize ? null : { normalize: normalize as PixelScale, invert };
    void this.#work(this.lab.own.read(choice));
  }

  async #work(work: Promise<void>): Promise<void> {
    this.busy = true;
    await work;
    this.busy = false;
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
    const others = files.filter((other) => other !== file);
    await this.#work(this.lab.own.load(file, others));
  }
}

define("bs-own", BsOwn);
