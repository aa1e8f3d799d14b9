/**
 * Lessons and results: tasks, what students did, and whether it holds. Get them with `await lab.lessons()`.
 *
 * A lesson and a result are JSON files (`docs/LESSONS.md`). All that is measured the engine measures, so that this
 * page and the command line agree.
 */

import type { Answer as Answered } from "./connection.js";
import type {
  Answer,
  KnownModel,
  Lesson,
  Request,
  Response,
  SameAs,
  StudentWork,
  Verified,
} from "./messages.js";
import type { Waiting, WorkOptions } from "./options.js";

/** How a question reaches the engine. */
type Ask = <K extends Response["kind"]>(
  kind: K,
  request: Request,
  options: WorkOptions,
) => Promise<Answered<K>>;

/** What a student did for which task of a lesson; `known` are the networks that the lesson may name. */
export interface MarkOptions extends WorkOptions {
  lesson: Lesson;
  /** The task's number, from 0. */
  task: number;
  work: StudentWork;
  known: KnownModel[];
}

export interface ResultOptions extends Waiting {
  lesson: Lesson;
  student: string;
  answers: Answer[];
  known: KnownModel[];
}

export interface VerifyOptions extends WorkOptions {
  /** The lesson that it has to be a result of; any where it is not given. */
  lesson?: Lesson | undefined;
  known: KnownModel[];
}

/** As in a file; of what cannot be written, the engine says that it is none. */
function written(value: unknown): string {
  try {
    // What has no JSON comes out as `undefined`, whatever the types say.
    const text: unknown = JSON.stringify(value);
    return typeof text === "string" ? text : "";
  } catch {
    return "";
  }
}

export class Lessons {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Reads a lesson's file; `text` is it as this page writes it. */
  async read(text: string, options: Waiting = {}): Promise<{ lesson: Lesson; text: string }> {
    const { lesson, text: written } = await this.#ask("lesson", { kind: "lesson", text }, options);
    return { lesson, text: written };
  }

  /** Of so many questions with two rows: whether the first row is the unit's. */
  async sides(seed: number, count: number, options: Waiting = {}): Promise<boolean[]> {
    return (await this.#ask("sides", { kind: "sides", seed, count }, options)).first;
  }

  /** Measures what a student did. What does not pass is an answer, too, and says why. */
  async mark({ signal, onprogress, lesson, work, ...wish }: MarkOptions): Promise<Answer> {
    // The page's images stay the page's.
    const copies = Object.entries(work).map(([name, part]) => [
      name,
      part instanceof Float32Array ? part.slice() : (part as unknown),
    ]);
    const request: Request = {
      kind: "mark",
      lesson: written(lesson),
      ...wish,
      work: Object.fromEntries(copies) as StudentWork,
    };
    return (await this.#ask("marked", request, { signal, onprogress })).answer;
  }

  /** The file that a student takes away, and its code. */
  async result({ signal, lesson, answers, ...wish }: ResultOptions): Promise<{ text: string; code: string }> {
    const files = { lesson: written(lesson), answers: written(answers) };
    const { text, code } = await this.#ask("result", { kind: "result", ...files, ...wish }, { signal });
    return { text, code };
  }

  /** Computes all that a result's file claims again, and names what does not hold. */
  async verify(file: Uint8Array, { signal, onprogress, lesson, known }: VerifyOptions): Promise<Verified> {
    const request: Request = { kind: "verify", file: file.slice(), known };
    if (lesson) request.lesson = written(lesson);
    const { kind: _, ...verified } = await this.#ask("verified", request, { signal, onprogress });
    return verified;
  }

  /** Which images several students handed in; `names` are those of the files, in the order of `results`. */
  async copies(names: string[], results: Verified[], { signal }: Waiting = {}): Promise<SameAs[]> {
    return (await this.#ask("copies", { kind: "copies", names, results }, { signal })).same;
  }
}
