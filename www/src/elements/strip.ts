import { msg, str } from "@lit/localize";
import { html, nothing, type PropertyValues } from "lit";
import { arrivals } from "../engine/download.js";
import { noneLoaded } from "../lab/loading.js";
import { confidence } from "../lab/networks.js";
import { LabElement } from "./base.js";
import { define } from "./define.js";
import { base, css } from "./style.js";
import { number } from "../lab/language.js";

/** What all networks read, in one line: a digit each. */
export class BsStrip extends LabElement {
  static override properties = { spoken: { state: true } };
  static override styles = [
    base,
    css`
      ol {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(1.625rem, 1fr));
        margin-top: 0.25rem;
        background: var(--field);
        border: 1px solid var(--rule);
      }
      .arriving {
        display: grid;
        height: calc(2.25rem + 2px);
        margin-top: 0.25rem;
        align-items: center;
      }
      progress {
        width: 100%;
        height: 0.5rem;
        accent-color: var(--control);
      }
      li {
        text-align: center;
        font-size: 1.25rem;
        font-weight: 650;
        line-height: 2.25rem;
        height: 2.25rem;
        border-left: 1px solid var(--rule);
        margin-left: -1px;
      }
      .wrong {
        background: var(--fool-wash);
        color: var(--fool);
        text-decoration: underline 2px;
        text-underline-offset: 4px;
      }
      .waiting {
        color: var(--muted);
        font-weight: 400;
      }
    `,
  ];

  /** What a screen reader hears: set when the reading has come to rest. */
  declare spoken: string;
  #rest = 0;

  constructor() {
    super();
    this.spoken = "";
  }

  protected override render() {
    const { slots, readings, label, engine, notice } = this.lab;
    const { received, total } = arrivals();
    return html`
      <p class="caption" data-testid="summary">${this.#summary()}</p>
      ${
        slots.length === 0
          ? html`<div class="arriving">
              ${engine || notice?.restart ? nothing : html`<progress aria-label=${msg("Loading")} max="1" .value=${received / Math.max(total, 1)}></progress>`}
            </div>`
          : html`<ol aria-label=${msg("What each network reads")} data-testid="strip">
              ${slots.map(({ name, title }) => {
                const reading = readings.get(name);
                if (!reading)
                  return html`<li
                    class="waiting"
                    title=${title}
                    aria-label=${msg(str`${title}: nothing yet`)}
                  >
                    ·
                  </li>`;
                const words = `${title}: ${reading.label}, ${confidence(Math.max(...reading.probabilities))}`;
                const wrong = label !== null && reading.label !== label;
                return html`<li class=${wrong ? "wrong" : ""} title=${words} aria-label=${words}>
                  ${reading.label}
                </li>`;
              })}
            </ol>`
      }
      <p class="unseen" role="status">${engine ? this.spoken : ""}</p>
    `;
  }

  protected override updated(_: PropertyValues): void {
    const words = this.#summary();
    if (words === this.spoken) return;
    clearTimeout(this.#rest);
    this.#rest = window.setTimeout(() => (this.spoken = words), 700);
  }

  #summary(): string {
    const { slots, readings, engine, image, notice, ready, awaits } = this.lab;
    const more = slots.filter(({ state }) => state === "waiting" || state === "loading").length;
    if (!engine) return notice?.restart ? msg("The engine is not running.") : arrived();
    if (ready.length === 0)
      return more > 0 || (slots.length === 0 && awaits) ? msg("Loading the networks …") : noneLoaded();
    if (!image) return msg("Nothing to read yet.");
    const votes = new Map<number, number>();
    for (const { label } of readings.values()) votes.set(label, (votes.get(label) ?? 0) + 1);
    const most = Math.max(...votes.values());
    const count = readings.size;
    if (count === 0) return msg("Reading …");
    const winner = Math.min(...[...votes].flatMap(([label, votes]) => (votes === most ? [label] : [])));
    if (more === 0) {
      if (count === 1) return msg(str`One network reads ${winner}`);
      return most === count
        ? msg(str`All ${count} networks read ${winner}`)
        : msg(str`${most} of ${count} networks read ${winner}`);
    }
    if (count === 1) return msg(str`One network reads ${winner}; ${more} still loading`);
    return most === count
      ? msg(str`All ${count} networks read ${winner}; ${more} still loading`)
      : msg(str`${most} of ${count} networks read ${winner}; ${more} still loading`);
  }
}

/** How much there is of the engine, where that is known. */
function arrived(): string {
  const { received, total } = arrivals();
  const [there, all] = [received, total].map((bytes) => number(Math.round(bytes / 1000)));
  return total > 0 ? msg(str`Loading the engine … ${there} of ${all} KB`) : msg("Loading the engine …");
}

define("bs-strip", BsStrip);
