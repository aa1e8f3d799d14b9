// What a teacher's draft still lacks, in the language of the page. The engine has the last word on its form, in English.

import { msg, str } from "@lit/localize";
import type { Lesson } from "../engine/messages.js";
import { number } from "../lab/language.js";
import type { Said } from "../lab/saying.js";
import { strangersSaid, type Course } from "./course.js";
import { MOST_ANSWERS, type Draft, type DraftTask } from "./draft.js";

/** The first thing that is wrong with a draft, as a sentence; `null` where nothing is. */
export function wrongWith({ title, tasks }: Draft): string | null {
  if (title.trim() === "") return msg("The lesson needs a title.");
  for (const [place, task] of tasks.entries()) {
    const words = wrongTask(task);
    const count = number(place + 1);
    if (words) return msg(str`Task ${count}: ${words}`);
  }
  return null;
}

/** What nobody could do in a lesson that holds together, as a sentence; `null` where it can be done. */
export async function impossible(lesson: Lesson, course: Course): Promise<Said | null> {
  const strangers = await course.strangers(lesson);
  if (strangers.length > 0) return strangersSaid(strangers);
  const place = await course.unitless(lesson);
  const task = lesson.tasks[place ?? -1];
  if (place === null || !task || !("network" in task)) return null;
  const [count, title] = [number(place + 1), course.title(task.network)];
  const words = msg(str`${title} has no hidden units: choose another network.`);
  return { text: msg(str`Task ${count}: ${words}`), lang: null };
}

function wrongTask({ kind, distortion, networks, right, answers }: DraftTask): string | null {
  switch (kind) {
    case "fool":
    case "resist":
      return wrongDistortion(distortion);
    case "fool-together":
      if (networks.length < 2) return msg("choose two networks or more.");
      // Without a bound any change will do.
      return Number.isNaN(distortion) ? null : wrongDistortion(distortion);
    case "predict":
      if (networks.length === 0) return msg("choose one network or more.");
      return whole(right, networks.length) ? null : wrongRight(networks.length);
    case "unit-or-direction":
      return whole(answers, MOST_ANSWERS) ? null : wrongAnswers(number(MOST_ANSWERS));
  }
}

function wrongDistortion(distortion: number): string | null {
  return distortion > 0 && distortion <= 1 ? null : msg("a distortion is a number above 0 and at most 1.");
}

function whole(count: number, most: number): boolean {
  return Number.isInteger(count) && count >= 1 && count <= most;
}

function wrongRight(networks: number): string {
  const last = number(networks);
  return networks === 1
    ? msg("with one network, ask for 1 right prediction.")
    : msg(str`ask for a whole number of right predictions, from 1 to ${last}.`);
}

function wrongAnswers(last: string): string {
  return msg(str`ask for a whole number of answers, from 1 to ${last}.`);
}
