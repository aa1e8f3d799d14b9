import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { copyText, sitePage } from "../elements/clipboard.js";
import { define } from "../elements/define.js";
import { takeFocus } from "../elements/focus.js";
import type { Lesson } from "../engine/messages.js";
import { save } from "../lab/files.js";
import type { Lab } from "../lab/lab.js";
import { Latest, stale } from "../lab/latest.js";
import { encoded } from "./link.js";
import { number } from "../lab/language.js";
import type { Said } from "../lab/saying.js";
import { courseOf } from "./course.js";
import { LessonDialog } from "./dialog.js";
import {
  MOST_ANSWERS,
  MOST_TASKS,
  draftOf,
  draftTask,
  lessonOf,
  type Draft,
  type DraftTask,
  type Kind,
} from "./draft.js";
import { lessonText } from "./files.js";
import { style } from "./form-style.js";
import { numeric, select, text } from "./fields.js";
import { first } from "./first.js";
import { titleOf } from "./words.js";
import { impossible, wrongWith } from "./wrong.js";

const kinds = (): readonly (readonly [Kind, string])[] => [
  ["fool", msg("Fool a network")],
  ["fool-together", msg("Fool several networks by one change")],
  ["resist", msg("Find a digit that resists")],
  ["predict", msg("Predict which networks fall")],
  ["unit-or-direction", msg("Unit or direction")],
];

/** What was written or opened, for as long as the page is there. */
const drafts = new WeakMap<Lab, Draft>();

/** A teacher writes a lesson: fields, and the link or file that holds it. */
export class BsLessonForm extends LessonDialog {
  static override properties = {
    draft: { state: true },
    checked: { state: true },
    problem: { state: true },
    unopened: { state: true },
    said: { state: true },
  };
  static override styles = [LessonDialog.styles, style];

