import { html, LitElement } from "lit";
import { define } from "./define.js";
import { base, css } from "./style.js";
import { styled } from "./styled.js";

/** Probabilities as bars, one a class; `second` draws another bar beside each. */
export class BsBars extends LitElement {
  static override properties = {
    first: { attribute: false },
    second: { attribute: false },
    axis: { type: Boolean },
    classes: { type: Number },
  };
  static override styles = [
    base,
    css`
      :host {
        height: 1.75rem;
      }
      .plot {
        display: grid;
        grid-auto-flow: column;
        grid-auto-columns: minmax(0, 1fr);
        height: 100%;
      }
      .class {
        display: flex;
        flex-direction: column;
        min-width: 0;
      }
      .pair {
        flex: 1;
        display: flex;
        align-items: flex-end;
        justify-content: center;
        gap: 1px;
        border-bottom: 1px solid var(--control);
      }
      /* Heights, not transforms: of those each would be a layer for the browser to compose anew. */
      .bar {
        flex: 0 1 1.125rem;
        height: calc(var(--p, 0) * 100%);
        background: var(--bar-before);
        forced-color-adjust: none;
      }
      .plain {
        grid-template-rows: 100%;
        align-items: end;
        justify-items: center;
        border-bottom: 1px solid var(--control);
      }
      .plain .bar {
        width: 72%;
      }
      .after {
        background: var(--bar-after);
      }
      .digit {
        text-align: center;
        font-size: 0.875rem;
        line-height: 1.5;
        font-variant-numeric: tabular-nums;
        color: var(--muted);
      }
      .digit.most {
        color: var(--ink);
        font-weight: 750;
      }
      .digit.new {
        color: var(--fool);
        font-weight: 750;
      }
    `,
  ];

  declare first: readonly number[] | null;
  declare second: readonly number[] | null;
  declare axis: boolean;
  /** How many bars there are where nothing is read yet. */
  declare classes: number;

  constructor() {
    super();
    this.first = null;
    this.second = null;
    this.axis = false;
    this.classes = 0;
  }

  protected override render() {
    const { first, second, axis } = this;
    const plain = !axis && !second;
    const top = (list: readonly number[] | null) => (list ? list.indexOf(Math.max(...list)) : -1);
    const [most, now] = [top(first), top(second)];
    const bar = (share = 0, kind = "bar") =>
      html`<span class=${kind} ${styled({ "--p": height(share) })}></span>`;
    return html`<div class="plot ${plain ? "plain" : ""}" aria-hidden="true">
      ${Array.from({ length: first?.length ?? this.classes }, (_, k) =>
        plain
          ? bar(first?.[k])
          : html`<div class="class">
              <div class="pair">${bar(first?.[k])} ${second ? bar(second[k], "bar after") : null}</div>
              ${
                axis
                  ? html`<span class="digit ${k === now && now !== most ? "new" : k === most ? "most" : ""}"
                      >${k}</span
                    >`
                  : null
              }
            </div>`,
      )}
    </div>`;
  }
}

/** A bar's height in steps that no eye tells apart: most bars stay as they are while a digit is drawn. */
function height(share: number): string {
  return String(Math.round(share * 256) / 256);
}

define("bs-bars", BsBars);
