import { msg } from "@lit/localize";
import { html } from "lit";
import { language, languages, spoken, tagOf } from "../lab/language.js";
import { LabElement } from "./base.js";
import { define } from "./define.js";
import { base, controls, css } from "./style.js";

/** The choice of the language. */
export class BsLanguage extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: inline-block;
      }
      select {
        /* As wide as the language that is chosen, not as the widest. */
        field-sizing: content;
        padding-left: 0.5rem;
        font-size: 0.875rem;
      }
    `,
  ];

  protected override render() {
    return html`<select aria-label=${msg("Language")} @change=${(event: Event) => this.#choose(event)}>
      ${languages.map(
        ([code, name]) =>
          html`<option value=${code} lang=${tagOf(code)} .selected=${code === language()}>${name}</option>`,
      )}
    </select>`;
  }

  #choose({ target }: Event): void {
    this.lab.choose({ lang: spoken((target as HTMLSelectElement).value) });
  }
}

define("bs-language", BsLanguage);
