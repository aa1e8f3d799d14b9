import { css, html, nothing } from "lit";
import { LabElement } from "./base.js";
import { define } from "./define.js";
import { base, controls } from "./style.js";

/** The paper, the numbers, and what came after, in plain words: much text, fetched after the first reading. */
export class BsAbout extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      .columns {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr));
        gap: 1.5rem 2.25rem;
      }
      p + p,
      .formula + p,
      p + .formula {
        margin-top: 0.625rem;
      }
      p {
        max-width: 36em;
        text-wrap: pretty;
      }
      .formula {
        padding: 0.625rem 0.75rem;
        background: var(--field);
        border: 1px solid var(--rule);
        font-family: "STIX Two Math", "Cambria Math", "Times New Roman", serif;
        font-size: 1.125rem;
        line-height: 1.5;
      }
      a {
        color: var(--label);
      }
      dt {
        font-weight: 650;
      }
      dd + dt {
        margin-top: 0.5rem;
      }
    `,
  ];

  #words: (() => unknown) | null = null;
  #asked = false;

  protected override render() {
    return this.#words?.() ?? nothing;
  }

  protected override updated(): void {
    const { ready, notice } = this.lab;
    if (this.#asked || (ready.length === 0 && !notice)) return;
    this.#asked = true;
    void this.#fetch();
  }

  async #fetch(): Promise<void> {
    try {
      this.#words = (await import("./about-words.js")).about;
    } catch {
      this.#words = () => html`<p class="muted">This part of the page could not be loaded.</p>`;
    }
    this.requestUpdate();
  }
}

define("bs-about", BsAbout);
