import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { LabElement } from "../elements/base.js";
import { define } from "../elements/define.js";
import { takeFocus } from "../elements/focus.js";
import { base, controls, css } from "../elements/style.js";
import type { BlindSpots } from "../engine/engine.js";
import type { Task } from "../engine/messages.js";
import type { Lab } from "../lab/lab.js";
import type { Slot } from "../lab/networks.js";
import type { BsUnitsQuiz } from "../panels/units/quiz.js";
import "../panels/units/quiz.js";
import { UnitsState } from "../panels/units/state.js";
import { courseOf, type Course } from "./course.js";
import type { BegunQuiz } from "./keeping.js";

type Quiz = Extract<Task, { kind: "unit-or-direction" }>;

/** What a quiz takes from its task, and tells it. */
interface Asked {
  network: () => Slot | undefined;
  begun: BegunQuiz;
  /** Whether the unit's row is the first, of each question. */
  sides: boolean[];
  /** A row was chosen. */
  answered: () => void;
  /** All rows had been chosen before it was shown. */
  answeredBefore: () => void;
}

/** The rows of a task's network, in the order that its seed says, and what was answered. */
class QuizState extends UnitsState {
  readonly #asked: Asked;

  constructor(lab: Lab, asked: Asked) {
    super(lab, () => Promise.resolve(lab.gallery));
    this.#asked = asked;
  }

  override get slot(): Slot | undefined {
    return this.#asked.network();
  }

  override get layer(): number {
    return this.layers.length;
  }

  protected override get unitFirst(): boolean {
    const { sides, begun } = this.#asked;
    return sides[begun.chose.length] ?? true;
  }

  override answer(choice: 0 | 1): void {
    if (!this.question || this.question.answer !== null) return;
    const { begun, answered } = this.#asked;
    begun.chose.push(choice);
    super.answer(choice);
    begun.hits = this.score.hits;
    answered();
  }

  override ask(): void {
    const { begun, sides, answeredBefore } = this.#asked;
    // It may be shown again with some answers given.
    this.score = { hits: begun.hits, trials: begun.chose.length };
    if (begun.chose.length < sides.length) super.ask();
    else answeredBefore();
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
  #begun: BegunQuiz = { seed: 0, chose: [], hits: 0 };
  #beginning = false;
  /** Whether what is pressed next gets the focus: its button was another. */
  #follow = false;
  /** The engine that it could not begin with: it is not asked again. */
  #broken: BlindSpots | null = null;

  get #course(): Course {
    return courseOf(this.lab);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#broken = null;
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#state?.leave();
    this.#state = null;
  }

  protected override render() {
    const { answers } = this.task;
    const given = this.#begun.chose.length;
    const ended = given === answers;
    return html`<p class="caption" role="status" data-testid="quiz-given">
        ${msg(str`${given} of ${answers} answered`)}
      </p>
      <div
        class="rows"
        tabindex="-1"
        data-fresh=${String(this.#state?.fresh ?? false)}
        data-testid="task-quiz"
      >
        ${this.#rows(ended)}
      </div>
      ${
        ended
          ? html`<button type="button" data-testid="quiz-again" @click=${() => this.#again()}>
              ${msg("Answer again")}
            </button>`
          : ""
      }`;
  }

  #rows(ended: boolean) {
    const state = this.#state;
    if (state?.shown) {
      if (ended && !state.question) return "";
      return html`<bs-units-quiz .lab=${this.lab} .state=${state} ?ended=${ended}></bs-units-quiz>`;
    }
    const problem = state?.problem;
    return html`<p class="muted" lang=${problem?.lang ?? nothing}>
      ${problem?.text ?? this.#course.awaits ?? msg("Loading …")}
    </p>`;
  }

  protected override updated(): void {
    const { engine, gallery } = this.lab;
    const waits = !engine || engine === this.#broken || !gallery || this.#course.awaits !== null;
    if (!this.#state && !this.#beginning && !waits) void this.#begin();
    this.#state?.follow();
    if (this.#follow) void this.#goOn();
  }

  /** From the last row to the button below, from there to the first row of the new ones. */
  async #goOn(): Promise<void> {
    const rows = this.renderRoot.querySelector<HTMLElement>(".rows");
    const again = this.renderRoot.querySelector<HTMLElement>("button");
    const quiz = this.renderRoot.querySelector<BsUnitsQuiz>("bs-units-quiz");
    if (again || quiz) this.#follow = false;
    await quiz?.updateComplete;
    takeFocus(again ?? quiz ?? rows, rows);
  }

  /** Begins, or goes on where the student has been: at another task, or before the page was loaded again. */
  async #begin(): Promise<void> {
    this.#beginning = true;
    const seed = Math.floor(Math.random() * 2 ** 32);
    const begun = this.#course.kept.quiz(this.place) ?? { seed, chose: [], hits: 0 };
    try {
      const sides = await (await this.lab.started.lessons()).sides(begun.seed, this.task.answers);
      this.#begun = begun;
      const asked = {
        network: () => this.#course.slot(this.task.network),
        begun,
        sides,
        answered: () => this.#answered(),
        // Unless it could not be measured then.
        answeredBefore: () => (this.#course.done(this.place) ? undefined : this.#handIn()),
      };
      if (this.isConnected) this.#state = new QuizState(this.lab, asked);
    } catch (reason) {
      this.#broken = this.lab.engine;
      this.lab.report(reason);
    }
    this.#beginning = false;
    this.requestUpdate();
  }

  /** Begins once more, with other questions. */
  #again(): void {
    this.#course.kept.forgetQuiz(this.place);
    this.#course.again(this.place);
    this.#state?.leave();
    this.#state = null;
    this.#begun = { seed: 0, chose: [], hits: 0 };
    this.#follow = true;
    void this.#begin();
  }

  /** Keeps what was answered; hands it in with the last one. */
  #answered(): void {
    this.#course.kept.keepQuiz(this.place, this.#begun);
    if (this.#begun.chose.length < this.task.answers) return;
    this.#follow = true;
    this.#handIn();
  }

  #handIn(): void {
    const { layer } = this.#state ?? {};
    const { seed, chose } = this.#begun;
    if (layer !== undefined)
      void this.#course.mark(this.place, { kind: "unit-or-direction", layer, seed, chose });
  }
}

define("bs-task-quiz", BsTaskQuiz);
