import { msg, str } from "@lit/localize";
import { html } from "lit";
import { define } from "../elements/define.js";
import type { Example } from "../lab/example.js";
import { number, percent, plural } from "../lab/language.js";
import { Chapter, picture, reads } from "./chapter.js";
import { Finding } from "./finding.js";
import { BATCH, Draws, type Draw } from "./draws.js";
import { css } from "../elements/style.js";

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

  protected override readonly section = "4.2";
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
        ${msg(html`Would any change do? Beside the change that was found stands <b>random noise</b> of exactly the same size. It hardly ever fools.`)}
      </p>
      <p>
        ${msg("Blind spots are not weak eyesight. They lie in directions that chance almost never takes.")}
      </p>`;
  }

  protected override live() {
    const { example } = this;
    const { problem } = Finding.of(this.lab);
    const draws = this.#draws;
    const shown = draws.shown;
    return html`
      <div class="pictures number">
        ${picture(
          example?.image ?? null,
          msg("The digit with the change that was found"),
          html`${msg("the change found")} <b>${reads(example?.after.label)}</b>`,
          { fooled: example !== null },
        )}
        ${picture(
          shown?.image ?? null,
          msg("The digit with random noise"),
          html`${noise(shown)} <b class=${shown?.wrong ? "red" : ""}>${reads(shown?.label)}</b>`,
        )}
      </div>
      ${this.say(
        "noise",
        problem?.() ?? draws.problem?.() ?? (example && draws.all.length > 0 ? said(example, draws) : null),
      )}
      <ol
        class="number"
        aria-label=${msg("Random changes, and what is read in each")}
        data-testid="noise-draws"
      >
        ${draws.all.map(
          (one) =>
            html`<li>
              <button
                type="button"
                class=${one.wrong ? "wrong" : ""}
                aria-pressed=${String(one === shown)}
                aria-label=${readAs(one)}
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
        <button type="button" ?disabled=${!draws.ready} @click=${() => draws.more()}>
          ${msg("More noise")}
        </button>
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
        ${msg("Every pixel gets Gaussian noise and stays between paper and ink; its strength σ is chosen so that the noise is as long as the change r that was found.")}
      </p>`;
  }
}

function noise(shown: Draw | null): string {
  if (!shown) return msg("random noise");
  const { number } = shown;
  return msg(str`random noise ${number}`);
}

function readAs({ number, label }: Draw): string {
  return msg(str`Noise ${number}: read as ${label}`);
}

/** How many of them fool. They are drawn twenty at a time, so there are always many. */
function said({ slot, report }: Example, { all, wrong }: Draws) {
  const { title } = slot;
  const [count, size] = [number(all.length), percent(report.distortion, 1)];
  return plural(wrong, {
    one: msg(
      html`Of ${count} random changes of ${size} a pixel, <b>${wrong}</b> fools ${title}. The one that was
        found does.`,
    ),
    other: msg(
      html`Of ${count} random changes of ${size} a pixel, <b>${wrong}</b> fool ${title}. The one that was
        found does.`,
    ),
  });
}

define("bs-story-noise", BsStoryNoise);
