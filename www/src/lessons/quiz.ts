import { msg, str } from "@lit/localize";
import { css, html } from "lit";
import { LabElement } from "../elements/base.js";
import { define } from "../elements/define.js";
import { base, controls } from "../elements/style.js";
import type { Task } from "../engine/messages.js";
import type { Lab } from "../lab/lab.js";
import type { Slot } from "../lab/networks.js";
import "../panels/units/quiz.js";
import { UnitsState } from "../panels/units/state.js";
import { courseOf, type Course } from "./course.js";

type Quiz = Extract<Task, { kind: "unit-or-direction" }>;

/** The rows of a task's network, in the order that its seed says, and what was answered. */
class QuizState extends UnitsState {
  /** Which rows were taken for the unit's. */
  readonly chose: (0 | 1)[] = [];
  readonly #network: () => Slot | undefined;
  readonly #sides: boolean[];
  readonly #ended: () => void;

  constructor(lab: Lab, network: () => Slot | undefined, sides: boolean[], ended: () => void) {
    super(lab, () => Promise.resolve(lab.gallery));
    this.#network = network;
    this.#sides = sides;
    this.#ended = ended;
  }

  override get slot(): Slot | undefined {
    return this.#network();
  }

  override get layer(): number {
    return this.layers.length;
  }

  protected override get unitFirst(): boolean {
    return this.#sides[this.chose.length] ?? true;
  }

  override answer(choice: 0 | 1): void {
    if (!this.question || this.question.answer !== null) return;
    this.chose.push(choice);
    super.answer(choice);
    if (this.chose.length === this.#sides.length) this.#ended();
  }

  override ask(): void {
    if (this.chose.length < this.#sides.length) super.ask();
  }
}

/** So many times: which row is the unit's? */
export class BsTaskQuiz extends LabElement {
  static override properties = { task: { attribute: false }, place: { type: Number } };
  static override styles = [
    base,
    controls,
    css`
      .rows {
        max-width: 52rem;
        min-height: 17rem;
      }
      @media (max-width: 34rem) {
        .rows {
          min-height: 22rem;
        }
      }
      button {
        margin-top: 0.5rem;
      }
    `,
  ];

  declare task: Quiz;
  declare place: number;
  #state: QuizState | null = null;
  #seed = 0;
  #beginning = false;

  get #course(): Course {
    return courseOf(this.lab);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#state?.leave();
    this.#state = null;
  }

  protected override render() {
    const state = this.#state;
    const { answers } = this.task;
    const given = state?.chose.length ?? 0;
    const ended = given === answers;
    return html`<p class="caption" role="status" data-testid="quiz-given">
        ${msg(str`${given} of ${answers} answered`)}
      </p>
      <div class="rows" data-fresh=${String(state?.fresh ?? false)} data-testid="task-quiz">
        ${
          state?.shown
            ? html`<bs-units-quiz .lab=${this.lab} .state=${state} ?ended=${ended}></bs-units-quiz>`
            : html`<p class="muted" lang=${(state?.problem?.lang ?? "") ? "en" : ""}>
                ${state?.problem?.text ?? this.#course.awaits ?? msg("Loading …")}
              </p>`
        }
      </div>
      ${
        ended
          ? html`<button type="button" @click=${() => void this.#begin()}>${msg("Answer again")}</button>`
          : ""
      }`;
  }

  protected override updated(): void {
    if (!this.#state && !this.#beginning && this.lab.gallery && this.#course.awaits === null)
      void this.#begin();
    this.#state?.follow();
  }

  /** Begins with other questions. */
  async #begin(): Promise<void> {
    this.#beginning = true;
    this.#state?.leave();
    this.#seed = Math.floor(Math.random() * 2 ** 32);
    try {
      const sides = await (await this.lab.started.lessons()).sides(this.#seed, this.task.answers);
      const network = () => this.#course.slot(this.task.network);
      if (this.isConnected) this.#state = new QuizState(this.lab, network, sides, () => void this.#hand());
    } catch (reason) {
      this.lab.report(reason);
    }
    this.#beginning = false;
    this.requestUpdate();
  }

  async #hand(): Promise<void> {
    const state = this.#state;
    if (!state) return;
    const { layer, chose } = state;
    const work = { kind: "unit-or-direction" as const, layer, seed: this.#seed, chose };
    await this.#course.mark(this.place, work);
  }
}

define("bs-task-quiz", BsTaskQuiz);
