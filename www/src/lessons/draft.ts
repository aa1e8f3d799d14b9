// A lesson as a teacher writes it: fields that may still be wrong.

import type { Lesson, Task } from "../engine/messages.js";

/** Most answers of one task. */
export const MOST_ANSWERS = 100;
/** Most tasks of a lesson. */
export const MOST_TASKS = 20;

export type Kind = Task["kind"];

/** A task's fields, whatever its kind: those of another kind wait until it is chosen. */
export interface DraftTask {
  kind: Kind;
  /** The network that it is about. */
  network: string;
  /** Networks of tasks about several. */
  networks: string[];
  /** NaN where there is none, or no bound on it; infinite where what was written is no number. */
  distortion: number;
  right: number;
  answers: number;
  hint: string;
}

export interface Draft {
  title: string;
  words: string;
  tasks: DraftTask[];
}

export function draftTask(kind: Kind, networks: readonly string[]): DraftTask {
  const distortion = kind === "fool-together" ? 0.08 : 0.05;
  const network = networks.includes("fc100-100-10") ? "fc100-100-10" : (networks[0] ?? "");
  const others = networks.filter((name) => name !== network).slice(0, 5);
  return { kind, network, networks: others, distortion, right: 3, answers: 20, hint: "" };
}

export function draftOf({ title, words, tasks }: Lesson, networks: readonly string[]): Draft {
  const draft = (task: Task): DraftTask => ({
    ...draftTask(task.kind, networks),
    // That of a task without a bound is not filled in.
    distortion: Number.NaN,
    ...task,
    hint: task.hint ?? "",
  });
  return { title, words: words ?? "", tasks: tasks.map(draft) };
}

/** The lesson that a draft is; whether it holds together the engine says. */
export function lessonOf({ title, words, tasks }: Draft): unknown {
  const said = words.trim() === "" ? {} : { words };
  return { blindspots: "lesson", version: 1, title, ...said, tasks: tasks.map(taskOf) };
}

function taskOf({ kind, network, networks, distortion, right, answers, hint }: DraftTask): unknown {
  const said = hint.trim() === "" ? {} : { hint };
  switch (kind) {
    case "fool":
    case "resist":
      return { kind, network, distortion, ...said };
    case "fool-together":
      return { kind, networks, ...(Number.isNaN(distortion) ? {} : { distortion }), ...said };
    case "predict":
      return { kind, network, networks, right, ...said };
    case "unit-or-direction":
      return { kind, network, answers, ...said };
  }
}
