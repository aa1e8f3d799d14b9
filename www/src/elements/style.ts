// The look: a printed form. Its lines and labels are in drop-out green, which
// scanners do not see; ink is what people write; red is the correction.
// A teacher's page may override the --bs-* properties.

import { css as plain, unsafeCSS, type CSSResult } from "lit";

/**
 * Lit's `css`, in which `rem` is `--rem`: a page of others may have a root of ten pixels. In the condition of a media
 * query it is the browser's own; that of a container query is in `em`.
 */
export const css = (strings: TemplateStringsArray, ...values: CSSResult[]): CSSResult =>
  plain(
    Object.assign(
      strings.map((part) =>
        part.replace(/(@media[^{]*)|(-?\d[\d.]*)rem\b/g, (all, query, size) =>
          query ? all : `calc(${size}*var(--rem))`,
        ),
      ),
      { raw: strings.raw },
    ),
    ...values,
  );

/** The size of text: the page's, but none that is hard to read. */
const size = unsafeCSS("var(--bs-text,max(1rem,16px))");

/** By name: in light, and in dark. */
const palette = {
  page: ["#f2f6f2", "#0d1310"],
  sheet: ["#ffffff", "#151d18"],
  field: ["#e6f1e9", "#1c2821"],
  rule: ["#a6ccb6", "#35513f"],
  control: ["#3d7759", "#6d9c82"],
  label: ["#17593c", "#93d6b1"],
  ink: ["#121a16", "#e9f1eb"],
  muted: ["#4a5950", "#a9b9af"],
  fool: ["#b3261a", "#ff8a76"],
  "fool-fill": ["#bf2c1f", "#c73a2b"],
  "fool-wash": ["#fbe7e3", "#3a1d18"],
  paper: ["#ffffff", "#dfe9e2"],
} as const;

const colours = (of: (light: string, dark: string) => string): CSSResult =>
  unsafeCSS(
    Object.entries(palette)
      .map(([name, [light, dark]]) => `--${name}:var(--bs-${name},${of(light, dark)});`)
      .join(""),
  );

/** Whether the page around decides between light and dark, by its `color-scheme`; older browsers ask the visitor. */
const follows = CSS.supports("color", "light-dark(red,red)");

const inLight = colours((light, dark) => (follows ? `light-dark(${light},${dark})` : light));
const inDark = follows ? unsafeCSS("") : colours((_, dark) => dark);

export const base = css`
  :host {
    ${inLight}
    --rem: ${size};
    --on-fool: #ffffff;
    --add: #d9480f;
    --remove: #1864ab;
    --bar-before: var(--control);
    --bar-after: var(--fool-fill);
    --hatched: repeating-linear-gradient(-45deg, transparent 0 7px, var(--control) 7px 8px);
    --radius: 3px;
    display: block;
    /* On a page of others with a ground of its own: what is written is read on any. */
    padding: var(--bs-edge, 0.75rem);
    background: var(--bs-ground, var(--page));
    color: var(--ink);
    /* The page's typeface stays, and what hides or disables; how the page sets its own text does not. */
    font-size: 1rem;
    font-style: normal;
    font-variant: normal;
    font-weight: 400;
    line-height: 1.45;
    letter-spacing: normal;
    word-spacing: normal;
    text-align: start;
    text-indent: 0;
    text-shadow: none;
    text-transform: none;
    white-space: normal;
    word-break: normal;
    overflow-wrap: break-word;
    cursor: auto;
  }
  @media screen and (prefers-color-scheme: dark) {
    :host {
      ${inDark}
    }
  }
  @media (prefers-contrast: more) {
    :host {
      --muted: var(--ink);
      --rule: var(--control);
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
      color-scheme: light;
      print-color-adjust: exact;
      -webkit-print-color-adjust: exact;
    }
    /* What only acts says nothing there; a button that is pressed or holds a picture does. */
    button:not([aria-pressed], [role], :has(*)) {
      display: none;
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
    /* What elements have within others. */
    --bs-edge: 0;
    --bs-ground: none;
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