  declare draft: Draft;
  /** The lesson as the engine has read it, with its text; `null` while it is wrong. */
  declare checked: { lesson: Lesson; text: string } | null;
  declare problem: Said | null;
  /** A file that was chosen and is no lesson; the draft is as it was. */
  declare unopened: { name: string; why: Said | null } | null;
  declare said: string;
  protected override get heading(): string {
    return msg("Make a lesson");
  }
  readonly #checking = new Latest(
    (signal) => this.#check(signal),
    (reason) => {
      this.checked = null;
      this.problem = this.failed(reason);
    },
  );

  constructor() {
    super();
    this.draft = { title: "", words: "", tasks: [] };
    this.checked = null;
    this.problem = this.unopened = null;
    this.said = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.draft.tasks.length > 0) return;
    this.#show(drafts.get(this.lab) ?? draftOf(courseOf(this.lab).lesson ?? first(), this.#networks));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#checking.stop();
  }

  protected override resume(): void {
    void this.#checking.ask();
  }

  get #networks(): string[] {
    return this.lab.slots.flatMap(({ name, own }) => (own ? [] : [name]));
  }

  protected override body() {
    const { draft } = this;
    const wrong = wrongWith(draft);
    const checked = wrong === null ? this.checked : null;
    return html`<form @submit=${(event: Event) => event.preventDefault()}>
        <div class="buttons">
          <label class="button">
            ${msg("Open a lesson’s file")}
            <input type="file" accept=".json" aria-label=${msg("A lesson’s file")} @change=${this.#open} />
          </label>
        </div>
        <p class="problem" role="alert" data-testid="form-unopened">${this.#unopened()}</p>
        ${text(msg("Title"), draft.title, 200, (title) => this.#set({ title }), "lesson-title")}
        <label
          >${msg("What students read first")}
          <textarea
            rows="2"
            maxlength="2000"
            .value=${draft.words}
            @input=${({ target }: Event) => this.#set({ words: (target as HTMLTextAreaElement).value })}
          ></textarea>
        </label>
        ${draft.tasks.map((task, place) => this.#task(task, place))}
        <div class="buttons">
          <button
            type="button"
            data-testid="add-task"
            aria-disabled=${draft.tasks.length < MOST_TASKS ? nothing : "true"}
            @click=${this.#add}
          >
            ${msg("Add a task")}
          </button>
        </div>
      </form>
      <p
        class="problem said"
        role="alert"
        lang=${wrong === null ? (this.problem?.lang ?? nothing) : nothing}
        data-testid="form-problem"
      >
        ${wrong ?? this.problem?.text ?? nothing}
      </p>
      ${this.stopped}
      <div class="buttons">
        <button
          type="button"
          class="primary"
          data-testid="copy-lesson"
          ?disabled=${!checked}
          @click=${this.#copy}
        >
          ${msg("Copy link")}
        </button>
        <button type="button" data-testid="save-lesson" ?disabled=${!checked} @click=${this.#save}>
          ${msg("Save the lesson’s file")}
        </button>
        ${checked ? this.#way(checked.text) : nothing}
      </div>
      <p class="said small" role="status" data-testid="form-said">${this.said}</p>`;
  }

  #unopened() {
    if (!this.unopened) return nothing;
    const { name, why } = this.unopened;
    const file = `\u2068${name}\u2069`;
    return html`${msg(str`${file} was not opened; the lesson below is as it was.`)}
    ${why ? html`<span lang=${why.lang ?? nothing}>${why.text}</span>` : nothing}`;
  }

  #way(text: string) {
    const address = link(text);
    // eslint-disable-next-line no-restricted-syntax -- the address is the site's own page, with base64url behind it
    return html`<a href=${address} target="_blank" rel="noopener" data-testid="try-lesson"
      >${msg("Try it")}</a
    >`;
  }

  #task(task: DraftTask, place: number) {
    const count = place + 1;
    const change = (fields: Partial<DraftTask>) => this.#change(place, fields);
    const kind = task.kind;
    const several = kind === "fool-together" || kind === "predict";
    return html`<fieldset data-testid="draft-task">
      <legend class="caption">${msg(str`Task ${count}`)}</legend>
      <div class="fields">
        ${select(msg("What to do"), kind, kinds(), (chosen) => this.#kind(place, chosen as Kind))}
        ${kind === "fool-together" ? nothing : select(msg("Network"), task.network, this.#titles, (network) => change({ network }))}
        ${
          kind === "fool" || kind === "resist" || kind === "fool-together"
            ? numeric(
                kind === "resist" ? msg("Not fooled within a distortion of") : msg("Distortion of at most"),
                task.distortion,
                { min: 0.001, max: 1, step: 0.005 },
                (distortion) => change({ distortion }),
              )
            : nothing
        }
        ${kind === "predict" ? numeric(msg("Right predictions"), task.right, { min: 1, max: task.networks.length, step: 1 }, (right) => change({ right })) : nothing}
        ${kind === "unit-or-direction" ? numeric(msg("Answers"), task.answers, { min: 1, max: MOST_ANSWERS, step: 1 }, (answers) => change({ answers })) : nothing}
      </div>
      ${several ? this.#several(task, change) : nothing}
      ${text(msg("A hint of yours"), task.hint, 500, (hint) => change({ hint }))}
      <div class="buttons">
        <button
          type="button"
          data-up=${place}
          aria-disabled=${place > 0 ? nothing : "true"}
          @click=${() => this.#move(place)}
        >
          ${msg("Move up")}
        </button>
        <button
          type="button"
          data-remove=${place}
          aria-disabled=${this.draft.tasks.length > 1 ? nothing : "true"}
          @click=${() => this.#remove(place)}
        >
          ${msg("Remove")}
        </button>
      </div>
    </fieldset>`;
  }

  #several({ networks }: DraftTask, change: (fields: Partial<DraftTask>) => void) {
    const toggled = (name: string, on: boolean) =>
      this.#networks.filter((other) => (other === name ? on : networks.includes(other)));
    return html`<fieldset>
      <legend class="caption">${msg("Networks")}</legend>
      <div class="list">
        ${this.#titles.map(
          ([name, title]) =>
            html`<label
              ><input
                type="checkbox"
                .checked=${networks.includes(name)}
                @change=${({ target }: Event) => change({ networks: toggled(name, (target as HTMLInputElement).checked) })}
              />${title}</label
            >`,
        )}
      </div>
    </fieldset>`;
  }

  get #titles(): (readonly [string, string])[] {
    return this.lab.slots.flatMap(({ name, title, own }) => (own ? [] : [[name, title] as const]));
  }

  readonly #add = (): void => {
    const { tasks } = this.draft;
    if (tasks.length < MOST_TASKS) this.#set({ tasks: [...tasks, draftTask("fool", this.#networks)] });
  };

  #remove(place: number): void {
    const { tasks } = this.draft;
    if (tasks.length === 1) return;
    this.#set({ tasks: tasks.filter((_, other) => other !== place) });
    // Of the last task the button is gone.
    void this.updateComplete.then(() => takeFocus(this.#button("remove", tasks.length - 2)));
  }

  #move(place: number): void {
    if (place === 0) return;
    const tasks = [...this.draft.tasks];
    tasks.splice(place - 1, 0, ...tasks.splice(place, 1));
    this.#set({ tasks });
    // The focus goes with its task.
    void this.updateComplete.then(() => this.#button("up", place - 1)?.focus());
  }

  /** A button of a task. */
  #button(name: "up" | "remove", place: number): HTMLElement | null {
    return this.renderRoot.querySelector(`[data-${name}="${place}"]`);
  }

  #kind(place: number, kind: Kind): void {
    const { hint } = this.draft.tasks[place] ?? { hint: "" };
    this.#change(place, { ...draftTask(kind, this.#networks), hint });
  }

  #change(place: number, fields: Partial<DraftTask>): void {
    this.#set({
      tasks: this.draft.tasks.map((task, other) => (other === place ? { ...task, ...fields } : task)),
    });
  }

  #set(change: Partial<Draft>): void {
    this.#show({ ...this.draft, ...change });
    drafts.set(this.lab, this.draft);
  }

  #show(draft: Draft): void {
    this.draft = draft;
    this.unopened = null;
    this.said = "";
    void this.#checking.ask();
  }

  async #check(signal: AbortSignal): Promise<void> {
    if (wrongWith(this.draft) !== null) {
      this.checked = this.problem = null;
      return;
    }
    const checked = await (
      await this.lab.started.lessons()
    ).read(JSON.stringify(lessonOf(this.draft)), { signal });
    const problem = await impossible(checked.lesson, courseOf(this.lab));
    if (stale(signal)) return;
    this.checked = problem ? null : checked;
    this.problem = problem;
  }

  readonly #open = async ({ target }: Event): Promise<void> => {
    const input = target as HTMLInputElement;
    const [file] = input.files ?? [];
    input.value = "";
    if (!file) return;
    try {
      const text = await lessonText(file);
      const { lesson } = await (await this.lab.started.lessons()).read(text);
      this.#set(draftOf(lesson, this.#networks));
    } catch (reason) {
      this.unopened = { name: file.name, why: this.failed(reason) };
    }
  };

  readonly #copy = async (): Promise<void> => {
    if (!this.checked) return;
    const address = link(this.checked.text);
    const length = number(address.length);
    this.said = (await copyText(address))
      ? msg(str`Copied: ${length} characters.`)
      : msg("This page may not use the clipboard: open “Try it” and copy the address.");
  };

  readonly #save = (): void => {
    if (!this.checked) return;
    save(new Blob([this.checked.text], { type: "application/json" }), "blind-spots-lesson.json");
    const first = this.checked.lesson.tasks[0];
    if (first) this.said = msg(str`Saved. It begins with: ${titleOf(first, courseOf(this.lab))}`);
  };
}

/** The page with a lesson's tasks. */
function link(text: string): string {
  return `${sitePage()}?lesson=${encoded(text)}`;
}

define("bs-lesson-form", BsLessonForm);
