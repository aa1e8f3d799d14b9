import { msg, str } from "@lit/localize";
import { html } from "lit";
import { BlindSpotsError } from "../engine/errors.js";
import { built } from "../lab/built-picture.js";
import { number, percent, sentences } from "../lab/language.js";
import { difference, magnification } from "../lab/measure.js";
import { network, sample, unpacked, type Found } from "../lab/opening-picture.js";
import { define } from "./define.js";
import { LabElement } from "./base.js";
import "./digit.js";
import { base, controls, css } from "./style.js";

/** The point of the page in ten seconds: two pictures, one sentence. */
export class BsOpening extends LabElement {
  static override properties = { found: { state: true }, milliseconds: { state: true } };
  static override styles = [
    base,
    controls,
    css`
      section {
        display: grid;
        gap: 1rem clamp(1.25rem, 3vw, 2.5rem);
        align-items: center;
        padding-block: 1rem 1.5rem;
        border-top: 3px solid var(--control);
      }
      .pair {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 1fr));
        gap: 0.75rem;
      }
      .change {
        display: none;
      }
      dl div {
        display: flex;
        align-items: baseline;
        justify-content: space-between;
        gap: 0.5rem;
        padding: 0.25rem 0.5rem;
        border: solid var(--rule);
        border-width: 0 1px 1px;
        background: var(--sheet);
        font-size: 0.9375rem;
        line-height: 1.2;
      }
      dt {
        min-width: 0;
      }
      dd {
        font-size: 1.75rem;
        font-weight: 800;
      }
      .fooled bs-digit {
        border-color: var(--fool-fill);
      }
      .fooled .net {
        background: var(--fool-fill);
        border-color: var(--fool-fill);
        color: var(--on-fool);
        forced-color-adjust: none;
      }
      .fooled .net dd {
        text-decoration: underline 3px;
        text-underline-offset: 4px;
      }
      .point {
        font-size: clamp(1.625rem, 1.1rem + 2.2vw, 2.5rem);
        font-weight: 800;
        line-height: 1.15;
        letter-spacing: -0.01em;
        text-wrap: balance;
      }
      .point b {
        font-weight: inherit;
      }
      .point .wrong {
        color: var(--fool);
      }
      .words {
        display: grid;
        gap: 0.75rem;
        justify-items: start;
      }
      .why {
        max-width: 34em;
        font-size: 1.0625rem;
        text-wrap: pretty;
      }
      .made {
        display: grid;
      }
      .made > * {
        grid-area: 1 / 1;
        min-height: 2.9em;
      }
      /* Keeps the room of the longer sentence, so that nothing below moves. */
      .room {
        visibility: hidden;
      }
      @media (min-width: 46rem) {
        section {
          grid-template: "pair point" 1fr "pair words" 1fr / minmax(0, 1.2fr) minmax(0, 1fr);
        }
        .pair {
          grid-area: pair;
        }
        .point {
          align-self: end;
        }
        .words {
          align-self: start;
        }
      }
      @media (min-width: 64rem) {
        .pair {
          grid-template-columns: minmax(0, 1fr) minmax(0, 0.6fr) minmax(0, 1fr);
          align-items: center;
        }
        .change {
          display: block;
        }
        figcaption {
          margin-top: 0.25rem;
          text-align: center;
          text-wrap: balance;
          font-size: 0.9375rem;
        }
      }
    `,
  ];

  declare found: Found | null;
  /** How long the search on this machine took; `null` while the picture is the build's. */
  declare milliseconds: number | null;
  #begun = false;

  constructor() {
    super();
    this.found = built && unpacked(built);
    this.milliseconds = null;
  }

