import { html, LitElement, type PropertyValues } from "lit";
import { define } from "./define.js";
import { base, css } from "./style.js";

const SIDE = 28;
type Colour = [number, number, number];

/** 0 is paper, 1 is ink: 784 colours between the two. */
function ink(pixels: Float32Array): Uint8ClampedArray<ArrayBuffer> {
  return paint(pixels, (value) => [value, [18, 26, 22]]);
}

/** Ink added is orange, ink removed is blue, on paper. */
function signed(pixels: Float32Array, factor: number): Uint8ClampedArray<ArrayBuffer> {
  return paint(pixels, (value) => [Math.abs(value * factor), value > 0 ? [217, 72, 15] : [24, 100, 171]]);
}

function paint(pixels: Float32Array, look: (value: number) => [share: number, colour: Colour]) {
  const bytes = new Uint8ClampedArray(4 * SIDE * SIDE);
  pixels.forEach((value, index) => {
    const [share, colour] = look(value);
    bytes.set([...colour, 255 * Math.min(1, share)], 4 * index);
  });
  return bytes;
}

/**
 * A 28×28 image as ink on paper, or, where `factor` is given, a change of one
 * in signed colours.
 */
export class BsDigit extends LitElement {
  static override properties = {
    pixels: { attribute: false },
    factor: { type: Number },
    label: { type: String },
  };
  static override styles = [
    base,
    css`
      :host {
        aspect-ratio: 1;
        background: var(--paper);
        border: 1px solid var(--rule);
        overflow: hidden;
        forced-color-adjust: none;
      }
      canvas {
        display: block;
        width: 100%;
        height: 100%;
        image-rendering: pixelated;
      }
    `,
  ];

  declare pixels: Float32Array | null;
  declare factor: number | null;
  /** What the image is, for those who do not see it; decoration where it is empty. */
  declare label: string;

  constructor() {
    super();
    this.pixels = null;
    this.factor = null;
    this.label = "";
  }

  protected override render() {
    return this.label
      ? html`<canvas width="28" height="28" role="img" aria-label=${this.label}></canvas>`
      : html`<canvas width="28" height="28" aria-hidden="true"></canvas>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("pixels") && !changed.has("factor") && !changed.has("label")) return;
    const context = this.renderRoot.querySelector("canvas")?.getContext("2d", { willReadFrequently: true });
    if (!context) return;
    context.clearRect(0, 0, SIDE, SIDE);
    if (!this.pixels) return;
    const bytes = this.factor === null ? ink(this.pixels) : signed(this.pixels, this.factor);
    context.putImageData(new ImageData(bytes, SIDE, SIDE), 0, 0);
  }
}

define("bs-digit", BsDigit);
