// What a student has done stays for as long as the tab is open, where the browser keeps anything: in a room that
// others use after them nothing is left.

import type { Answer } from "../engine/messages.js";
import { fingerprint } from "../lab/address.js";

/** A task of rows that was begun: its seed, the rows that were chosen, and how many of them were right. */
export interface BegunQuiz {
  seed: number;
  chose: (0 | 1)[];
  hits: number;
}

interface Kept {
  student: string;
  answers: Record<string, Answer>;
  quizzes: Record<string, BegunQuiz>;
}

/** The place for one lesson. */
export class Keeping {
  #key = "";
  #kept: Kept = { student: "", answers: {}, quizzes: {} };

  /** Takes up what was done of the lesson of this text. */
  open(text: string): void {
    this.#key = `blindspots-lesson-${fingerprint(numbersOf(text))}`;
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.#key) ?? "null") as Partial<Kept> | null;
      const { student = "", answers = {}, quizzes = {} } = kept ?? {};
      this.#kept = { student, answers, quizzes };
    } catch {
      // Nothing may be kept here, or what was is damaged.
    }
  }

  answer(task: number): Answer | null {
    return this.#kept.answers[task] ?? null;
  }

  keep(task: number, answer: Answer): void {
    this.#kept.answers[task] = answer;
    this.#write();
  }

  quiz(task: number): BegunQuiz | null {
    return this.#kept.quizzes[task] ?? null;
  }

  keepQuiz(task: number, { seed, chose, hits }: BegunQuiz): void {
    this.#kept.quizzes[task] = { seed, chose: [...chose], hits };
    this.#write();
  }

  forgetQuiz(task: number): void {
    this.#kept.quizzes = Object.fromEntries(
      Object.entries(this.#kept.quizzes).filter(([place]) => place !== String(task)),
    );
    this.#write();
  }

  get student(): string {
    return this.#kept.student;
  }

  set student(student: string) {
    this.#kept.student = student;
    this.#write();
  }

  #write(): void {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(this.#kept));
    } catch {
      // Then it stays until the page is left.
    }
  }
}

function numbersOf(text: string): Float32Array {
  return Float32Array.from(text, (character) => character.charCodeAt(0));
}
