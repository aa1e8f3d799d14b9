import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { define } from "../elements/define.js";
import "../elements/digit.js";
import { takeFocus } from "../elements/focus.js";
import type { StudentWork, Task } from "../engine/messages.js";
import { fooledIn, type Found } from "./found.js";
import type { Search } from "./search.js";
import { SearchingTask } from "./searching.js";
import { distortion } from "./words.js";
import { css } from "../elements/style.js";

/** A task that is done with the lab's digit and what was found for it. */
export class BsLabTask extends SearchingTask {
  static override properties = {
    task: { attribute: false },
    brief: { type: Boolean },
  };
  static override styles = [
    SearchingTask.styles,
    css`
      .now {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 1rem;
        /* As tall with a picture as without. */
        min-height: 5rem;
      }
      .now p {
        flex: 1 1 14rem;
        max-width: 44em;
      }
      :host([brief]) .now {
        min-height: 2.9em;
      }
      bs-digit {
        width: 4.5rem;
        flex: none;
      }
    `,
  ];

  declare task: Task;
  /** Whether it stands in the lab: without a picture, and without a way there. */
  declare brief: boolean;
  #chosen = false;

  constructor() {
    super();
    this.brief = false;
  }

  protected override get search(): Search {
    return this.course.together(this.place).search;
  }

  protected override render() {
    const { task, place } = this;
    const found = this.#found;
    const shown = found?.image ?? this.lab.image;
    const waits = this.course.awaits ?? this.#obstacle(found);
    const busy = this.course.marking !== null || this.search.progress !== null;
    return html`<div class="now">
        ${shown && !this.brief ? html`<bs-digit .pixels=${shown} label=${found ? msg("The changed digit") : msg("The digit")}></bs-digit>` : nothing}
        <p tabindex="-1" data-testid="task-now">${waits ?? this.#now(found)}</p>
      </div>
      <div class="buttons">
        <button
          type="button"
          class="primary"
          data-testid="task-check"
          ?disabled=${waits !== null}
          aria-disabled=${busy ? "true" : nothing}
          @click=${() => busy || void this.#check(place, found)}
        >
          ${msg("Hand in")}
        </button>
        ${task.kind === "fool-together" ? this.#searching(task) : nothing}
        ${task.kind === "fool" && this.lab.chosen?.name !== task.network && !this.lab.locks("model") ? this.#choosing(task.network) : nothing}
        ${this.brief ? nothing : html`<button type="button" @click=${() => this.#toLab()}>${msg("To the lab")}</button>`}
      </div>
      ${this.said(!this.brief)}`;
  }

  #choosing(network: string) {
    const title = this.course.title(network);
    return html`<button type="button" data-testid="task-choose" @click=${() => this.#choose(network)}>
      ${msg(str`Choose ${title}`)}
    </button>`;
  }

  #choose(network: string): void {
    this.lab.choose({ model: network });
    this.#chosen = true;
  }

  /** Where the button to choose a network stood, there is what to do now. */
  protected override updated(): void {
    if (!this.#chosen) return;
    this.#chosen = false;
    takeFocus(this.renderRoot.querySelector('[data-testid="task-now"]'));
  }

  #searching({ networks }: Extract<Task, { kind: "fool-together" }>) {
    const { course, lab } = this;
    const count = networks.length;
    return this.searchButton({
      words: msg(str`Search for all ${count} at once`),
      id: "task-together",
      off: course.awaits !== null || lab.image === null || lab.label === null,
    });
  }

  /** What would be handed in. */
  get #found(): Found | null {
    const { kind } = this.task;
    if (kind === "resist") return null;
    return kind === "fool-together" ? this.course.together(this.place).found : fooledIn(this.lab);
  }

  /** What has to be done before something can be handed in; `null` where nothing. */
  #obstacle(found: Found | null): string | null {
    const { lab, task } = this;
    if (!lab.image || lab.label === null) return msg("There is no digit yet: draw one, or pick a sample.");
    if (task.kind === "resist" || found) return null;
    if (lab.fooling.phase === "running" || this.search.progress !== null) return msg("Searching …");
    return task.kind === "fool-together"
      ? msg("Nothing has been found for this digit yet.")
      : msg("Nothing has been found for this digit yet: press “Fool it”.");
  }

  #now(found: Found | null): string {
    const label = found?.label ?? this.lab.label ?? 0;
    if (!found) return msg(str`Your digit: a ${label}.`);
    const size = distortion(distance(found.original, found.image));
    return msg(str`Your digit, a ${label}, is changed with a distortion of ${size}.`);
  }

  async #check(place: number, found: Found | null): Promise<void> {
    const { image, label } = this.lab;
    const work = this.#work(found, image, label);
    if (work) await this.course.mark(place, work);
  }

  #work(found: Found | null, image: Float32Array | null, label: number | null): StudentWork | null {
    const { kind } = this.task;
    if (kind === "resist") return image && label !== null ? { kind, original: image, label } : null;
    if (!found || (kind !== "fool" && kind !== "fool-together")) return null;
    return { kind, ...found };
  }

  #toLab(): void {
    this.dispatchEvent(new CustomEvent("to-lab", { bubbles: true, composed: true }));
  }
}

/** √(Σr²/n), to be shown; the engine measures what counts. */
function distance(original: Float32Array, image: Float32Array): number {
  const sum = image.reduce((all, value, index) => all + (value - (original[index] ?? 0)) ** 2, 0);
  return Math.sqrt(sum / image.length);
}

define("bs-lab-task", BsLabTask);
