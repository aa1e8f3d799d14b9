import { msg } from "@lit/localize";
import { html, nothing } from "lit";
import { LabElement } from "../elements/base.js";
import { define } from "../elements/define.js";
import { base, controls, css } from "../elements/style.js";
import { save } from "../lab/files.js";
import { courseOf, type Course } from "./course.js";
import { Trouble } from "./trouble.js";

/** As long as a name may be. */
const LONGEST = 100;

/** A student's name, and the file with what was done, to be given to the teacher. */
export class BsHandIn extends LabElement {
  static override properties = { saved: { state: true } };
  static override styles = [
    base,
    controls,
    css`
      :host {
        padding-top: 0.75rem;
        border-top: 1px solid var(--rule);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        gap: 0.5rem 1rem;
      }
      label {
        flex: 0 1 18rem;
      }
      input {
        display: block;
        width: 100%;
        min-height: 44px;
        padding-inline: 0.5rem;
        font: inherit;
        color: var(--ink);
        background: var(--page);
        border: 1.5px solid var(--control);
      }
      .said {
        min-height: 2.9em;
        margin-top: 0.5rem;
      }
      .code {
        font-size: 1.25rem;
        letter-spacing: 0.06em;
      }
    `,
  ];

  /** The code of what was saved last, and how many tasks were done by then. */
  declare saved: { code: string; finished: number } | null;
  readonly #trouble = new Trouble(this);

  constructor() {
    super();
    this.saved = null;
  }

  get #course(): Course {
    return courseOf(this.lab);
  }

  protected override render() {
    const { student, finished, lesson } = this.#course;
    const named = student.trim() !== "";
    const count = lesson?.tasks.length ?? 0;
    const problem = this.#trouble.said;
    return html`<div class="row">
        <label
          ><span class="caption">${msg("Your name")}</span>
          <input
            type="text"
            autocomplete="off"
            maxlength=${LONGEST}
            data-testid="student"
            .value=${student}
            @input=${({ target }: Event) => this.#name((target as HTMLInputElement).value)}
          />
        </label>
        <button
          type="button"
          data-testid="save-result"
          ?disabled=${finished === 0 || !named || this.#course.awaits !== null}
          @click=${() => void this.#save()}
        >
          ${msg("Save my result")}
        </button>
      </div>
      <p class="said small" role="status" lang=${problem?.lang ?? nothing} data-testid="result-said">
        ${problem?.text ?? (this.saved?.finished === finished ? this.#saved(this.saved.code, finished, count) : this.#before(named, finished))}
      </p>`;
  }

  #before(named: boolean, finished: number): string {
    if (finished === 0)
      return msg("When a task is done, you can save a file for your teacher. Nothing is sent anywhere.");
    return named
      ? msg("Save the file and give it to your teacher. Nothing is sent anywhere.")
      : msg("Say who you are: your name goes into the file, and nowhere else.");
  }

  #saved(code: string, finished: number, count: number) {
    return msg(
      html`Saved, with ${finished} of ${count} tasks. Its code is
        <b class="code" data-testid="code">${code}</b>.`,
    );
  }

  #name(student: string): void {
    this.saved = null;
    this.#course.name(student);
  }

  async #save(): Promise<void> {
    try {
      const { finished } = this.#course;
      const { text, code } = await this.#course.result();
      save(
        new Blob([text], { type: "application/json" }),
        `blind-spots-${plain(this.#course.student)}-${code}.json`,
      );
      this.saved = { code, finished };
      this.#trouble.clear();
    } catch (reason) {
      this.#trouble.tell(reason);
    }
  }
}

/** A name as files can have it. */
function plain(name: string): string {
  const letters = name
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
  return Array.from(letters).slice(0, 40).join("") || "result";
}

define("bs-hand-in", BsHandIn);
