import { msg } from "@lit/localize";
import { html } from "lit";
import { citations, type Citation } from "../lab/citations.js";
import { copyText } from "./clipboard.js";
import { define } from "./define.js";
import { SpokenElement } from "./spoken.js";
import { base, controls, css } from "./style.js";

/** How this software and the paper are cited, to be copied. */
export class BsCite extends SpokenElement {
  static override properties = { said: { state: true } };
  static override styles = [
    base,
    controls,
    css`
      .both {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr));
        gap: 0 2.25rem;
      }
      h3 {
        margin-top: 0.625rem;
        font-size: 1rem;
        font-weight: 650;
      }
      p,
      pre {
        max-width: 36em;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
        margin-top: 0.375rem;
      }
      summary {
        min-height: 44px;
        align-content: center;
        color: var(--label);
        cursor: pointer;
      }
      pre {
        margin: 0;
        padding: 0.5rem 0.75rem;
        background: var(--field);
        border: 1px solid var(--rule);
        font-size: 0.8125rem;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .said {
        min-height: 1.45em;
      }
    `,
  ];

  /** What became of copying. */
  declare said: string;

  constructor() {
    super();
    this.said = "";
  }

  protected override render() {
    return html`
      <h2>${msg("Cite this")}</h2>
      <div class="both">
        ${this.#one("software", msg("This page"), citations.software)}
        ${this.#one("paper", msg("The paper"), citations.paper)}
      </div>
      <p class="small said" role="status">${this.said}</p>
    `;
  }

  #one(name: string, title: string, { text, bibtex }: Citation) {
    const button = (words: string, copied: string, form: string) =>
      html`<button
        type="button"
        data-testid="copy-${name}-${form}"
        aria-describedby=${name}
        @click=${() => void this.#copy(copied)}
      >
        ${words}
      </button>`;
    return html`<div>
      <h3 id=${name}>${title}</h3>
      <p lang="en" data-testid="cite-${name}">${text}</p>
      <div class="buttons">
        ${button(msg("Copy text"), text, "text")} ${button(msg("Copy BibTeX"), bibtex, "bibtex")}
      </div>
      <details>
        <summary class="small">BibTeX</summary>
        <pre lang="en" data-testid="bibtex-${name}">${bibtex}</pre>
      </details>
    </div>`;
  }

  async #copy(text: string): Promise<void> {
    this.said = (await copyText(text))
      ? msg("Copied.")
      : msg("This page may not use the clipboard: copy it by hand.");
  }
}

define("bs-cite", BsCite);
