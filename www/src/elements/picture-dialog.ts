import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { BlindSpotsError } from "../engine/errors.js";
import type { PhotographReport } from "../engine/messages.js";
import { number } from "../lab/language.js";
import { digitsIn, NoPicture, photographed, type Area, type Found } from "../lab/picture.js";
import { asSentence, failure } from "../lab/saying.js";
import "./crop.js";
import { define } from "./define.js";
import { LabDialog } from "./dialog.js";
import "./digit.js";
import { fileStyle } from "./file-style.js";
import { css } from "./style.js";

/** Digits of a file that are shown at once. */
const PAGE = 100;

/** What is doubtful about a picture, in words. */
const doubts = (): Record<NonNullable<PhotographReport["said"]>, string> => ({
  nothing: msg("No ink was found in this picture. A dark digit on light paper is found best."),
  busy: msg(
    "This does not look like a single digit: lines, a shadow or other marks may have been taken with it.",
  ),
  faint: msg("The ink is faint: what was found may be incomplete."),
});

/** What is said of a report; one without any ink gives nothing to use. */
function judged({ image, said }: PhotographReport): { words: string | null; empty: boolean } {
  const empty = image.every((value) => value === 0);
  if (empty && said === "busy")
    return {
      words: msg("The digit cannot be told from what is around it."),
      empty,
    };
  return { words: said && doubts()[said], empty };
}

/** The dialog that makes a digit of a visitor's file. */
export class BsPictureDialog extends LabDialog {
  static override properties = {
    found: { state: true },
    problem: { state: true },
    busy: { state: true },
    first: { state: true },
    frame: { state: true },
    others: { state: true },
  };
  static override styles = [
    LabDialog.styles,
    fileStyle,
    css`
      dialog {
        width: min(46rem, 96vw);
        min-height: min(34rem, 90vh);
      }
      .ways,
      .pages {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem 1rem;
        align-items: center;
      }
      .ways {
        margin-block: 0.75rem;
      }
      @media (pointer: fine) {
        .camera {
          display: none;
        }
      }
      .found {
        display: grid;
        grid-template-columns: minmax(0, 1.6fr) minmax(0, 1fr);
        gap: 0.75rem 1rem;
        align-items: end;
        margin-bottom: 0.75rem;
      }
      .found bs-crop {
        background: var(--field);
      }
      .digits {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(48px, 1fr));
        gap: 4px;
        max-height: 24rem;
        overflow-y: auto;
        padding: 4px;
        margin-block: 0.5rem;
      }
      .digits button {
        padding: 0;
        border: 0;
        background: none;
      }
      .digits button:hover bs-digit {
        border-color: var(--label);
      }
    `,
  ];

  declare found: Found | null;
  declare problem: BlindSpotsError | null;
  declare busy: boolean;
  /** The first digit of a file that is shown. */
  declare first: number;
  /** Where the visitor has said that the digit is. */
  declare frame: Area | null;
  /** How many files came with the one that is read. */
  declare others: number;
  #runs = 0;

  constructor() {
    super();
    this.found = null;
    this.problem = null;
    this.busy = false;
    this.first = 0;
    this.frame = null;
    this.others = 0;
  }

  protected override get heading(): string {
    return msg("Use a picture of a digit");
  }

