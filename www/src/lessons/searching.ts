import { msg, str } from "@lit/localize";
import { css, html, nothing, type CSSResultGroup, type PropertyDeclarations } from "lit";
import { LabElement } from "../elements/base.js";
import { base, controls } from "../elements/style.js";
import type { Progress } from "../engine/messages.js";
import { percent } from "../lab/language.js";
import { Latest, stale } from "../lab/latest.js";
import { courseOf, type Course } from "./course.js";
import { Trouble } from "./trouble.js";

/** A task with a search of its own. */
export abstract class SearchingTask extends LabElement {
  static override properties: PropertyDeclarations = {
    place: { type: Number },
    progress: { state: true },
  };
  static override styles: CSSResultGroup = [
    base,
    controls,
    css`
      .buttons {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem;
        margin-top: 0.5rem;
      }
      progress {
        flex: 1 1 6rem;
        max-width: 16rem;
        accent-color: var(--fool-fill);
      }
      .problem {
        color: var(--fool);
      }
    `,
  ];

  /** The task's number, from 0. */
  declare place: number;
  /** Share of the search that is done; `null` where none runs. */
  declare progress: number | null;
  protected readonly trouble = new Trouble(this);
  readonly #latest = new Latest(
    async (signal) => {
      this.trouble.clear();
      this.progress = 0;
      await this.search(signal);
      if (!stale(signal)) this.progress = null;
    },
    (reason) => {
      this.progress = null;
      this.trouble.tell(reason);
    },
  );

  constructor() {
    super();
    this.progress = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
  }

  /** Looks for something until it is there, or nobody waits any more. */
  protected abstract search(signal: AbortSignal): Promise<void>;

  protected get course(): Course {
    return courseOf(this.lab);
  }

  protected begin(): void {
    void this.#latest.ask();
  }

  /** What an engine's search of these options tells. */
  protected watched(signal: AbortSignal) {
    return {
      signal,
      onprogress: ({ fraction }: Progress) => {
        if (!stale(signal)) this.progress = fraction;
      },
    };
  }

  /** How far the search is, and the way out of it. */
  protected get searching() {
    const share = percent(this.progress ?? 0);
    return html`<button type="button" @click=${() => this.#stop()}>${msg("Stop")}</button>
      <progress aria-label=${msg(str`Search, ${share}`)} max="1" .value=${this.progress ?? 0}></progress>`;
  }

  /** What went wrong, or nothing. */
  protected get said() {
    const { said } = this.trouble;
    return html`<p class="problem small" role="status" lang=${said?.lang ?? nothing}>
      ${said?.text ?? nothing}
    </p>`;
  }

  #stop(): void {
    this.#latest.stop();
    this.progress = null;
  }
}
