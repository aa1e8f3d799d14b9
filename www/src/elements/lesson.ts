import { msg, str } from "@lit/localize";
import { css, html, nothing } from "lit";
import { holds, linkTo } from "../lab/link.js";
import { LabElement } from "./base.js";
import { copyText, sitePage } from "./clipboard.js";
import { define } from "./define.js";
import { base, controls } from "./style.js";
import { number } from "../lab/language.js";

/** How a teacher links to the page as it is now, and puts it into pages of their own. */
export class BsLesson extends LabElement {
  static override properties = { said: { state: true }, link: { state: true } };
  static override styles = [
    base,
    controls,
    css`
      p + p,
      .buttons {
        margin-top: 0.5rem;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
      }
      input {
        width: 100%;
        min-height: 44px;
        margin-top: 0.5rem;
        font: inherit;
        font-size: 0.875rem;
        color: var(--ink);
        background: var(--sheet);
        border: 1.5px solid var(--control);
      }
      .said {
        min-height: 1.45em;
      }
    `,
  ];

  /** What became of copying. */
  declare said: string;
  /** The link, where it has to be copied by hand. */
  declare link: string | null;

  constructor() {
    super();
    this.said = "";
    this.link = null;
  }

  protected override render() {
    const held = holds(this.lab);
    return html`
      <h2>${msg("In a lesson")}</h2>
      <p>
        ${msg(html`A link to this page opens it as it is now. It holds <span data-testid="link-holds">${held}</span>.`)}
      </p>
      <div class="buttons">
        <button type="button" @click=${() => void this.#copy()}>${msg("Copy link")}</button>
        <button type="button" @click=${() => void this.#embed()}>${msg("Embed …")}</button>
      </div>
      ${
        this.link === null
          ? nothing
          : html`<input
              readonly
              aria-label=${msg("The link")}
              .value=${this.link}
              @focus=${(event: Event) => (event.target as HTMLInputElement).select()}
            />`
      }
      <p class="small said" role="status">${this.said}</p>
    `;
  }

  async #copy(): Promise<void> {
    const link = linkTo(sitePage(), this.lab);
    const copied = await copyText(link);
    const length = number(link.length);
    this.said = copied
      ? msg(str`Copied: ${length} characters.`)
      : msg("This page may not use the clipboard: copy the link from here.");
    this.link = copied ? null : link;
  }

  async #embed(): Promise<void> {
    const { BsEmbed } = await import("./embed.js");
    const dialog = new BsEmbed();
    dialog.lab = this.lab;
    this.renderRoot.append(dialog);
    await dialog.open();
    dialog.remove();
  }
}

define("bs-lesson", BsLesson);