  /** Shows the dialog until it is closed, with files if there are any. */
  override async open(files: readonly File[] = []): Promise<void> {
    window.addEventListener("paste", this.#paste, true);
    this.#take(files);
    await super.open();
    window.removeEventListener("paste", this.#paste, true);
  }

  protected override body() {
    const { problem, others } = this;
    const said =
      problem instanceof NoPicture
        ? { text: problem.message, lang: null }
        : problem && asSentence(failure(problem));
    return html`<div
      data-testid="picture-dialog"
      @dragover=${(event: DragEvent) => event.preventDefault()}
      @drop=${this.#drop}
    >
      <p>
        ${msg("A photograph, a scan, or a file of digits (NumPy’s .npy or MNIST’s IDX). It becomes 28 × 28 pixels as MNIST’s are, here on your machine.")}
      </p>
      <div class="ways">
        <label class="button">
          ${msg("Choose a file")}
          <input
            type="file"
            accept="image/*,.npy,.gz,.idx,.idx3-ubyte,application/octet-stream"
            aria-label=${msg("Your picture")}
            data-testid="picture-file"
            @change=${this.#choose}
          />
        </label>
        <label class="button camera">
          ${msg("Take a photograph")}
          <input
            type="file"
            accept="image/*"
            capture="environment"
            aria-label=${msg("A photograph")}
            @change=${this.#choose}
          />
        </label>
        <span class="small muted"
          >${this.busy ? msg("Reading it …") : msg("or drop it here, or paste it")}</span
        >
      </div>
      <p role="status" data-testid="picture-others">
        ${others > 0 ? msg("Several files came: the first one is read.") : nothing}
      </p>
      <div role="alert">
        ${said ? html`<p class="problem" data-testid="picture-problem" lang=${said.lang ?? nothing}>${said.text}</p>` : nothing}
      </div>
      ${this.found?.kind === "photograph" ? this.#photograph(this.found.canvas, this.found.report) : nothing}
      ${this.found?.kind === "digits" ? this.#digits(this.found.images) : nothing}
    </div>`;
  }

  #photograph(canvas: HTMLCanvasElement, report: PhotographReport) {
    const { image, said, crop, inverted } = report;
    const { words, empty } = judged(report);
    return html`
      <div class="found" data-testid="picture-found" data-said=${said ?? ""} data-crop=${crop.join()}>
        <bs-crop
          .picture=${canvas}
          .taken=${empty ? null : crop}
          .frame=${this.frame}
          ?light=${inverted}
          @framed=${({ detail }: CustomEvent<Area>) => void this.#cut(canvas, detail)}
        ></bs-crop>
        <bs-digit
          data-testid="picture-digit"
          .pixels=${image}
          label=${msg("The digit made of it: 28 by 28 pixels")}
        ></bs-digit>
      </div>
      <p role="status">${words ?? nothing}</p>
      <p class="small muted">
        ${msg("Is it not what you mean? Draw a frame around the digit in your picture.")}
      </p>
      <div class="ways">
        ${
          empty
            ? nothing
            : html`<button
                type="button"
                data-testid="picture-use"
                ?disabled=${this.busy}
                @click=${() => this.#use(image)}
              >
                ${msg("Use this digit")}
              </button>`
        }
        ${
          this.frame
            ? html`<button type="button" data-testid="picture-whole" @click=${() => this.#whole(canvas)}>
                ${msg("Take the whole picture")}
              </button>`
            : nothing
        }
      </div>
    `;
  }

  #digits(images: Float32Array[]) {
    const { first } = this;
    const last = Math.min(first + PAGE, images.length);
    const [from, to, all] = [number(first + 1), number(last), number(images.length)];
    return html`
      <div class="pages">
        <p role="status">${msg(str`Digits ${from} to ${to} of ${all}. Choose one.`)}</p>
        <button type="button" ?disabled=${first === 0} @click=${() => (this.first -= PAGE)}>
          ${msg("Back")}
        </button>
        <button
          type="button"
          data-testid="picture-next"
          ?disabled=${last === images.length}
          @click=${() => (this.first += PAGE)}
        >
          ${msg("Next")}
        </button>
      </div>
      <div class="digits" data-testid="picture-digits">
        ${images.slice(first, last).map((image, index) => {
          const place = number(first + index + 1);
          return html`<button
            type="button"
            aria-label=${msg(str`Digit ${place}`)}
            @click=${() => this.#use(image)}
          >
            <bs-digit .pixels=${image}></bs-digit>
          </button>`;
        })}
      </div>
    `;
  }

  #use(image: Float32Array): void {
    this.lab.choosePicture({ image });
    this.renderRoot.querySelector("dialog")?.close();
  }

  readonly #paste = (event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.#take(files);
  };

  #drop(event: DragEvent): void {
    event.preventDefault();
    this.#take([...(event.dataTransfer?.files ?? [])]);
  }

  #choose({ target }: Event): void {
    const input = target as HTMLInputElement;
    this.#take([...(input.files ?? [])]);
    // The same file may be chosen again after it was changed.
    input.value = "";
  }

  #take([file, ...others]: readonly File[]): void {
    if (!file) return;
    this.#cutting = null;
    Object.assign(this, { found: null, first: 0, frame: null, others: others.length });
    void this.#find(() => digitsIn(file, this.lab.started));
  }

  /** The picture in which a frame is looked at. */
  #cutting: HTMLCanvasElement | null = null;

  /** Looks again, where the visitor says, or in all of the picture; of frames that come meanwhile the last counts. */
  async #cut(canvas: HTMLCanvasElement, frame: Area | null): Promise<void> {
    this.frame = frame;
    if (this.#cutting === canvas) return;
    this.#cutting = canvas;
    for (let seen: Area | null | undefined; seen !== this.frame && this.#cutting === canvas;) {
      seen = this.frame;
      const area: Area = seen ?? [0, 0, canvas.width, canvas.height];
      await this.#find(async () => ({
        kind: "photograph",
        canvas,
        report: await photographed(canvas, area, this.lab.started),
      }));
    }
    if (this.#cutting === canvas) this.#cutting = null;
  }

  /** Takes the frame back; its button goes, and what it was for has the focus. */
  #whole(canvas: HTMLCanvasElement): void {
    this.renderRoot.querySelector<HTMLElement>("bs-crop")?.focus();
    void this.#cut(canvas, null);
  }

  /** Only what came last counts. */
  async #find(find: () => Promise<Found>): Promise<void> {
    const run = ++this.#runs;
    Object.assign(this, { busy: true, problem: null });
    try {
      const found = await find();
      if (run === this.#runs) this.found = found;
    } catch (reason) {
      if (run === this.#runs) this.problem = BlindSpotsError.from(reason);
    }
    if (run === this.#runs) this.busy = false;
  }
}

define("bs-picture-dialog", BsPictureDialog);
