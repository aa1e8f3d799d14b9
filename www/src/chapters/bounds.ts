import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { define } from "../elements/define.js";
import { sentences } from "../lab/language.js";
import { Bounding } from "../panels/bounds/bounding.js";
import { digits, figure, verdict } from "../panels/bounds/outcome.js";
import { style } from "../panels/bounds/style.js";
import { Chapter } from "./chapter.js";
import { words } from "./problem.js";
import { css } from "../elements/style.js";

/** What no change can do, what nobody knows, and what a found change does: on one scale. */
export class BsStoryBounds extends Chapter {
  static override styles = [
    Chapter.styles,
    style,
    css`
      .verdict {
        margin-top: 0;
      }
      .waiting {
        /* As tall as what comes in its place. */
        min-height: 19.75rem;
        margin-block: 0 1.75rem;
      }
      @container (max-width: 52em) {
        .waiting {
          min-height: 39.75rem;
        }
      }
    `,
  ];

  protected override readonly section = "4.3";
  protected override readonly panel = "bounds";
  #bounding: Bounding | null = null;

  /** What is known of the present digit. */
  get bounding(): Bounding {
    return (this.#bounding ??= new Bounding(this.lab, () => this.requestUpdate()));
  }

  protected override words() {
    const { bounds } = this.bounding;
    const slot = bounds?.slot ?? this.lab.chosen;
    return html`<p>
        ${sentences(
          msg(
            "A search that finds no smaller change proves nothing: there may be one. For certainty the paper measures how much each layer can lengthen a change, and multiplies.",
          ),
          slot ? together(slot.title, bounds?.report.product) : nothing,
        )}
      </p>
      <p>
        ${msg("That rules out tiny changes only. A later proof rules out more, and the search comes from the other side. In between, nobody knows.")}
      </p>`;
  }

  protected override live() {
    const { outcome, fresh, problem } = this.bounding;
    const { image } = this.lab;
    const waiting = image
      ? msg("Proving …")
      : msg("Draw a digit, or choose one, to see what cannot fool the network on it.");
    const failed = problem === null ? nothing : words(problem);
    return html`<div class=${fresh ? "" : "old"} data-testid="bounds-story" data-fresh=${String(fresh)}>
        <div role="status">${outcome ? verdict(outcome) : failed}</div>
        ${outcome ? figure(outcome) : html`<p class="waiting">${problem ? nothing : waiting}</p>`}
      </div>
      <div class="buttons">${this.another()}</div>`;
  }

  protected override follow(): void {
    this.bounding.follow();
  }

  protected override rest(): void {
    // What is unfinished begins anew when it is seen again.
    if (!this.bounding.fresh) this.bounding.forget();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.bounding.forget();
  }

  protected override formula() {
    return html`<p class="formula">
        ‖<i>φ</i>(<i>x</i>) − <i>φ</i>(<i>x</i> + <i>r</i>)‖ ≤ <i>L</i>‖<i>r</i>‖, &ensp; <i>L</i> = ∏ <i>L</i
        ><sub>k</sub>
      </p>
      <p>
        ${msg("Lₖ is the most by which layer k can lengthen a change: of a layer of weights its largest singular value. As long as L‖r‖ is too short for another answer to overtake the right one, nothing can go wrong.")}
      </p>`;
  }
}

/** How much all layers can lengthen a change: `null` where that is not known, `undefined` until it is. */
function together(title: string, product: number | null | undefined) {
  if (product === null) return msg(str`For all layers of ${title} together, no such number is known.`);
  const most = product === undefined ? "…" : digits(product);
  return msg(html`All layers of ${title} together: at most <b class="number">${most} times</b>.`);
}

define("bs-story-bounds", BsStoryBounds);
