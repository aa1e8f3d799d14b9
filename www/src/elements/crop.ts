import { msg } from "@lit/localize";
import { html } from "lit";
import type { Area } from "../lab/picture.js";
import { define } from "./define.js";
import { SpokenElement } from "./spoken.js";
import { base, css } from "./style.js";

/** The longer side of the picture as it is shown, in pixels. */
const SHOWN = 480;

/** A frame that is smaller, as a share of the shorter side, is a slip. */
const LEAST = 0.04;

/** How far a key moves a frame, as a share of the shorter side. */
const STEP = 0.04;

const KEYS: Partial<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A picture with a frame around what was taken of it, in which a visitor may draw another one: `framed`. */
export class BsCrop extends SpokenElement {
  static override properties = {
    picture: { attribute: false },
    taken: { attribute: false },
    frame: { attribute: false },
    light: { type: Boolean },
  };
  static override shadowRootOptions = { ...SpokenElement.shadowRootOptions, delegatesFocus: true };
  static override styles = [
    base,
    css`
      canvas {
        display: block;
        max-width: 100%;
        max-height: 22rem;
        margin-inline: auto;
        background: var(--paper);
        touch-action: none;
        cursor: crosshair;
        forced-color-adjust: none;
      }
      canvas.light {
        background: #000;
      }
    `,
  ];

  declare picture: HTMLCanvasElement | null;
  /** What was taken, in the picture's pixels. */
  declare taken: Area | null;
  /** Where the visitor has said that it is. */
  declare frame: Area | null;
  /** Whether the ink is light: what is transparent is shown dark. */
  declare light: boolean;
  /** Where a frame is being drawn. */
  #from: readonly [x: number, y: number] | null = null;
  #drawn: Area | null = null;

  constructor() {
    super();
    this.picture = null;
    this.taken = null;
    this.frame = null;
    this.light = false;
  }

  protected override render() {
    return html`<canvas
        class=${this.light ? "light" : ""}
        tabindex="0"
        role="application"
        aria-roledescription=${msg("picture with a frame")}
        aria-label=${msg("Your picture, with a frame around the digit")}
        aria-describedby="keys"
        data-testid="crop"
        @pointerdown=${this.#down}
        @pointermove=${this.#move}
        @pointerup=${this.#up}
        @pointercancel=${this.#cancel}
        @lostpointercapture=${this.#cancel}
        @keydown=${this.#key}
      ></canvas>
      <p class="unseen" id="keys">
        ${msg("With the keyboard: arrow keys move the frame, with Shift they change its size.")}
      </p>`;
  }

  protected override updated(): void {
    this.#draw();
  }

  get #canvas(): HTMLCanvasElement {
    return this.renderRoot.querySelector("canvas") as HTMLCanvasElement;
  }

  #draw(): void {
    const { picture } = this;
    const context = this.#canvas.getContext("2d");
    if (!picture || !context) return;
    const scale = SHOWN / Math.max(picture.width, picture.height);
    const canvas = this.#canvas;
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    context.imageSmoothingEnabled = scale < 1;
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    context.lineWidth = 3;
    context.strokeStyle = "#d9480f";
    const outline = ([x, y, width, height]: Area) =>
      context.strokeRect(x * scale - 2, y * scale - 2, width * scale + 4, height * scale + 4);
    if (this.taken && !this.#from) outline(this.taken);
    context.setLineDash([8, 5]);
    const frame = this.#drawn ?? this.frame;
    if (frame) outline(frame);
  }

  /** Where the pointer is, in the picture's pixels. */
  #at({ clientX, clientY }: PointerEvent): [x: number, y: number] {
    const { picture } = this;
    if (!picture) return [0, 0];
    const box = this.#canvas.getBoundingClientRect();
    const within = (share: number, side: number) => Math.round(Math.max(0, Math.min(1, share)) * side);
    return [
      within((clientX - box.left) / box.width, picture.width),
      within((clientY - box.top) / box.height, picture.height),
    ];
  }

  readonly #down = (event: PointerEvent) => {
    if (!event.isPrimary || event.button !== 0) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#from = this.#at(event);
  };

  readonly #move = (event: PointerEvent) => {
    if (!this.#from || !event.isPrimary) return;
    const [x, y] = this.#at(event);
    const [left, top] = [Math.min(x, this.#from[0]), Math.min(y, this.#from[1])];
    this.#drawn = [left, top, Math.abs(x - this.#from[0]), Math.abs(y - this.#from[1])];
    this.#draw();
  };

  readonly #up = (event: PointerEvent) => {
    if (!this.#from || !event.isPrimary) return;
    const drawn = this.#drawn;
    this.#cancel();
    if (drawn && Math.min(drawn[2], drawn[3]) >= LEAST * this.#shorter) this.#say(drawn);
  };

  readonly #cancel = () => {
    this.#from = this.#drawn = null;
    this.#draw();
  };

  readonly #key = (event: KeyboardEvent) => {
    const way = KEYS[event.key];
    const { picture } = this;
    if (!way || !picture) return;
    event.preventDefault();
    const step = Math.max(1, Math.round(STEP * this.#shorter));
    const [right, down] = [way[0] * step, way[1] * step];
    // Paper around the ink shows which is which: the first frame is the whole picture.
    let [x, y, width, height] = this.frame ?? [0, 0, picture.width, picture.height];
    if (event.shiftKey) {
      width = Math.max(step, Math.min(picture.width - x, width + right));
      height = Math.max(step, Math.min(picture.height - y, height + down));
    } else {
      x = Math.max(0, Math.min(picture.width - width, x + right));
      y = Math.max(0, Math.min(picture.height - height, y + down));
    }
    this.#say([x, y, width, height]);
  };

  get #shorter(): number {
    return this.picture ? Math.min(this.picture.width, this.picture.height) : 0;
  }

  #say(detail: Area): void {
    this.dispatchEvent(new CustomEvent<Area>("framed", { detail }));
  }
}

define("bs-crop", BsCrop);
