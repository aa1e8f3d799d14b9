import { msg, str } from "@lit/localize";
import { html, nothing, type TemplateResult } from "lit";
import "../elements/bars.js";
import { LabElement } from "../elements/base.js";
import { csvButton } from "../elements/csv.js";
import { define } from "../elements/define.js";
import "../elements/digit.js";
import { base, controls } from "../elements/style.js";
import { mostLikely } from "../engine/slices.js";
import { confidence } from "../lab/networks.js";
import { linesTable } from "./slice/csv.js";
import "./slice/curves.js";
import { stretchesOf, type Stretch } from "./slice/curves.js";
import "./slice/regions.js";
import { style } from "./slice/style.js";
import { Slicing, type Place, type View } from "./slice/slicing.js";
import { fixed, number, sentences } from "../lab/language.js";
import { workRow } from "./work.js";

/** A step of the sliders, in lengths of the change. */
const STEP = 0.05;

/** The line through a digit and its adversarial twin, and the plane around it. */
export class BsSlice extends LabElement {
  static override styles = [base, controls, style];

  #slicing: Slicing | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#slicing?.forget();
  }

  protected override willUpdate(): void {
    this.#slicing ??= new Slicing(this.lab, () => this.requestUpdate());
    this.#slicing.follow();
  }

  protected override render() {
    const slicing = this.#slicing;
    return html`
      <p class="intro">
        ${msg(html`Walk from your digit straight to its adversarial twin and beyond. Beside that path lies another, <b>just as long</b>, in a random direction. How soon does the network change its mind on each?`)}
      </p>
      ${slicing ? html`${slicing.example ? this.#wishes(slicing) : this.#waiting()} ${this.#shown(slicing)}` : nothing}
    `;
  }

  #waiting() {
    const { fooling, chosen } = this.lab;
    const running = fooling.phase === "running";
    const title = chosen?.title;
    return html`<div class="wish waiting" data-testid="slice-waiting">
      <p>
        ${
          running
            ? msg("Searching for the smallest change that fools it …")
            : (fooling.message ??
              (title === undefined
                ? msg("First, the smallest change that fools the network:")
                : msg(str`First, the smallest change that fools ${title}:`)))
        }
      </p>
      <button type="button" class="primary" ?disabled=${running} @click=${() => void fooling.start()}>
        ${msg("Find it")}
      </button>
    </div>`;
  }

  #shown(slicing: Slicing) {
    const { line, view, plane, fresh } = slicing;
    const [a, b] = view?.place ?? [NaN, NaN];
    const old = line !== null && plane !== null && !fresh;
    const flat = this.hides("plane");
    return html`
      <div class="parts ${flat ? "flat" : ""} ${old ? "old" : ""}">
        ${
          this.hides("line")
            ? nothing
            : html`<section class="lines" aria-label=${msg("Along the two lines")}>
                ${this.#curves(msg("Towards the adversarial digit"), "along", slicing, b === 0 ? a : NaN)}
                ${this.#curves(msg("In a random direction, as long"), "aside", slicing, a === 0 ? b : NaN)}
                <p class="small muted">
                  ${msg("Height: how likely each digit is, from 0 to 100%. Across: steps as long as the change that was found (0: your digit, 1: its twin). Hatched: the step would leave paper and ink, and is clipped to it.")}
                </p>
                <div>
                  ${csvButton("lines", msg("Along the two lines"), line ? () => linesTable(line) : null)}
                </div>
              </section>`
        }
        ${this.#look(slicing, view)}
        ${
          flat
            ? nothing
            : html`<section class="map" aria-label=${msg("The plane of both directions")}>
                <h3>${msg("Both directions at once")}</h3>
                <bs-regions
                  .plane=${plane}
                  .place=${view?.place ?? slicing.place}
                  @look=${(event: CustomEvent<Place>) => slicing.move(event.detail)}
                ></bs-regions>
                <p class="axis small muted">
                  <span>${msg("→ the adversarial direction")}</span><span>${msg("↑ the random one")}</span>
                </p>
                <div class="said">${this.#said(slicing)}</div>
              </section>`
        }
        ${this.#steps(slicing, view)}
      </div>
      <div class="end" role="status">${line ? this.#lesson(slicing) : nothing}</div>
    `;
  }

  /** How far the plane is, and the way to end it; or what it shows. */
  #said(slicing: Slicing) {
    const { example, plane, working, fresh, cancelled, progress } = slicing;
    if (example === null) return nothing;
    if (working || cancelled || !fresh) {
      return workRow({
        title: msg("Reading the plane"),
        share: progress,
        cancelled,
        ended: msg("Reading the plane was cancelled."),
        again: msg("Read it again"),
        cancel: () => slicing.cancel(),
        resume: () => slicing.resume(),
      });
    }
    const [images, reader] = [number((plane?.points ?? 0) ** 2), slicing.reader?.title];
    return html`<p class="small muted" data-testid="slice-done" data-points=${plane?.points ?? 0}>
      ${msg(str`${images} images, read by ${reader}. Colour: the digit that it reads; paler where it is less sure.`)}
    </p>`;
  }

  #wishes({ slot, example }: Slicing) {
    const { lab } = this;
    const other = slot && example && slot !== example.slot;
    const made = example?.slot.title;
    return html`<div class="wish">
      ${
        this.hides("model")
          ? nothing
          : html`<label>
              ${msg("Read by")}
              <select
                aria-label=${msg("Network that reads")}
                @change=${(event: Event) => lab.choose({ model: (event.target as HTMLSelectElement).value })}
              >
                ${lab.ready.map(
                  ({ name, title }) =>
                    html`<option value=${name} .selected=${name === lab.chosen?.name}>${title}</option>`,
                )}
              </select>
            </label>`
      }
      <button type="button" @click=${() => void lab.fooling.anotherNoise()}>
        ${msg("Another random direction")}
      </button>
      <p class="small muted ${other ? "" : "idle"}">${msg(str`The change was made for ${made}.`)}</p>
    </div>`;
  }

  #curves(title: string, which: "along" | "aside", { line, reader }: Slicing, at: number) {
    const look = ({ detail }: CustomEvent<number>) =>
      this.#slicing?.move(which === "along" ? [detail, 0] : [0, detail]);
    const who = reader?.title ?? msg("the network");
    return html`<div data-testid="curves-${which}" data-ready=${String(line !== null)}>
      <h3>${title}</h3>
      <bs-curves
        .positions=${line?.positions ?? null}
        .probabilities=${line?.[which] ?? null}
        .clipped=${(which === "along" ? line?.alongClipped : line?.asideClipped) ?? null}
        .at=${at}
        .what=${msg(str`${title}, as ${who} reads it`)}
        @look=${look}
      ></bs-curves>
    </div>`;
  }

  #look(slicing: Slicing, view: View | null) {
    const title = html`<h3>${msg("The image where you point")}</h3>`;
    if (!view)
      return html`<section class="look" aria-label=${msg("The image at one point")}>
        ${title}
        <div class="view">
          <bs-digit></bs-digit>
          <div>
            <p class="reads">…</p>
            <p class="small">…</p>
            <bs-bars axis .classes=${10}></bs-bars>
          </div>
        </div>
        <p class="small">&nbsp;</p>
      </section>`;
    const {
      place: [a, b],
      image,
      probabilities,
      clipped,
    } = view;
    const label = mostLikely(probabilities, probabilities.length, 0);
    const sure = confidence(probabilities[label] ?? 0);
    const start = slicing.example?.label;
    const cut = fixed(clipped, 2);
    return html`<section class="look" aria-label=${msg("The image at one point")}>
      ${title}
      <div
        class="view"
        data-testid="slice-view"
        data-a=${a.toFixed(3)}
        data-b=${b.toFixed(3)}
        data-label=${label}
      >
        <bs-digit .pixels=${image} label=${msg("The image at this point")}></bs-digit>
        <div>
          <p class="reads number ${label === start ? "" : "changed"}">${msg(str`reads ${label}`)}</p>
          <p class="small number">${msg(str`${sure} sure`)}</p>
          <bs-bars axis .first=${Array.from(probabilities)}></bs-bars>
        </div>
      </div>
      <p class="small muted" data-testid="slice-clipped">
        ${
          clipped < 0.005
            ? msg("Every pixel lies between paper and ink.")
            : msg(str`Clipped to between paper and ink, by ${cut} of the change's length.`)
        }
      </p>
    </section>`;
  }

  #steps(slicing: Slicing, view: View | null) {
    const [a, b] = slicing.place;
    const probabilities = view?.probabilities;
    const label = probabilities ? mostLikely(probabilities, probabilities.length, 0) : 0;
    const sure = confidence(probabilities?.[label] ?? 0);
    const said = probabilities ? msg(str`reads ${label}, ${sure} sure`) : msg("nothing is read yet");
    const slider = (title: string, value: number, range: [number, number], move: (value: number) => void) =>
      slide({ title, value, range, said, disabled: view === null, move });
    return html`<section class="steps" aria-label=${msg("Where to look")}>
      ${slider(msg("Towards the twin"), a, [-1, 3], (value) => slicing.move([value, b]))}
      ${slider(msg("Random direction"), b, b > 2 ? [-2, 3] : [-2, 2], (value) => slicing.move([a, value]))}
      <div class="places">
        ${(
          [
            [msg("Your digit"), [0, 0]],
            [msg("Its twin"), [1, 0]],
            [msg("As far, at random"), [0, 1]],
          ] as const
        ).map(
          ([title, place]) =>
            html`<button type="button" ?disabled=${!view} @click=${() => slicing.move(place)}>
              ${title}
            </button>`,
        )}
      </div>
    </section>`;
  }

  #lesson({ line, reader }: Slicing) {
    if (!line || !reader) return nothing;
    const along = leaves(stretchesOf(line.positions, line.along));
    const aside = leaves(stretchesOf(line.positions, line.aside));
    const { title } = reader;
    const [forth, across] = [fixed(along ?? 0, 2), fixed(aside ?? 0, 2)];
    return html`<div class="lesson" data-testid="slice-lesson">
      <p>
        ${sentences<string | TemplateResult>(
          along === null
            ? msg(str`On the way to the twin and beyond, ${title} does not change its mind.`)
            : msg(
                html`Towards the twin, ${title} changes its mind after <b class="number">${forth}</b> steps.`,
              ),
          aside === null
            ? msg(html`In the random direction it does <b>not within three</b>.`)
            : msg(html`In the random direction, after <b class="number">${across}</b> steps.`),
        )}
      </p>
      <p>
        ${msg(html`The paper calls what networks learn “fairly discontinuous to a significant extent”. That does <b>not</b> mean that anything jumps: every curve above is unbroken, however steep. Another digit's region starts very close, but only in directions a random step almost never takes.`)}
      </p>
    </div>`;
  }
}

/** The first t > 0 at which the class at 0 is left; `null` if it never is. */
function leaves(stretches: Stretch[]): number | null {
  const home = stretches.find(({ to }) => to > 0);
  return home === undefined || home === stretches.at(-1) ? null : home.to;
}

interface Slide {
  title: string;
  value: number;
  range: [min: number, max: number];
  /** What is read there. */
  said: string;
  disabled: boolean;
  move: (value: number) => void;
}

function slide({ title, value, range: [min, max], said, disabled, move }: Slide) {
  return html`<label class="slider">
    <span class="caption">${title}</span>
    <input
      type="range"
      min=${min}
      max=${max}
      step=${STEP}
      aria-label=${title}
      aria-valuetext=${said}
      ?disabled=${disabled}
      .value=${String(value)}
      @input=${(event: Event) => move(Number((event.target as HTMLInputElement).value))}
    />
    <span class="number">${fixed(value, 2)}</span>
  </label>`;
}

define("bs-slice", BsSlice);
