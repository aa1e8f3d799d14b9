import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { holds, linkTo } from "../lab/link.js";
import { LabElement } from "./base.js";
import { copyText, sitePage } from "./clipboard.js";
import { define } from "./define.js";
import { base, controls, css } from "./style.js";
import { number } from "../lab/language.js";

/** The lesson that comes with the page. */
function firstLesson() {
  const address = `${sitePage()}?lesson=first`;
  // eslint-disable-next-line no-restricted-syntax -- the address is the site's own page, with a word of ours
  return html`<a href=${address} data-testid="first-lesson">${msg("Try the five tasks")}</a>`;
}

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
      h3 {
        margin: 1.25rem 0 0;
        font-size: 1rem;
      }
      a {
        min-height: 44px;
        align-content: center;
        color: var(--label);
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
      <h3>${msg("Tasks for students")}</h3>
      <p>
        ${msg("A lesson is a list of tasks. Students save what they did as a file; you check all files at once.")}
      </p>
      <div class="buttons">
        <button type="button" data-testid="make-lesson" @click=${() => void this.#form()}>
          ${msg("Make a lesson …")}
        </button>
        <button type="button" data-testid="check-results" @click=${() => void this.#check()}>
          ${msg("Check results …")}
        </button>
        ${firstLesson()}
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
    await this.#show(new BsEmbed());
  }

  async #form(): Promise<void> {
    const { BsLessonForm } = await import("../lessons/form.js");
    await this.#show(new BsLessonForm());
  }

  async #check(): Promise<void> {
    const { BsLessonCheck } = await import("../lessons/check.js");
    await this.#show(new BsLessonCheck());
  }

  async #show(dialog: LabElement & { open(): Promise<void> }): Promise<void> {
    dialog.lab = this.lab;
    this.renderRoot.append(dialog);
    await dialog.open();
    dialog.remove();
  }
}

define("bs-lesson", BsLesson);
