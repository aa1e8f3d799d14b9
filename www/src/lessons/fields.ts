// Fields of a form, each with its words.

import { html, noChange, nothing } from "lit";

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

/** A number: NaN where nothing is filled in, infinite where it is no number, which stays to be mended. */
export function numeric(
  words: string,
  value: number,
  { min, max, step }: { min: number; max: number; step: number },
  set: (value: number) => void,
) {
  const take = ({ target }: Event): void => {
    const { valueAsNumber, validity } = target as HTMLInputElement;
    const now = validity.badInput ? Infinity : valueAsNumber;
    if (!Object.is(now, value)) set(now);
  };
  // From nothing to what is no number, or back, is no change to some browsers.
  return html`<label
    >${words}
    <input
      type="number"
      min=${min}
      max=${max}
      step=${step}
      .value=${Number.isNaN(value) ? "" : value === Infinity ? noChange : String(value)}
      @change=${take}
      @blur=${take}
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
