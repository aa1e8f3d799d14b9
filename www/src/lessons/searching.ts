import { msg, str } from "@lit/localize";
import { html, nothing, type CSSResultGroup, type PropertyDeclarations } from "lit";
import { LabElement } from "../elements/base.js";
import { base, controls, css } from "../elements/style.js";
import { percent } from "../lab/language.js";
import { courseOf, type Course } from "./course.js";
import type { Search } from "./search.js";

/** The button of a search. */
interface SearchButton {
  words: string;
  id: string;
  /** Whether there is nothing to search with. */
  off: boolean;
  /** Whether something else is being done first. */
  busy?: boolean;
  primary?: boolean;
}

/** A task that has something searched for. */
export abstract class SearchingTask extends LabElement {
  static override properties: PropertyDeclarations = { place: { type: Number } };
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

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.search.stop();
  }

  protected abstract get search(): Search;

  protected get course(): Course {
    return courseOf(this.lab);
  }

  /** The button that begins the search and ends it: one, which keeps the focus. With how far the search is. */
  protected searchButton({ words, id, off, busy = false, primary = false }: SearchButton) {
    const { progress } = this.search;
    const runs = progress !== null;
    const share = percent(progress ?? 0);
    return html`<button
        type="button"
        class=${primary && !runs ? "primary" : ""}
        data-testid=${runs ? "task-stop" : id}
        ?disabled=${off && !runs}
        aria-disabled=${busy && !runs ? "true" : nothing}
        @click=${(event: MouseEvent) => (runs ? this.#stop(event) : busy || this.search.begin())}
      >
        ${runs ? msg("Stop") : words}
      </button>
      ${runs ? html`<progress aria-label=${msg(str`Search, ${share}`)} max="1" .value=${progress}></progress>` : nothing}`;
  }

  /** The second click of a double one meets the other button, and means the first. */
  #stop({ detail }: MouseEvent): void {
    if (detail < 2) this.search.stop();
  }

  /** What went wrong, or nothing; `aloud` where no other place says it. */
  protected said(aloud: boolean) {
    const { said } = this.search.trouble;
    return html`<p class="problem small" role=${aloud ? "status" : nothing} lang=${said?.lang ?? nothing}>
      ${said?.text ?? nothing}
    </p>`;
  }
}
