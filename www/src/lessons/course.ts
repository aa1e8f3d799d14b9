// A lesson as a student goes through it: its tasks, what was done, and what it came to. All elements that show it share
// one for each lab, and hear of changes as of all others, by the lab's.

import { msg, str } from "@lit/localize";
import { BlindSpotsError } from "../engine/errors.js";
import type { BlindSpots } from "../engine/engine.js";
import type { Answer, KnownModel, Lesson, StudentWork, Task } from "../engine/messages.js";
import type { Lab } from "../lab/lab.js";
import { list, plural } from "../lab/language.js";
import { OWN, type Slot } from "../lab/networks.js";
import { asSentence, failure, type Said } from "../lab/saying.js";
import { Together } from "./found.js";
import { Keeping } from "./keeping.js";
import { known, lost, missing } from "./known.js";
import { decoded } from "./link.js";
import { first } from "./first.js";
import { Trouble } from "./trouble.js";

const courses = new WeakMap<Lab, Course>();

/** The lesson of a lab. */
export function courseOf(lab: Lab): Course {
  let course = courses.get(lab);
  if (!course) courses.set(lab, (course = new Course(lab)));
  return course;
}

export class Course {
  /** `null` until the engine has read it. */
  lesson: Lesson | null = null;
  /** Why there is none. */
  problem: Said | null = null;
  /** The best that each task came to; `null` while it was not tried. */
  answers: (Answer | null)[] = [];
  /** What each task came to last; `null` while it was not tried, or is tried again. */
  latest: (Answer | null)[] = [];
  /** The task that is looked at. */
  current = 0;
  /** The task that is being measured. */
  marking: number | null = null;
  /** Why a task could not be measured, and which. */
  readonly #trouble: Trouble;
  #failed: number | null = null;
  student = "";
  readonly #lab: Lab;
  readonly kept = new Keeping();
  readonly #together = new Map<number, Together>();
  #begun = false;

  constructor(lab: Lab) {
    this.#lab = lab;
    this.#trouble = new Trouble({ lab });
  }

