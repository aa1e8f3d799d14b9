// The look: a printed form. Its lines and labels are in drop-out green, which
// scanners do not see; ink is what people write; red is the correction.
// A teacher's page may override the --bs-* properties.

import { css } from "lit";

export const base = css`
  :host {
    --page: var(--bs-page, #f2f6f2);
    --sheet: var(--bs-sheet, #ffffff);
    --field: var(--bs-field, #e6f1e9);
    --rule: var(--bs-rule, #a6ccb6);
    --control: var(--bs-control, #3d7759);
    --label: var(--bs-label, #17593c);
    --ink: var(--bs-ink, #121a16);
    --muted: var(--bs-muted, #4a5950);
    --fool: var(--bs-fool, #b3261a);
    --fool-fill: var(--bs-fool-fill, #bf2c1f);
    --fool-wash: var(--bs-fool-wash, #fbe7e3);
    --on-fool: #ffffff;
    --add: #d9480f;
    --remove: #1864ab;
    --paper: #ffffff;
    --bar-before: var(--control);
    --bar-after: var(--fool-fill);
    --hatched: repeating-linear-gradient(-45deg, transparent 0 7px, var(--control) 7px 8px);
    --radius: 3px;
    display: block;
    color: var(--ink);
    line-height: 1.45;
    overflow-wrap: break-word;
  }
  @media screen and (prefers-color-scheme: dark) {
    :host {
      --page: var(--bs-page, #0d1310);
      --sheet: var(--bs-sheet, #151d18);
      --field: var(--bs-field, #1c2821);
      --rule: var(--bs-rule, #35513f);
      --control: var(--bs-control, #6d9c82);
      --label: var(--bs-label, #93d6b1);
      --ink: var(--bs-ink, #e9f1eb);
      --muted: var(--bs-muted, #a9b9af);
      --fool: var(--bs-fool, #ff8a76);
      --fool-fill: var(--bs-fool-fill, #c73a2b);
      --fool-wash: var(--bs-fool-wash, #3a1d18);
      --paper: #dfe9e2;
    }
  }
  /* Colours of the visitor's own. What is drawn keeps to them by these names; ink needs its paper. */
  @media (forced-colors: active) {
    :host {
      --page: Canvas;
      --sheet: Canvas;
      --field: Canvas;
      --rule: CanvasText;
      --control: CanvasText;
      --label: CanvasText;
      --ink: CanvasText;
      --muted: CanvasText;
      --fool: CanvasText;
      --fool-fill: Highlight;
      --fool-wash: Canvas;
      --on-fool: HighlightText;
      --paper: #ffffff;
      --bar-after: repeating-linear-gradient(90deg, CanvasText 0 2px, Canvas 2px 4px);
      --hatched: repeating-linear-gradient(-45deg, transparent 0 8px, CanvasText 8px 9px);
    }
  }
  /* On paper, with the colours that mean something; always those of the light scheme. */
  @media print {
    :host {
      --page: #ffffff;
      print-color-adjust: exact;
      -webkit-print-color-adjust: exact;
    }
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h2,
  h3,
  p,
  dl,
  dd,
  ol,
  ul,
  figure {
    margin: 0;
    padding: 0;
  }
  ol,
  ul {
    list-style: none;
  }
  :focus-visible {
    outline: 3px solid var(--label);
    outline-offset: 2px;
  }
  .muted {
    color: var(--muted);
  }
  .small {
    font-size: 0.875rem;
  }
  .caption {
    color: var(--label);
    font-size: 0.875rem;
    font-weight: 600;
  }
  .number {
    font-variant-numeric: tabular-nums;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 0.01ms !important;
      transition-duration: 0.01ms !important;
    }
  }
`;

/** Buttons, selects and headings of the form's parts. */
export const controls = css`
  h2 {
    display: flex;
    align-items: baseline;
    gap: 0.5em;
    font-size: 1.1875rem;
    font-weight: 750;
    line-height: 1.25;
    letter-spacing: -0.005em;
    padding-block: 0.625rem 0.75rem;
    border-top: 3px solid var(--control);
  }
  h2 .step {
    flex: none;
    align-self: flex-start;
    min-width: 1.625rem;
    margin-top: -0.625rem;
    padding: 0.5rem 0.375rem 0.1875rem;
    background: var(--control);
    color: var(--sheet);
    font-size: 0.9375rem;
    text-align: center;
    forced-color-adjust: none;
  }
  button,
  select,
  .button {
    min-height: 44px;
    min-width: 44px;
    font: inherit;
    color: var(--ink);
    background: var(--sheet);
    border: 1.5px solid var(--control);
    border-radius: var(--radius);
    padding: 0.25rem 0.75rem;
    cursor: pointer;
    touch-action: manipulation;
  }
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
  }
  button:hover,
  select:hover,
  .button:hover {
    background: var(--field);
  }
  button:is([disabled], [aria-disabled="true"]) {
    color: var(--muted);
    border-color: var(--rule);
    cursor: default;
    background: none;
  }
  select {
    padding-right: 2rem;
    max-width: 100%;
    appearance: none;
    background-image:
      linear-gradient(45deg, transparent 50%, currentColor 50%),
      linear-gradient(-45deg, transparent 50%, currentColor 50%);
    background-size: 6px 6px;
    background-position:
      calc(100% - 17px) 55%,
      calc(100% - 11px) 55%;
    background-repeat: no-repeat;
  }
  .primary {
    background: var(--fool-fill);
    border-color: var(--fool-fill);
    color: var(--on-fool);
    font-size: 1.125rem;
    font-weight: 700;
    padding-inline: 1.5rem;
    min-height: 52px;
  }
  .primary:hover {
    background: color-mix(in srgb, var(--fool-fill) 86%, #000);
  }
  @media (forced-colors: active) {
    /* Behind words of its own the browser would paint the page's ground: in Highlight's ink they would vanish. */
    .primary {
      border: 3px solid CanvasText;
      forced-color-adjust: none;
    }
    /* Its arrow is drawn with gradients, which are not shown. */
    select {
      appearance: auto;
      padding-right: 0.75rem;
    }
  }
`;
