// Fields of a form, each with its words.

import { html, nothing } from "lit";

/** A line of text, of `most` characters at most. */
export function text(words: string, value: string, most: number, set: (value: string) => void, id = "") {
  return html`<label
    >${words}
    <input
      type="text"
      maxlength=${most}
      data-testid=${id || nothing}
      .value=${value}
      @input=${({ target }: Event) => set((target as HTMLInputElement).value)}
  /></label>`;
}

/** A number. */
export function numeric(
  words: string,
  value: number,
  { min, max, step }: { min: number; max: number; step: number },
  set: (value: number) => void,
) {
  return html`<label
    >${words}
    <input
      type="number"
      min=${min}
      max=${max}
      step=${step}
      .value=${Number.isNaN(value) ? "" : String(value)}
      @change=${({ target }: Event) => set((target as HTMLInputElement).valueAsNumber)}
  /></label>`;
}

/** One of several choices, as pairs of name and title. */
export function select(
  words: string,
  value: string,
  choices: readonly (readonly [string, string])[],
  set: (value: string) => void,
) {
  return html`<label
    >${words}
    <select @change=${({ target }: Event) => set((target as HTMLSelectElement).value)}>
      ${choices.map(([name, title]) => html`<option value=${name} .selected=${name === value}>${title}</option>`)}
    </select>
  </label>`;
}
