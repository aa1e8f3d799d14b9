// What a teacher's draft still lacks, in the language of the page. The engine has the last word, in English.

import { msg, str } from "@lit/localize";
import { number } from "../lab/language.js";
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
