import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { LabElement } from "../../elements/base.js";
import { define } from "../../elements/define.js";
import "../../elements/digit.js";
import { base, css } from "../../elements/style.js";
import { styled } from "../../elements/styled.js";
import { keyOf, type Row, type UnitsState } from "./state.js";

/** The digits that excite one unit, or one direction, most. */
export class BsUnitsRow extends LabElement {
  static override properties = {
    state: { attribute: false },
    row: { attribute: false },
    made: { type: Boolean },
    label: { type: String },
  };
  static override styles = [
    base,
    css`
      ol {
        display: grid;
        grid-template-columns: repeat(var(--digits), minmax(0, 1fr));
        align-items: center;
        gap: 3px;
      }
      .made {
        margin-left: 0.375rem;
        border: 2px solid var(--control);
      }
      .made.none {
        display: grid;
        place-items: center;
        aspect-ratio: 1;
        font-size: 0.75rem;
        color: var(--muted);
        background: var(--field);
      }
    `,
  ];

  declare state: UnitsState;
  declare row: Row;
  /** Whether the image that was made for it is shown behind the digits. */
  declare made: boolean;
  /** What the row is called, for those who do not see it. */
  declare label: string;

  constructor() {
    super();
    this.made = false;
    this.label = "";
  }

  protected override render() {
    const { state, row } = this;
    const top = state.rowsOf(row.kind)?.top[row.index] ?? [];
    const { digits } = state;
    const classes = top.map((place) => digits?.labels[place] ?? "");
    return html`<ol
      ${styled({ "--digits": String(top.length + Number(this.made)) })}
      aria-label=${named(this.label, classes.join(", "))}
    >
      ${top.map(
        (place, rank) =>
          html`<li>
            <bs-digit .pixels=${digits?.images[place] ?? null} label=${aDigit(classes[rank])}></bs-digit>
          </li>`,
      )}
      ${this.made ? this.#image() : nothing}
    </ol>`;
  }

  #image() {
    const made = this.state.made.get(keyOf(this.row));
    if (made?.image)
      return html`<li class="made">
        <bs-digit .pixels=${made.image} label=${msg("an image made for it")}></bs-digit>
      </li>`;
    return html`<li
      class="made none"
      title=${made ? msg("There was no gradient to climb") : msg("Being made")}
    >
      <span aria-hidden="true">${made ? "–" : "…"}</span>
      <span class="unseen"
        >${made ? msg("no image could be made for it") : msg("an image is being made")}</span
      >
    </li>`;
  }
}

function named(row: string, digits: string): string {
  return msg(str`${row}: the digits ${digits}`);
}

function aDigit(digit: number | string | undefined): string {
  return msg(str`a ${digit}`);
}

define("bs-units-row", BsUnitsRow);
