import { msg } from "@lit/localize";
import { html, nothing, type CSSResultGroup } from "lit";
import { LabDialog } from "../elements/dialog.js";
import { fileStyle } from "../elements/file-style.js";
import type { BlindSpots } from "../engine/engine.js";
import { BlindSpotsError } from "../engine/errors.js";
import type { Said } from "../lab/saying.js";
import { toSay } from "./trouble.js";
import { css } from "../elements/style.js";

/** A dialog for teachers, who choose files in it. */
export abstract class LessonDialog extends LabDialog {
  static override styles: CSSResultGroup = [
    LabDialog.styles,
    fileStyle,
    css`
      .buttons {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem;
        margin-top: 0.75rem;
      }
      .said {
        min-height: 1.45em;
        margin-top: 0.5rem;
      }
    `,
  ];

  /** The engine that was there last. */
  #engine: BlindSpots | null = null;
  /** Whether nothing more can be done without another engine. */
  #stuck = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#engine = this.lab.engine;
  }

  /** Goes on where the engine before stopped. */
  protected abstract resume(): void;

  /** What a failure says here; `null` where `stopped` says it. */
  protected failed(reason: unknown): Said | null {
    const { code } = BlindSpotsError.from(reason);
    this.#stuck = code === "crashed" || code === "closed";
    return toSay(reason, this.lab)?.() ?? null;
  }

  /** That the engine has to be started again: what the page says of it on top lies behind a dialog. */
  protected get stopped() {
    const { notice } = this.lab;
    const shown = this.#stuck && notice?.restart;
    return html`<div role="alert" data-testid="stopped">
      ${
        shown
          ? html`${notice.said.map(
                ({ text, lang }) => html`<p class="problem" lang=${lang ?? nothing}>${text}</p>`,
              )}
              <div class="buttons">
                <button type="button" @click=${this.#restart}>${msg("Start again")}</button>
              </div>`
          : nothing
      }
    </div>`;
  }

  protected override updated(): void {
    const { engine } = this.lab;
    if (!engine || engine === this.#engine) return;
    this.#engine = engine;
    this.#stuck = false;
    this.resume();
  }

  /** The button goes; the focus goes on from the title, which stays in view. */
  readonly #restart = (): void => {
    void this.lab.restart();
    const title = this.renderRoot.querySelector("h2");
    title?.setAttribute("tabindex", "-1");
    title?.focus({ preventScroll: true });
  };
}
