import { css, html } from "lit";
import { define } from "../elements/define.js";
import { counted } from "../engine/counted.js";
import type { Example } from "../lab/example.js";
import { Chapter, picture } from "./chapter.js";
import { Finding } from "./finding.js";
import { BATCH, Draws } from "./draws.js";

/** Noise of exactly the same size, many times over: it fools hardly ever. */
export class BsStoryNoise extends Chapter {
  static override styles = [
    Chapter.styles,
    css`
      ol {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(2.75rem, 1fr));
        gap: 0.25rem;
        max-width: 52rem;
        margin-top: 0.75rem;
      }
      li button {
        display: block;
        width: 100%;
        padding: 0;
        border-color: var(--rule);
        font-weight: 650;
      }
      li bs-digit {
        border: 0;
      }
      .room {
        border: 1.5px dashed var(--rule);
      }
      .room span {
        display: block;
        aspect-ratio: 1;
      }
      li button[aria-pressed="true"] {
        outline: 3px solid var(--label);
        outline-offset: -1px;
      }
      li .wrong {
        background: var(--fool-fill);
        color: var(--on-fool);
        text-decoration: underline 2px;
        forced-color-adjust: none;
      }
    `,
  ];

  protected override readonly section = "Section 4.2";
  protected override readonly panel = "slice";
  readonly #draws = new Draws(
    () => this.lab,
    () => this.requestUpdate(),
  );

  get draws(): Draws {
    return this.#draws;
  }

  /** What the change was made of. */
  get example(): Example | null {
    return Finding.of(this.lab).example;
  }

  protected override words() {
    return html`<p>
        Would any change do? Beside the change that was found stands <b>random noise</b> of exactly the same
        size. It hardly ever fools.
      </p>
      <p>Blind spots are not weak eyesight. They lie in directions that chance almost never takes.</p>`;
  }

  protected override live() {
    const { example } = this;
    const { problem } = Finding.of(this.lab);
    const draws = this.#draws;
    const shown = draws.shown;
    const title = (example?.slot ?? this.lab.chosen)?.title ?? "The network";
    const size = example ? `${(100 * example.report.distortion).toFixed(1)} % a pixel` : "";
    return html`
      <div class="pictures number">
        ${picture(
          example?.image ?? null,
          "The digit with the change that was found",
          html`the change found <b>reads ${example?.after.label ?? "…"}</b>`,
          { fooled: example !== null },
        )}
        ${picture(
          shown?.image ?? null,
          "The digit with random noise",
          html`random noise${shown ? ` ${shown.number}` : ""}
            <b class=${shown?.wrong ? "red" : ""}>reads ${shown?.label ?? "…"}</b>`,
        )}
      </div>
      ${this.say(
        "noise",
        problem ??
          draws.problem ??
          (example && draws.all.length > 0
            ? html`Of ${counted(draws.all.length, "random change")} of ${size},
                <b>${draws.wrong}</b> ${draws.wrong === 1 ? "fools" : "fool"} ${title}. The one that was found
                does.`
            : null),
      )}
      <ol class="number" aria-label="Random changes, and what is read in each" data-testid="noise-draws">
        ${draws.all.map(
          (one) =>
            html`<li>
              <button
                type="button"
                class=${one.wrong ? "wrong" : ""}
                aria-pressed=${String(one === shown)}
                aria-label="Noise ${one.number}: read as ${one.label}"
                data-seed=${one.seed}
                @click=${() => draws.show(one)}
              >
                <bs-digit .pixels=${one.image}></bs-digit>
                ${one.label}
              </button>
            </li>`,
        )}
        ${Array.from(
          { length: Math.max(0, BATCH - draws.all.length) },
          () => html`<li class="room" aria-hidden="true"><span></span>&nbsp;</li>`,
        )}
      </ol>
      <div class="buttons">
        <button type="button" ?disabled=${!draws.ready} @click=${() => draws.more()}>More noise</button>
        ${this.another()}
      </div>
    `;
  }

  protected override follow(): void {
    const finding = Finding.of(this.lab);
    finding.follow(this);
    this.#draws.follow(finding.example);
  }

  protected override rest(): void {
    Finding.of(this.lab).leave(this);
    this.#draws.rest();
  }

  protected override formula() {
    return html`<p class="formula">
        <i>x</i>′ = clip(<i>x</i> + <i>σ</i>·<i>n</i>), &ensp; <i>n</i> ~ N(0, 1), &ensp; ‖<i>x</i>′ −
        <i>x</i>‖ = ‖<i>r</i>‖
      </p>
      <p>
        Every pixel gets Gaussian noise and stays between paper and ink; its strength σ is chosen so that the
        noise is as long as the change r that was found.
      </p>`;
  }
}

define("bs-story-noise", BsStoryNoise);
