import { msg, str } from "@lit/localize";
import { html, nothing, type CSSResultGroup, type TemplateResult } from "lit";
import { LabElement } from "../elements/base.js";
import { sitePage } from "../elements/clipboard.js";
import "../elements/digit.js";
import { base, controls, css } from "../elements/style.js";
import type { PanelName } from "../lab/address.js";
import { number } from "../lab/language.js";
import { linkTo } from "../lab/link.js";

/** Asks the page to show its lab; where nobody prevents that, a link leads to the site's own. */
export type OpenLab = CustomEvent<{ panel: PanelName | null }>;

/** Words, an experiment that runs while it is in view, a formula, and where it goes on. */
export abstract class Chapter extends LabElement {
  static override styles: CSSResultGroup = [
    base,
    controls,
    css`
      :host {
        container-type: inline-size;
      }
      .words {
        max-width: 40em;
        font-size: 1.0625rem;
        text-wrap: pretty;
      }
      .words p + p {
        margin-top: 0.5rem;
      }
      .live {
        margin-block: 1rem;
      }
      .pictures {
        display: grid;
        grid-template-columns: repeat(var(--pictures, 2), minmax(0, 1fr));
        gap: 0.75rem;
        max-width: calc(var(--pictures, 2) * 17rem);
      }
      .pictures bs-digit,
      .pictures .empty {
        aspect-ratio: 1;
      }
      .pictures .empty {
        display: grid;
        place-content: center;
        border: 1.5px dashed var(--rule);
        font-size: 2rem;
        color: var(--muted);
      }
      .pictures .fooled bs-digit {
        outline: 3px solid var(--fool-fill);
        outline-offset: -1px;
      }
      figcaption {
        margin-top: 0.25rem;
        line-height: 1.3;
      }
      figcaption b {
        display: block;
        font-size: 1.25rem;
      }
      .fooled figcaption b,
      .red {
        color: var(--fool);
        text-decoration: underline 2px;
        text-underline-offset: 4px;
      }
      .said {
        max-width: 40em;
        /* Room for two lines, whether something is said or not. */
        min-height: 2lh;
        font-size: 1.1875rem;
        line-height: 1.35;
        text-wrap: pretty;
      }
      .said,
      .buttons {
        margin-top: 0.75rem;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem;
      }
      progress {
        flex: 1 1 6rem;
        max-width: 16rem;
        accent-color: var(--fool-fill);
      }
      summary {
        width: fit-content;
        min-height: 44px;
        align-content: center;
        color: var(--label);
        font-weight: 600;
        cursor: pointer;
      }
      details p {
        max-width: 40em;
        margin-bottom: 0.5rem;
      }
      .formula {
        width: fit-content;
        max-width: 100%;
        padding: 0.5rem 0.75rem;
        background: var(--field);
        border: 1px solid var(--rule);
        font-family: "STIX Two Math", "Cambria Math", "Times New Roman", serif;
        font-size: 1.125rem;
      }
      a {
        color: var(--label);
      }
      .on {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 1.5rem;
      }
      .on a {
        min-height: 44px;
        align-content: center;
      }
      .on a.lab {
        font-weight: 700;
      }
      @container (max-width: 43.99em) {
        .said {
          min-height: 4lh;
        }
      }
      @container (min-width: 62em) {
        .chapter {
          display: grid;
          grid-template: "words live" auto "more live" 1fr / minmax(0, 25rem) minmax(0, 1fr);
          gap: 0.5rem 3rem;
        }
        .chapter > .words {
          grid-area: words;
        }
        .live {
          grid-area: live;
          margin-top: 0.25rem;
        }
        .more {
          grid-area: more;
        }
      }
      @media print {
        .buttons,
        .on .lab {
          display: none;
        }
      }
    `,
  ];

  /** Whether any of it is in the window: only then it works. */
  protected seen = false;
  readonly #observer = new IntersectionObserver((entries) => {
    this.seen = entries.at(-1)?.isIntersecting ?? false;
    if (this.seen) this.requestUpdate();
    else this.rest();
  });

  /** The section of the paper that it tells of: "4.2". */
  protected abstract readonly section: string;
  /** The lab's experiment that goes further; `null` for the lab itself. */
  protected abstract readonly panel: PanelName | null;

  /** Two to four plain sentences. */
  protected abstract words(): TemplateResult;
  /** The experiment. */
  protected abstract live(): TemplateResult;
  protected abstract formula(): TemplateResult;
  /** Takes up what the lab has now: called while it is in view, after every change. */
  protected abstract follow(): void;
  /** Ends what is under way. */
  protected abstract rest(): void;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
    this.seen = false;
    this.rest();
  }

  protected override updated(): void {
    if (this.seen && this.isConnected) this.follow();
  }

  protected override render() {
    const { section } = this;
    return html`<div class="chapter">
      <div class="words">${this.words()}</div>
      <div class="live">${this.live()}</div>
      <div class="more">
        <details>
          <summary>${msg("The formula")}</summary>
          ${this.formula()}
        </details>
        <p class="on">
          ${this.#lab()}
          <a href="https://arxiv.org/abs/1312.6199" target="_blank" rel="noopener noreferrer"
            >${msg(str`Section ${section} of Szegedy et al., 2013`)}</a
          >
        </p>
      </div>
    </div>`;
  }

  #lab() {
    const { panel } = this;
    const link = linkTo(sitePage(), this.lab, panel ? { panel } : {});
    const open = (event: Event) => {
      const wish: OpenLab = new CustomEvent("open-lab", {
        bubbles: true,
        composed: true,
        cancelable: true,
        detail: { panel },
      });
      if (!this.dispatchEvent(wish)) event.preventDefault();
    };
    // eslint-disable-next-line no-restricted-syntax -- the address is the site's own page, with words of our own
    return html`<a class="lab" href=${link} target="_blank" rel="noopener" @click=${open}
      >${msg("Open in the lab")}</a
    >`;
  }

  /** What came of the experiment, in a region that is there before it; `null` while it is on its way. */
  protected say(name: string, words: unknown) {
    return html`<div class="said">
      <p role="status" data-testid="${name}-said">${words ?? nothing}</p>
      ${words === null ? html`<p class="muted">${msg("Searching …")}</p>` : nothing}
    </div>`;
  }

  /** The next of the page's samples, or the first; nothing where the digit is to stay. */
  protected another() {
    const { lab } = this;
    const count = lab.gallery?.labels.length ?? 0;
    if (lab.locks("draw") || this.hides("samples")) return nothing;
    const next = () => lab.chooseSample(((lab.sample ?? -1) + 1) % count);
    return html`<button type="button" ?disabled=${count === 0} @click=${next}>
      ${msg("Another digit")}
    </button>`;
  }
}

/** What is read in an image. */
export function reads(read: number | undefined): string {
  const label = read ?? "…";
  return msg(str`reads ${label}`);
}

/** How strongly a change is shown. */
export function shownTimes(factor: number): string {
  const times = number(factor);
  return msg(str`The change, shown ${times} times as strong`);
}

/** An image with what is read in it. */
export function picture(
  pixels: Float32Array | null,
  label: string,
  caption: unknown,
  { fooled = false, factor = null }: { fooled?: boolean; factor?: number | null } = {},
) {
  return html`<figure class=${fooled ? "fooled" : ""}>
    ${
      pixels
        ? html`<bs-digit .pixels=${pixels} .factor=${factor} label=${label}></bs-digit>`
        : html`<div class="empty" aria-hidden="true">?</div>`
    }
    <figcaption>${caption}</figcaption>
  </figure>`;
}
