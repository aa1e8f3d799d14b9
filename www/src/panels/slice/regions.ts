import { msg, str } from "@lit/localize";
import { html, nothing, type PropertyValues } from "lit";
import { define } from "../../elements/define.js";
import type { Plane } from "../../engine/slices.js";
import { SpokenElement } from "../../elements/spoken.js";
import { base, css } from "../../elements/style.js";
import { percentOf, styled } from "../../elements/styled.js";
import { regionsOf, shares, type Region } from "./areas.js";
import { classColour, inkOn } from "./colours.js";
import type { Place } from "./slicing.js";
import { list, percent } from "../../lab/language.js";

/** The least sure point is painted this strongly, the surest fully. */
const PALEST = 0.45;

/**
 * A plane of images as a map: each point in the colour of the digit that is
 * read there. A pointer that moves over it sends "look" with its place.
 */
export class BsRegions extends SpokenElement {
  static override properties = {
    plane: { attribute: false },
    place: { attribute: false },
  };
  static override styles = [
    base,
    css`
      :host {
        position: relative;
        aspect-ratio: 1;
        border: 1px solid var(--control);
        background: #fff;
        touch-action: pan-y;
        cursor: crosshair;
        user-select: none;
        forced-color-adjust: none;
      }
      canvas {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        image-rendering: pixelated;
      }
      span {
        position: absolute;
        transform: translate(-50%, -50%);
        pointer-events: none;
      }
      .name {
        font-size: 2rem;
        font-weight: 750;
        line-height: 1;
      }
      .mark {
        width: 14px;
        height: 14px;
        border: 3px solid #000;
        border-radius: 50%;
        background: #fff;
        box-shadow: 0 0 0 1.5px #fff;
      }
      .example {
        border-radius: 0;
        rotate: 45deg;
      }
      .said {
        translate: 0 1.375rem;
        padding: 0 0.25rem;
        background: #ffffffe0;
        color: #000;
        font-size: 0.8125rem;
        line-height: 1.25;
        white-space: nowrap;
      }
      .here {
        width: 30px;
        height: 30px;
        border: 2px solid #000;
        border-radius: 50%;
        box-shadow:
          0 0 0 2px #fff,
          inset 0 0 0 2px #fff;
      }
    `,
  ];

  declare plane: Plane | null;
  declare place: Place;
  #regions: Region[] = [];

  constructor() {
    super();
    this.plane = null;
    this.place = [0, 0];
    this.addEventListener("pointermove", (event) => {
      // A finger looks where it taps; moving it may scroll the page.
      if (event.pointerType === "mouse" || event.buttons > 0) this.#look(event);
    });
    this.addEventListener("pointerdown", (event) => this.#look(event));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("plane")) this.#regions = this.plane ? regionsOf(this.plane) : [];
  }

  protected override render() {
    const { plane } = this;
    if (!plane) return html`<canvas role="img" aria-label=${msg("The plane is being read")}></canvas>`;
    const at = ([a, b]: Place) =>
      styled({ left: percentOf(this.#across(a)), top: percentOf(1 - this.#up(b)) });
    const side = plane.points - 1;
    return html`
      <canvas width=${plane.points} height=${plane.points} role="img" aria-label=${words(plane)}></canvas>
      <div aria-hidden="true">
        ${this.#regions.map(({ label, column, row }) => {
          const place = { left: percentOf(column / side), top: percentOf(1 - row / side) };
          return html`<span class="name" ${styled({ ...place, color: inkOn(label) })}>${label}</span>`;
        })}
        <span class="mark" ${at([0, 0])}></span>
        <span class="said" ${at([0, 0])}>${msg("original")}</span>
        <span class="mark example" ${at([1, 0])}></span>
        <span class="said" ${at([1, 0])}>${msg("adversarial")}</span>
        ${this.place[0] === 1 && this.place[1] === 0 ? nothing : html`<span class="here" ${at(this.place)}></span>`}
      </div>
    `;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("plane") || !this.plane) return;
    const { points, classes, labels, probabilities } = this.plane;
    const bytes = new Uint8ClampedArray(4 * points * points);
    labels.forEach((label, index) => {
      // Rows of the canvas go down, b goes up.
      const pixel = (points - 1 - Math.floor(index / points)) * points + (index % points);
      const chance = 1 / classes;
      const sure = Math.max(0, (probabilities[classes * index + label] ?? 0) - chance) / (1 - chance);
      bytes.set([...classColour(label), 255 * (PALEST + (1 - PALEST) * sure)], 4 * pixel);
    });
    const context = this.renderRoot.querySelector("canvas")?.getContext("2d");
    context?.putImageData(new ImageData(bytes, points, points), 0, 0);
  }

  /** Where a lies, from 0 at the left to 1 at the right. */
  #across(a: number): number {
    return share(this.plane?.a, a);
  }

  #up(b: number): number {
    return share(this.plane?.b, b);
  }

  #look(event: PointerEvent): void {
    const { plane } = this;
    const box = this.getBoundingClientRect();
    if (!plane || box.width === 0) return;
    const within = (share: number) => Math.min(1, Math.max(0, share));
    const across = within((event.clientX - box.left) / box.width);
    const up = within(1 - (event.clientY - box.top) / box.height);
    const detail: Place = [between(plane.a, across), between(plane.b, up)];
    this.dispatchEvent(new CustomEvent("look", { detail }));
  }
}

function share(numbers: Float32Array | undefined, value: number): number {
  const [first = 0, last = 1] = [numbers?.[0], numbers?.at(-1)];
  return (value - first) / (last - first);
}

function between(numbers: Float32Array, share: number): number {
  const [first = 0, last = 1] = [numbers[0], numbers.at(-1)];
  return first + share * (last - first);
}

/** The map for those who do not see it. */
function words(plane: Plane): string {
  const parts = shares(plane).map(([label, share]) => {
    const part = percent(Math.max(share, 0.01));
    return share < 0.01 ? msg(str`${label} on less than ${part}`) : msg(str`${label} on ${part}`);
  });
  const all = list(parts);
  return msg(str`Map of the plane. The network reads, of its area, ${all}.`);
}

define("bs-regions", BsRegions);
