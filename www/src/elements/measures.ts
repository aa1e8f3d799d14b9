import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import type { ImageShape } from "../engine/arrays.js";
import type { AttackReport } from "../engine/messages.js";
import { figure } from "../lab/figure.js";
import { json, npy, png, save } from "../lab/files.js";
import { confidenceTable } from "../lab/tables.js";
import type { Example } from "../lab/example.js";
import { sentence } from "./attack.js";
import { LabElement } from "./base.js";
import { csvButton } from "./csv.js";
import { define } from "./define.js";
import { base, controls, css } from "./style.js";
import { fixed, number } from "../lab/language.js";

/** How small the change is, what it cost, and the image to take along. */
export class BsMeasures extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem 1.5rem;
        padding-bottom: 1.5rem;
      }
      dl {
        flex: 1 1 24rem;
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(9rem, 100%), 1fr));
        gap: 0.5rem 1rem;
      }
      dt {
        color: var(--label);
        font-size: 0.875rem;
        font-weight: 600;
      }
      dd b {
        font-size: 1.25rem;
        font-weight: 650;
      }
      dd span {
        display: block;
        font-size: 0.8125rem;
        line-height: 1.3;
        color: var(--muted);
      }
      .save {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem;
      }
      @media (max-width: 34rem) {
        /* So that the five buttons fit into one row. */
        .save .caption {
          flex-basis: 100%;
        }
      }
    `,
  ];

  protected override render() {
    const { example } = this.lab.fooling;
    if (!example) return nothing;
    const { report } = example;
    const [pixels, duration, sides] = [
      number(example.image.length),
      time(report.cost.milliseconds),
      size(example),
    ];
    return html`<div class="row">
      ${
        this.hides("measures")
          ? nothing
          : html`<dl class="number" data-testid="measures">
              ${measure(msg("Distortion"), fixed(report.distortion, 4), msg("typical change of a pixel: the root of the mean square"))}
              ${measure("L2", fixed(report.l2, 3), msg(str`length of the change, all ${pixels} pixels together`))}
              ${measure("L∞", fixed(report.linf, 3), msg("largest change of any one pixel"))}
              ${measure(msg("Gradient evaluations"), number(report.evaluations), msg(str`in ${duration}`))}
              ${rounded(report)}
            </dl>`
      }
      ${
        this.hides("save")
          ? nothing
          : html`<div class="save">
              <span class="caption">${msg("Save")}</span>
              <button
                type="button"
                aria-label=${msg("Save PNG")}
                title=${msg(str`${sides}, 8 bits a pixel, ink white as in MNIST`)}
                @click=${() => save(png(example.image, shape(example)), `${file(example)}.png`)}
              >
                PNG
              </button>
              <button
                type="button"
                aria-label=${msg("Save NPY")}
                title=${msg("float32 for NumPy")}
                @click=${() => save(npy(example.image, shape(example)), `${file(example)}.npy`)}
              >
                NPY
              </button>
              <button
                type="button"
                aria-label=${msg("Save JSON")}
                title=${msg("Both images, exact, with everything measured")}
                @click=${() => save(json(record(example)), `${file(example)}.json`)}
              >
                JSON
              </button>
              <button
                type="button"
                aria-label=${msg("Save SVG")}
                title=${msg("A figure for a paper or a slide, with what the network reads")}
                @click=${() => saveFigure(example)}
              >
                SVG
              </button>
              ${csvButton("confidence", msg("confidence before and after"), () => confidenceTable(example))}
            </div>`
      }
    </div>`;
  }
}

/** What becomes of the change in a picture of 8 bits. */
function rounded({ eightBit, roundedStillFools }: AttackReport) {
  const term = msg("Rounded to 8 bits");
  if (eightBit)
    return measure(
      term,
      msg("the same image"),
      msg("found on the 256 shades of a saved picture, so a PNG fools, too"),
    );
  return roundedStillFools
    ? measure(term, msg("still fools"), msg("a saved picture keeps 256 shades a pixel, which is enough"))
    : measure(
        term,
        msg("fools no more"),
        msg("a PNG loses it: save the exact numbers, or search for 8 bits"),
      );
}

function saveFigure(example: Example): void {
  save(figure(example, shape(example)[2], sentence(example)), `${file(example)}.svg`);
}

function measure(term: string, value: string, meaning: string) {
  return html`<div>
    <dt>${term}</dt>
    <dd><b>${value}</b><span>${meaning}</span></dd>
  </div>`;
}

/** Channels, rows, columns of an example; a network that was unloaded meanwhile read squares. */
function shape({ slot, image }: Pick<Example, "slot" | "image">): ImageShape {
  const side = Math.sqrt(image.length);
  return slot.model?.image ?? [1, side, side];
}

function size(example: Example): string {
  const [, height, width] = shape(example);
  return `${height} × ${width}`;
}

function time(milliseconds: number): string {
  return milliseconds < 1000
    ? `${number(Math.round(milliseconds))} ms`
    : `${fixed(milliseconds / 1000, 1)} s`;
}

function file({ slot, label, after }: Example): string {
  return `blind-spot-${slot.name}-${label}-read-as-${after.label}`;
}

/** Everything about an example, for other programs. */
function record({ slot, label, target, method, original, image, before, after, report }: Example) {
  const { image: _, label: __, ...measured } = report;
  const [, height, width] = shape({ slot, image });
  return {
    model: slot.name,
    label,
    target,
    method,
    pixels: `${height} rows of ${width}, ink 1, paper 0`,
    original,
    adversarial: image,
    before,
    after,
    ...measured,
  };
}

define("bs-measures", BsMeasures);
