import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import type { Point, Stroke } from "../engine/messages.js";
import { LabElement } from "./base.js";
import { define } from "./define.js";
import "./digit.js";
import { onGrid, PEN } from "../lab/strokes.js";
import { drawStrokes, pixelsOf } from "./ink.js";
import { base, controls, css } from "./style.js";
import { percentOf, styled } from "./styled.js";

/** How far an arrow key moves the cursor, in units of the pad's side. */
const STEP = 1 / 40;

const arrows: Record<string, Point> = {
  ArrowLeft: { x: -STEP, y: 0 },
  ArrowRight: { x: STEP, y: 0 },
  ArrowUp: { x: 0, y: -STEP },
  ArrowDown: { x: 0, y: STEP },
};

/** Where a digit is drawn: by mouse, pen, finger, or keyboard. */
export class BsPad extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(76px, 24%);
        gap: 0.75rem;
      }
      .frame {
        position: relative;
        margin-bottom: 1.125rem;
        aspect-ratio: 1;
        background: var(--paper);
        border: 1.5px solid var(--control);
        /* Ticks as on a form that is read by a machine: 28 a side, one a pixel. */
        padding: 9px;
        forced-color-adjust: none;
      }
      .frame::before {
        content: "";
        position: absolute;
        inset: 0;
        background:
          repeating-linear-gradient(90deg, var(--ticks) 0 1px, transparent 1px calc((100% - 18px) / 28)) 9px
            0 / calc(100% - 18px) 6px no-repeat,
          repeating-linear-gradient(90deg, var(--ticks) 0 1px, transparent 1px calc((100% - 18px) / 28)) 9px
            100% / calc(100% - 18px) 6px no-repeat,
          repeating-linear-gradient(var(--ticks) 0 1px, transparent 1px calc((100% - 18px) / 28)) 0 9px / 6px
            calc(100% - 18px) no-repeat,
          repeating-linear-gradient(var(--ticks) 0 1px, transparent 1px calc((100% - 18px) / 28)) 100% 9px /
            6px calc(100% - 18px) no-repeat;
        --ticks: #7fae93;
        pointer-events: none;
      }
      .pad {
        position: relative;
        height: 100%;
        cursor: crosshair;
        touch-action: none;
        user-select: none;
        -webkit-user-select: none;
        outline-offset: 10px;
      }
      .pad > * {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        pointer-events: none;
      }
      bs-digit {
        border: 0;
        background: none;
      }
      .invitation {
        display: grid;
        place-content: center;
        justify-items: center;
        gap: 0.5rem;
        color: #35604a;
        font-weight: 600;
        text-align: center;
        padding: 1rem;
      }
      .invitation svg {
        width: 3.5rem;
        fill: none;
        stroke: #7fae93;
        stroke-width: 4;
        stroke-linecap: round;
        stroke-dasharray: 1 9;
      }
      .hint {
        position: absolute;
        top: 100%;
        left: 0;
        padding-top: 0.25rem;
        font-size: 0.875rem;
        line-height: 1.2;
        color: var(--muted);
      }
      .cursor {
        inset: auto !important;
        width: 18px !important;
        height: 18px !important;
        margin: -9px;
        border: 2px solid #17593c;
        border-radius: 50%;
      }
      .cursor.down {
        background: #17593c;
      }
      .pad:not(:focus-visible) .cursor {
        display: none;
      }
      aside {
        display: flex;
        flex-direction: column;
        gap: 0.5rem;
      }
      aside .caption {
        line-height: 1.2;
      }
      aside bs-digit {
        border: 1px solid var(--rule);
        background: var(--paper);
      }
      @media (max-width: 45.99rem) {
        aside .small {
          display: none;
        }
      }
      .tools {
        margin-top: auto;
        display: grid;
        gap: 0.5rem;
      }
      .tools button {
        padding-inline: 0.25rem;
      }
      /* Where text is so large that a word fits no column beside the pad. */
      @container (max-width: 15em) {
        :host {
          grid-template-columns: minmax(0, 1fr);
        }
        .frame {
          margin-bottom: 2.5rem;
        }
        aside bs-digit {
          max-width: 50%;
        }
      }
    `,
  ];

  #stroke: Stroke | null = null;
  #pointer: number | null = null;
  #cursor: Point = { x: 0.5, y: 0.3 };
  #penDown = false;
  /** What a screen reader hears of the pen: where it is, and whether it draws. */
  #said = "";
  /** Width of the canvas in CSS pixels, as an observer says it: asking for it would lay the page out at every stroke. */
  #width = 0;
  /** What is on the canvas: the strokes, the points of the last one, and the pixels of a side. */
  #drawn: readonly unknown[] = [];
  readonly #resize = new ResizeObserver(([entry]) => {
    this.#width = entry?.contentRect.width ?? 0;
    this.#draw();
  });

  protected override render() {
    const { lab } = this;
    const drawn = lab.strokes.length > 0;
    const shown = lab.sample === null ? (lab.picture?.image ?? null) : lab.sampleImage(lab.sample);
    const sample = drawn ? null : shown;
    const empty = !drawn && !sample;
    return html`
      <div class="frame">
        <div
          class="pad"
          data-testid="pad"
          tabindex="0"
          role="application"
          aria-roledescription=${msg("drawing area")}
          aria-label=${msg("Drawing area")}
          aria-describedby="keys"
          @pointerdown=${this.#down}
          @pointermove=${this.#move}
          @pointerup=${this.#up}
          @pointercancel=${this.#up}
          @lostpointercapture=${this.#up}
          @keydown=${this.#key}
        >
          ${sample ? html`<bs-digit .pixels=${sample}></bs-digit>` : nothing}
          <canvas aria-hidden="true"></canvas>
          ${empty ? invitation() : nothing}
          <span
            class="cursor ${this.#penDown ? "down" : ""}"
            ${styled({ left: percentOf(this.#cursor.x), top: percentOf(this.#cursor.y) })}
          ></span>
        </div>
        <p class="hint">
          ${sample ? (lab.picture ? msg("Your picture. Undo takes it back.") : msg("A sample. Draw your own over it.")) : drawn ? msg("You can lift the pen; each stroke is added.") : ""}
        </p>
      </div>
      <aside>
        <p class="caption" id="seen">${msg("What the networks see")}</p>
        <bs-digit
          data-testid="seen"
          .pixels=${lab.image}
          label=${lab.image ? msg("The digit as the networks see it: 28 by 28 pixels") : msg("Nothing drawn yet")}
        ></bs-digit>
        <p class="small muted">${msg("28 × 28 pixels, ink is 1, paper 0")}</p>
        <div class="tools">
          <button type="button" ?disabled=${!lab.canUndo} @click=${() => lab.undo()}>${msg("Undo")}</button>
          <button type="button" ?disabled=${empty} @click=${() => lab.clear()}>${msg("Clear")}</button>
        </div>
      </aside>
      <p class="unseen" role="status" data-testid="pen">${this.#said}</p>
      <p class="unseen" id="keys">
        ${msg("Draw with mouse, pen or finger. With the keyboard: arrow keys move the pen, Space puts it down and lifts it, Control Z takes back a stroke, Delete clears. Or pick a sample below.")}
      </p>
    `;
  }

  /** What takes away the stroke that is being drawn lifts the pen. */
  protected override willUpdate(): void {
    if (this.#stroke && !this.lab.strokes.includes(this.#stroke)) this.#stroke = null;
    if (this.#penDown && !this.#draws) this.#turn();
  }

  protected override firstUpdated(): void {
    this.#resize.observe(this.#canvas);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#resize.observe(this.#canvas);
  }

  protected override updated(): void {
    this.#draw();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize.disconnect();
    this.#pointer = this.#stroke = null;
  }

  /** Puts the focus on the drawing area; the page stays where it is. */
  focusPad(): void {
    this.renderRoot.querySelector<HTMLElement>(".pad")?.focus({ preventScroll: true });
  }

  get #canvas(): HTMLCanvasElement {
    return this.renderRoot.querySelector("canvas") as HTMLCanvasElement;
  }

  /** Draws where anything has changed since. */
  #draw(): void {
    const { strokes } = this.lab;
    const side = pixelsOf(this.#width);
    const now = [strokes, strokes.at(-1)?.points.length, side];
    if (this.#width === 0 || now.every((part, place) => part === this.#drawn[place])) return;
    this.#drawn = now;
    drawStrokes(this.#canvas, side, strokes, "#121a16");
  }

  #down(event: PointerEvent): void {
    if (this.#pointer !== null || (event.pointerType === "mouse" && event.button !== 0)) return;
    const pad = event.currentTarget as HTMLElement;
    this.#pointer = event.pointerId;
    pad.setPointerCapture(event.pointerId);
    this.#begin(place(event, pad));
    // Keeps a mouse from starting a selection; the pad still takes the focus.
    event.preventDefault();
    pad.focus({ preventScroll: true, focusVisible: false });
  }

  #move(event: PointerEvent): void {
    if (event.pointerId !== this.#pointer || !this.#stroke) return;
    const pad = event.currentTarget as HTMLElement;
    const between = event.getCoalescedEvents();
    for (const part of between.length > 0 ? between : [event]) this.#extend(place(part, pad));
  }

  #up(event: PointerEvent): void {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = null;
    this.#stroke = null;
  }

  #key(event: KeyboardEvent): void {
    const arrow = arrows[event.key];
    if (arrow) {
      const far = event.shiftKey ? 3 : 1;
      this.#cursor = {
        x: Math.min(1, Math.max(0, this.#cursor.x + far * arrow.x)),
        y: Math.min(1, Math.max(0, this.#cursor.y + far * arrow.y)),
      };
      if (this.#penDown) this.#extend(this.#cursor);
    } else if (event.key === " " || event.key === "Enter") {
      if (this.#penDown) this.#stroke = null;
      else if (this.#pointer === null) this.#begin(this.#cursor);
    } else if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.lab.undo();
    else if (event.key === "Delete" || event.key === "Backspace") this.lab.clear();
    else if (event.key === "Escape") this.#stroke = null;
    else return;
    if (this.#penDown !== this.#draws) this.#turn();
    else if (arrow) this.#said = this.#penWords(false);
    event.preventDefault();
    this.requestUpdate();
  }

  /** Whether the keyboard's pen has a stroke to draw. */
  get #draws(): boolean {
    return this.#stroke !== null && this.#pointer === null;
  }

  #turn(): void {
    this.#penDown = this.#draws;
    this.#said = this.#penWords(true);
  }

  /** "Pen down. Column 14, row 8 of 28": in pixels, as the networks see them. */
  #penWords(turned: boolean): string {
    const pixel = (share: number) => Math.min(28, 1 + Math.floor(28 * share));
    const { x, y } = this.#cursor;
    const [column, row] = [pixel(x), pixel(y)];
    if (!turned && !this.#penDown) return msg(str`Column ${column}, row ${row} of 28.`);
    if (!turned) return msg(str`Drawing. Column ${column}, row ${row} of 28.`);
    return this.#penDown
      ? msg(str`Pen down. Column ${column}, row ${row} of 28.`)
      : msg(str`Pen up. Column ${column}, row ${row} of 28.`);
  }

  #begin(point: Point): void {
    if (this.lab.locks("draw")) return;
    this.#stroke = { points: [onGrid(point)], width: PEN };
    this.lab.beginStroke(this.#stroke);
  }

  #extend(point: Point): void {
    const last = this.#stroke?.points.at(-1);
    if (!last || Math.hypot(point.x - last.x, point.y - last.y) < 0.002) return;
    this.lab.pen.moved = performance.now();
    this.#stroke?.points.push(onGrid(point));
    this.lab.growStroke();
  }
}

const invitation = () =>
  html`<div class="invitation">
    <svg viewBox="0 0 60 80" aria-hidden="true"><path d="M8 18C14 4 50 2 48 24 46 42 12 58 8 74h44" /></svg>
    ${msg("Draw a digit here")}
  </div>`;

/** Where an event is on the pad, kept inside it. */
function place(event: PointerEvent, pad: HTMLElement): Point {
  const box = pad.getBoundingClientRect();
  const share = (at: number, size: number) => Math.min(1, Math.max(0, at / size));
  return { x: share(event.clientX - box.left, box.width), y: share(event.clientY - box.top, box.height) };
}

define("bs-pad", BsPad);
