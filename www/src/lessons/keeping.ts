// What a student has done stays for as long as the tab is open, where the browser keeps anything: in a room that
// others use after them nothing is left.

import type { Answer } from "../engine/messages.js";
import { fingerprint } from "../lab/address.js";

interface Kept {
  student: string;
  answers: Record<string, Answer>;
}

/** The place for one lesson. */
export class Keeping {
  #key = "";
  #kept: Kept = { student: "", answers: {} };

  /** Takes up what was done of the lesson of this text. */
  open(text: string): void {
    this.#key = `blindspots-lesson-${fingerprint(numbersOf(text))}`;
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.#key) ?? "null") as Partial<Kept> | null;
      this.#kept = { student: kept?.student ?? "", answers: kept?.answers ?? {} };
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