  protected override render() {
    const { found } = this;
    const change = found && difference(found.example, found.original);
    const factor = change ? magnification(change) : 1;
    const times = number(factor);
    return html`<section aria-label=${msg("The point of this page")}>
      <p class="point">${sentences(toYou(found?.label), toNetwork(found?.read))}</p>
      <div class="pair number">
        <figure>
          <bs-digit .pixels=${found?.original ?? null} label=${handwritten(found?.label)}></bs-digit>
          ${readings(found?.label, found?.label)}
        </figure>
        <figure class="change">
          <bs-digit
            .pixels=${change}
            .factor=${factor}
            label=${msg(str`The change, shown ${times} times as strong`)}
          ></bs-digit>
          <figcaption>${msg(str`the change, shown × ${times}`)}</figcaption>
        </figure>
        <figure class="fooled">
          <bs-digit
            .pixels=${found?.example ?? null}
            label=${msg("The same digit after a change that is hard to see")}
          ></bs-digit>
          ${readings(found?.label, found?.read)}
        </figure>
      </div>
      <div class="words">
        <p class="why">
          ${msg("Neural networks have blind spots: changes too small to matter to us make them see something else.")}
        </p>
        <button type="button" class="primary" @click=${this.#begin}>${msg("Try it yourself")}</button>
        <div class="small muted made">
          <p role="status" data-testid="opening-made">${this.#made(this.milliseconds)}</p>
          <p class="room" aria-hidden="true">${this.#made(null)}</p>
        </div>
      </div>
    </section>`;
  }

  #made(taken: number | null): string {
    if (!this.found) return "";
    const size = percent(this.found.distortion, 1);
    if (taken === null)
      return msg(
        str`A change of about ${size} in each pixel, found when this page was built. Your machine finds its own as soon as the network is here.`,
      );
    const milliseconds = number(Math.max(1, Math.round(taken)));
    return msg(
      str`A change of about ${size} in each pixel, found on your machine just now, in ${milliseconds} ms.`,
    );
  }

  protected override updated(): void {
    const { engine, gallery, slots } = this.lab;
    const slot = slots.find(({ name }) => name === network);
    if (this.#begun || !engine || !gallery || !slot?.model) return;
    this.#begun = true;
    void this.#find(slot.model.id).catch((reason: unknown) => {
      // What a search that was cut short leaves is the picture that was there.
      if (BlindSpotsError.from(reason).code !== "closed") this.lab.report(reason);
    });
  }

  async #find(model: number): Promise<void> {
    const { engine, gallery } = this.lab;
    const original = gallery?.images[sample];
    const label = gallery?.labels[sample];
    if (!engine || !original || label === undefined) return;
    const report = await engine.attack({ model, image: original, label, method: "szegedy" });
    if (!report.image) return;
    const { label: read } = await engine.classify(model, report.image);
    if (read === label) return;
    this.found = { label, read, distortion: report.distortion, original, example: report.image };
    this.milliseconds = report.cost.milliseconds;
  }

  /** Leads to the experiment. */
  #begin(): void {
    this.dispatchEvent(new CustomEvent("begin", { bubbles: true, composed: true }));
  }
}

/** What is seen in a picture, by people and by the network. */
function readings(label: number | undefined, read: number | undefined) {
  return html`<dl>
    <div>
      <dt>${msg("You see")}</dt>
      <dd>${label ?? "…"}</dd>
    </div>
    <div class="net">
      <dt>${msg("The network sees")}</dt>
      <dd>${read ?? "…"}</dd>
    </div>
  </dl>`;
}

/** What both pictures are to people. */
function toYou(label: number | undefined): string {
  if (label === undefined) return msg("To you, both are the same digit.");
  return label === 8 ? msg("To you, both are an 8.") : msg(str`To you, both are a ${label}.`);
}

/** What the changed one is to the network. */
function toNetwork(read: number | undefined) {
  if (read === undefined) return msg("To a neural network, the second is another.");
  return read === 8
    ? msg(html`To a neural network, the second is an <b class="wrong">8</b>.`)
    : msg(html`To a neural network, the second is a <b class="wrong">${read}</b>.`);
}

function handwritten(label: number | undefined): string {
  return label === undefined ? msg("A handwritten digit") : msg(str`A handwritten ${label}`);
}

define("bs-opening", BsOpening);
