import { msg } from "@lit/localize";
import { html, nothing } from "lit";
import { chapters, type ChapterEntry } from "../chapters/chapters.js";
import { define } from "./define.js";
import { LateElement } from "./late.js";
import { styled } from "./styled.js";
import { css } from "./style.js";

/**
 * A chapter of the story: its title, and below it words and an experiment that are fetched when they come into
 * view. With the attribute `number` it is numbered.
 */
export abstract class BsChapter extends LateElement {
  static override properties = { number: { type: Number } };
  static override styles = [
    LateElement.styles,
    css`
      section {
        min-height: var(--narrow);
      }
      h2 {
        font-size: 1.5rem;
        font-weight: 800;
        padding-block: 0.5rem;
        /* Long words of other languages, in large letters on a phone. */
        overflow-wrap: anywhere;
        hyphens: auto;
      }
      h2 .step {
        margin-top: -0.5rem;
        font-size: 1.0625rem;
        font-weight: 750;
      }
      @media (min-width: 46rem) {
        section {
          min-height: var(--wide);
        }
      }
      @media print {
        section {
          min-height: 0;
        }
      }
    `,
  ];

  declare number: number | null;
  protected abstract override readonly late: ChapterEntry;

  constructor() {
    super();
    this.number = null;
  }

  protected override render() {
    const { number } = this;
    const wrong = Number.isNaN(number);
    const [narrow, wide] = this.late.room.map((rem) => `calc(${rem} * var(--rem))`);
    return html`<section
      aria-labelledby="title"
      ${styled({ "--narrow": narrow ?? "", "--wide": wide ?? "" })}
    >
      <h2 id="title" tabindex="-1">
        ${number === null || wrong ? nothing : html`<span class="step">${number}</span>`} ${this.late.title()}
      </h2>
      ${wrong ? this.wrong("number", msg("a number")) : nothing} ${this.content}
    </section>`;
  }

  /** Puts its title at the top of the window, and the focus on it. */
  show(): void {
    this.scrollIntoView();
    this.renderRoot.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
  }
}

for (const chapter of chapters) {
  define(
    `bs-chapter-${chapter.name}`,
    class extends BsChapter {
      protected override readonly late = chapter;
    },
  );
}
