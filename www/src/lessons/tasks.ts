import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { cache } from "lit/directives/cache.js";
import { LabElement } from "../elements/base.js";
import { define } from "../elements/define.js";
import { base, controls, css } from "../elements/style.js";
import type { Task } from "../engine/messages.js";
import { courseOf, type Course } from "./course.js";
import "./hand-in.js";
import "./lab-task.js";
import "./predict.js";
import "./quiz.js";
import { cameOf, hintOf, titleOf, wayOf } from "./words.js";

/** A lesson: its tasks, each with what to do, what helps and what came of it, and the result to take away. */
export class BsTasks extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      section {
        container-type: inline-size;
        margin-bottom: 1.75rem;
        padding: 0.25rem clamp(0.75rem, 2cqi, 1.25rem) 1rem;
        background: var(--sheet);
        border: 1.5px solid var(--control);
      }
      section > h2 {
        border-top: 0;
        font-size: clamp(1.375rem, 1.1rem + 1vw, 1.75rem);
        font-weight: 800;
        /* However long a word of the teacher’s is. */
        overflow-wrap: anywhere;
      }
      .words,
      .way,
      details p {
        max-width: 44em;
        text-wrap: pretty;
      }
      .words {
        margin-bottom: 0.75rem;
        white-space: pre-line;
      }
      li {
        border-top: 1px solid var(--rule);
      }
      h3 {
        margin: 0;
        font: inherit;
      }
      .head {
        display: grid;
        grid-template-columns: 1.75rem minmax(0, 1fr) auto;
        gap: 0.75rem;
        align-items: center;
        width: 100%;
        padding: 0.5rem 0;
        border: 0;
        background: none;
        text-align: left;
        font-weight: 650;
      }
      .head:hover {
        background: var(--field);
      }
      .place {
        display: grid;
        place-items: center;
        width: 1.75rem;
        height: 1.75rem;
        border: 1.5px solid var(--control);
        border-radius: 50%;
        font-size: 0.9375rem;
      }
      .done .place {
        background: var(--control);
        color: var(--sheet);
        forced-color-adjust: none;
      }
      .state {
        color: var(--label);
        font-size: 0.875rem;
      }
      .body {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 0.75rem;
        padding: 0 0 1rem 2.5rem;
      }
      @container (max-width: 30em) {
        .body {
          padding-left: 0;
        }
      }
      .came {
        min-height: 1.45em;
        font-weight: 650;
      }
      .came.not {
        color: var(--fool);
      }
      summary {
        width: fit-content;
        min-height: 44px;
        align-content: center;
        color: var(--label);
        font-weight: 600;
        cursor: pointer;
      }
      details p + p {
        margin-top: 0.5rem;
      }
      .problem {
        color: var(--fool);
        padding-block: 0.75rem;
        overflow-wrap: anywhere;
      }
    `,
  ];

  get #course(): Course {
    return courseOf(this.lab);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#course.open();
  }

  protected override render() {
    if (this.lab.choices.lesson === null) return nothing;
    const { lesson, problem } = this.#course;
    if (problem)
      return html`<section aria-label=${msg("Lesson")}>
        <p class="problem" role="alert" data-testid="lesson-problem">
          ${msg("This lesson cannot be shown.")} <span lang=${problem.lang ?? nothing}>${problem.text}</span>
        </p>
      </section>`;
    if (!lesson)
      return html`<section aria-label=${msg("Lesson")}>
        <h2>${msg("Lesson")}</h2>
        <p class="muted">${msg("Loading …")}</p>
      </section>`;
    const count = lesson.tasks.length;
    const { finished } = this.#course;
    return html`<section aria-labelledby="title" data-testid="lesson">
      <h2 id="title">${lesson.title}</h2>
      ${lesson.words ? html`<p class="words">${lesson.words}</p>` : nothing}
      <p class="caption" data-testid="lesson-finished">${msg(str`${finished} of ${count} tasks done`)}</p>
      <ol>
        ${lesson.tasks.map((task, place) => this.#task(task, place))}
      </ol>
      <bs-hand-in .lab=${this.lab}></bs-hand-in>
    </section>`;
  }

  #arrived = false;
  #follow = false;

  protected override updated(): void {
    this.#arrive();
    if (!this.#follow) return;
    this.#follow = false;
    this.renderRoot.querySelector<HTMLElement>('.head[aria-expanded="true"]')?.focus();
  }

  /** Says once that the lesson, or what is wrong with it, stands there: `arrived`. */
  #arrive(): void {
    const { lesson, problem } = this.#course;
    if (this.#arrived || !(lesson ?? problem)) return;
    this.#arrived = true;
    this.dispatchEvent(new Event("arrived"));
  }

  #task(task: Task, place: number) {
    const course = this.#course;
    const open = course.current === place;
    const done = course.done(place);
    const number = place + 1;
    return html`<li
      class=${done ? "done" : ""}
      data-testid="task"
      data-kind=${task.kind}
      data-done=${String(done)}
    >
      <h3>
        <button
          type="button"
          class="head"
          aria-expanded=${String(open)}
          @click=${() => course.look(open ? -1 : place)}
        >
          <span class="place">${number}</span>
          <span>${titleOf(task, course)}</span>
          <span class="state">${done ? msg("done ✓") : nothing}</span>
        </button>
      </h3>
      ${cache(open ? this.#body(task, place) : nothing)}
    </li>`;
  }

  #body(task: Task, place: number) {
    const course = this.#course;
    const came = cameOf(place, course);
    return html`<div class="body">
      <p class="way">${wayOf(task, course)}</p>
      ${this.#work(task, place)}
      <p
        class="came ${came.not ? "not" : ""}"
        role="status"
        lang=${came.lang ?? nothing}
        data-testid="task-came"
      >
        ${came.text}
      </p>
      ${
        course.done(place) && course.more
          ? html`<div><button type="button" @click=${() => this.#next()}>${msg("Next task")}</button></div>`
          : nothing
      }
      <details>
        <summary>${msg("A hint")}</summary>
        ${task.hint ? html`<p>${task.hint}</p>` : nothing}
        <p>${hintOf(task)}</p>
      </details>
    </div>`;
  }

  #work(task: Task, place: number) {
    switch (task.kind) {
      case "predict":
        return html`<bs-task-predict .lab=${this.lab} .place=${place} .task=${task}></bs-task-predict>`;
      case "unit-or-direction":
        return html`<bs-task-quiz .lab=${this.lab} .place=${place} .task=${task}></bs-task-quiz>`;
      default:
        return html`<bs-lab-task .lab=${this.lab} .place=${place} .task=${task}></bs-lab-task>`;
    }
  }

  #next(): void {
    this.#course.next();
    this.#follow = true;
  }
}

define("bs-tasks", BsTasks);
