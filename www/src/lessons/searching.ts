import { msg, str } from "@lit/localize";
import { css, html, nothing, type CSSResultGroup, type PropertyDeclarations } from "lit";
import { LabElement } from "../elements/base.js";
import { base, controls } from "../elements/style.js";
import { percent } from "../lab/language.js";
import { courseOf, type Course } from "./course.js";
import type { Search } from "./search.js";

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

  /** How far the search is, and the way out of it. */
  protected get searching() {
    const progress = this.search.progress ?? 0;
    const share = percent(progress);
    return html`<button type="button" @click=${() => this.search.stop()}>${msg("Stop")}</button>
      <progress aria-label=${msg(str`Search, ${share}`)} max="1" .value=${progress}></progress>`;
  }

  /** What went wrong, or nothing; `aloud` where no other place says it. */
  protected said(aloud: boolean) {
    const { said } = this.search.trouble;
    return html`<p class="problem small" role=${aloud ? "status" : nothing} lang=${said?.lang ?? nothing}>
      ${said?.text ?? nothing}
    </p>`;
  }
}