  /** Reads the lesson that the address names, once. */
  async open(): Promise<void> {
    const { lesson } = this.#lab.choices;
    if (this.#begun || lesson === null) return;
    this.#begun = true;
    try {
      const text = lesson === "first" ? JSON.stringify(first()) : decoded(lesson);
      if (text === null) throw new BlindSpotsError("bad-lesson", "the link is cut short or damaged");
      const engine = await this.#engine();
      const read = await (await engine.lessons()).read(text);
      const strangers = await this.strangers(read.lesson);
      if (strangers.length > 0) {
        this.problem = strangersSaid(strangers);
        return this.#lab.changed();
      }
      this.lesson = read.lesson;
      this.kept.open(read.text);
      this.answers = read.lesson.tasks.map((_, task) => this.kept.answer(task));
      this.latest = [...this.answers];
      this.student = this.kept.student;
      this.current = Math.max(0, this.#next(0) ?? 0);
    } catch (reason) {
      const error = BlindSpotsError.from(reason);
      if (error.code === "closed" || error.code === "crashed") return this.#openAgain(reason);
      this.problem = asSentence(failure(error));
    }
    this.#lab.changed();
  }

  /** Reads it with the engine that comes next. */
  async #openAgain(reason: unknown): Promise<void> {
    const { engine } = this.#lab;
    this.#lab.report(reason);
    while (!this.#lab.engine || this.#lab.engine === engine) await this.#change();
    this.#begun = false;
    await this.open();
  }

  /** The task that is looked at. */
  get task(): Task | null {
    return this.lesson?.tasks[this.current] ?? null;
  }

  look(task: number): void {
    this.current = task;
    this.#lab.changed();
  }

  /** Whether a task was done as it asks. */
  done(task: number): boolean {
    return this.answers[task]?.passed ?? false;
  }

  get finished(): number {
    return this.answers.filter((answer) => answer?.passed).length;
  }

  /** A task that is not done yet, from `from` on, then from the start; `null` where all are. */
  #next(from: number): number | null {
    const places = this.answers.map((_, place) => (from + place) % this.answers.length);
    return places.find((place) => !this.done(place)) ?? null;
  }

  /** Goes on to a task that is open. */
  next(): void {
    const task = this.#next(this.current + 1);
    if (task !== null) this.look(task);
  }

  get more(): boolean {
    return this.#next(0) !== null;
  }

  /** What a measurement still waits for, perhaps in vain; `null` where nothing. */
  get awaits(): string | null {
    if (missing(this.#lab)) return msg("The networks are still loading. A moment, please.");
    const named = new Set(this.lesson ? networksOf(this.lesson) : []);
    return notLoaded(lost(this.#lab).filter(({ name }) => named.has(name)));
  }

  /** Why a task could not be measured. */
  failed(task: number): Said | null {
    return this.#failed === task ? this.#trouble.said : null;
  }

  /** Takes up a task once more: what it came to last is said no longer. */
  again(task: number): void {
    this.latest[task] = null;
    if (this.#failed === task) this.#failed = null;
    this.#lab.changed();
  }

  /** Measures what was done; what passed once stays, unless it passes again. `null` where it cannot be measured. */
  async mark(task: number, work: StudentWork): Promise<Answer | null> {
    // One after the other: what is done while another task is measured is measured next.
    while (this.marking !== null) await this.#change();
    const { lesson } = this;
    if (!lesson) return null;
    let answer: Answer | null = null;
    this.marking = task;
    this.#failed = null;
    this.#lab.changed();
    try {
      answer = await (await this.#lab.started.lessons()).mark({ lesson, task, work, known: this.#known });
      this.latest[task] = answer;
      // What was done stays done.
      if (answer.passed || !this.done(task)) this.#answer(task, answer);
    } catch (reason) {
      this.#failed = task;
      this.#trouble.tell(reason);
    }
    this.marking = null;
    this.#lab.changed();
    return answer;
  }

  #answer(task: number, answer: Answer): void {
    this.answers[task] = answer;
    if (answer.passed) this.kept.keep(task, answer);
  }

  name(student: string): void {
    this.student = student;
    this.kept.student = student;
    this.#lab.changed();
  }

  /** The file with all that was done, and its code. */
  async result(): Promise<{ text: string; code: string }> {
    const { lesson, student } = this;
    if (!lesson) throw new BlindSpotsError("bad-lesson", "there is no lesson");
    const answers = this.answers.filter((answer) => answer !== null && answer.passed) as Answer[];
    const lessons = await this.#lab.started.lessons();
    return lessons.result({ lesson, student: student.trim(), answers, known: this.#known });
  }

  /** What is found for a task's networks at once. */
  together(task: number): Together {
    const there = this.#together.get(task);
    if (there) return there;
    const asked = this.lesson?.tasks[task];
    const networks = asked?.kind === "fool-together" ? asked.networks : [];
    const models = () => networks.flatMap((name) => this.slot(name)?.model?.id ?? []);
    const together = new Together(this.#lab, models);
    this.#together.set(task, together);
    return together;
  }

  get #known(): KnownModel[] {
    return known(this.#lab);
  }

  /** A network that the lesson names. */
  slot(name: string): Slot | undefined {
    return this.#lab.slots.find((slot) => slot.name === name);
  }

  /** What it is called. */
  title(name: string): string {
    return this.slot(name)?.title ?? name;
  }

  async #engine(): Promise<BlindSpots> {
    const lab = this.#lab;
    while (!lab.engine) await this.#change();
    return lab.engine;
  }

  /** Names of networks that the page does not have. */
  async strangers(lesson: Lesson): Promise<string[]> {
    while (this.#lab.slots.length === 0) await this.#change();
    return [...new Set(networksOf(lesson))].filter((name) => !this.slot(name) || name === OWN);
  }

  /** The first task about hidden units whose network has none, from 0; `null` where there is none. */
  async unitless({ tasks }: Lesson): Promise<number | null> {
    for (const [place, task] of tasks.entries()) {
      if (task.kind !== "unit-or-direction") continue;
      const slot = this.slot(task.network);
      while (slot && !slot.model && missing(this.#lab)) await this.#change();
      if (slot?.model && !(await this.#hasUnits(slot.model.id))) return place;
    }
    return null;
  }

  async #hasUnits(model: number): Promise<boolean> {
    try {
      return (await (await this.#engine()).hiddenLayers(model)).length > 0;
    } catch (reason) {
      if (BlindSpotsError.from(reason).code === "no-hidden-units") return false;
      throw reason;
    }
  }

  #change(): Promise<unknown> {
    return new Promise((change) => this.#lab.addEventListener("change", change, { once: true }));
  }
}

/** The networks that a lesson names. */
function networksOf({ tasks }: Lesson): string[] {
  return tasks.flatMap((task) => [
    ...("network" in task ? [task.network] : []),
    ...("networks" in task ? task.networks : []),
  ]);
}

/** That networks did not arrive; `null` where there are none. */
export function notLoaded(slots: readonly Slot[]): string | null {
  const all = list(slots.map(({ title }) => title));
  if (slots.length === 0) return null;
  return plural(slots.length, {
    one: msg(str`A network could not be loaded: ${all}. Reload the page.`),
    other: msg(str`Networks could not be loaded: ${all}. Reload the page.`),
  });
}

export function strangersSaid(names: readonly string[]): Said {
  const all = list(names);
  const text = plural(names.length, {
    one: msg(str`It names a network that is not here: ${all}.`),
    other: msg(str`It names networks that are not here: ${all}.`),
  });
  return { text, lang: null };
}
