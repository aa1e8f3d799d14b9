// Tasks in words: what each asks, what helps, and what came of it.

import { msg, str } from "@lit/localize";
import type { Answer, Task } from "../engine/messages.js";
import { list, number, plural, sentences } from "../lab/language.js";
import { wilson } from "../lab/wilson.js";
import type { Course } from "./course.js";

/** A distortion; with more digits where three do not tell it from another. */
export function distortion(value: number, digits = 3): string {
  return number(value, { maximumSignificantDigits: digits });
}

/** A distortion and its bound, with as many digits as tell them apart. */
function apart(value: number, bound: number): [string, string] {
  for (let digits = 3; digits < 9; digits++) {
    const [size, most] = [distortion(value, digits), distortion(bound, digits)];
    if (size !== most) return [size, most];
  }
  return [distortion(value), distortion(bound)];
}

/** Of a digit that does not count although nothing else is wrong. */
function pale(): string {
  return msg("Not yet: this digit is too pale to count. Take one that stands out from its paper.");
}

/** What a task asks, in a line. */
export function titleOf(task: Task, course: Course): string {
  switch (task.kind) {
    case "fool": {
      const [title, most] = [course.title(task.network), distortion(task.distortion)];
      return msg(str`Fool ${title} with a distortion of at most ${most}`);
    }
    case "fool-together": {
      const count = task.networks.length;
      if (task.distortion === undefined) return msg(str`One change that fools ${count} networks`);
      const most = distortion(task.distortion);
      return msg(str`One change that fools ${count} networks, with a distortion of at most ${most}`);
    }
    case "resist": {
      const [title, most] = [course.title(task.network), distortion(task.distortion)];
      return msg(str`A digit that resists: ${title} is not fooled within a distortion of ${most}`);
    }
    case "predict": {
      const [right, count] = [task.right, task.networks.length];
      return msg(str`Predict which networks fall: at least ${right} of ${count} right`);
    }
    case "unit-or-direction": {
      const { answers } = task;
      return msg(str`Unit or random direction? ${answers} answers`);
    }
  }
}

/** How a student goes about it. */
export function wayOf(task: Task, course: Course): string {
  switch (task.kind) {
    case "fool": {
      const title = course.title(task.network);
      return msg(
        str`Draw a digit or pick a sample, choose ${title} in step 2, and press “Fool it”. Then hand in what was found.`,
      );
    }
    case "fool-together": {
      const all = list(task.networks.map((name) => course.title(name)));
      return msg(
        str`All of ${all} have to misread the same changed image. Let the page search for them all at once, or fool one of them and make its change stronger.`,
      );
    }
    case "resist":
      return msg(
        "Draw or pick a digit that is hard to fool, and hand it in. The page looks for the smallest change.",
      );
    case "predict": {
      const title = course.title(task.network);
      return msg(
        str`A change that fools ${title} is made stronger and shown to other networks. Say of each whether it will be fooled, before you see.`,
      );
    }
    case "unit-or-direction":
      return msg(
        "One of two rows shows the digits that excite a single unit most, the other those of a random mixture of units. Say which is the unit’s.",
      );
  }
}

/** What helps where one is stuck. */
export function hintOf(task: Task): string {
  switch (task.kind) {
    case "fool":
      return msg(
        "Some digits are nearer to another class than others: try several samples, and leave the target at “any other digit”. Drawings that are hard to read are easy to fool.",
      );
    case "fool-together":
      return msg(
        "A change for one network fools more of the others when it is made stronger, but then it is longer, too. One that is searched for all at once is shorter.",
      );
    case "resist":
      return msg(
        "What makes a digit sure to be read? Try clear, bold digits, and samples of different classes.",
      );
    case "predict":
      return msg(
        "Networks that were trained alike tend to be fooled alike; so do those of the same kind. The strength matters, too.",
      );
    case "unit-or-direction":
      return msg(
        "Look for what all digits of a row have in common. If that does not help: that is the point, and every answer counts.",
      );
  }
}

/** What the lesson's task of this number came to, as it is said below it. */
export interface Came {
  text: string;
  /** The language of the text, where it is not the page's. */
  lang: string | null;
  /** Whether the last try was not what the task asks for. */
  not: boolean;
}

/** What came of a task, or that it is being measured; nothing where it was not tried. */
export function cameOf(place: number, course: Course): Came {
  const said = (text: string, not = false): Came => ({ text, lang: null, not });
  const task = course.lesson?.tasks[place];
  const answer = course.latest[place];
  const failed = course.failed(place);
  if (course.marking === place) return said(msg("Measuring …"));
  if (failed) return { ...failed, not: true };
  if (!task || !answer) return said("");
  const outcome = outcomeOf(task, answer, course);
  if (answer.passed || !course.done(place)) return said(outcome, !answer.passed);
  const stays = msg("The task is done all the same: what you did before counts.");
  return said(sentences(outcome, stays).join(""), true);
}

/** What came of it, as one or more sentences. */
function outcomeOf(task: Task, answer: Answer, course: Course): string {
  switch (task.kind) {
    case "fool":
    case "fool-together":
      return fooled(task, answer, course);
    case "resist":
      return resisted(task, answer, course);
    case "predict":
      return predicted(task, answer);
    case "unit-or-direction":
      return told(answer);
  }
}

type Fooling = Extract<Task, { kind: "fool" | "fool-together" }>;

function fooled(task: Fooling, answer: Answer, course: Course): string {
  if (answer.passed) {
    const size = distortion(answer.distortion ?? 0);
    return msg(str`Done: the distortion is ${size}.`);
  }
  const { label } = answer;
  const misread = answer.networks.filter(({ reads }) => reads[0] !== label);
  const held = answer.networks.filter(({ reads }) => reads[1] === label);
  const named = (networks: Answer["networks"]) => list(networks.map(({ name }) => course.title(name)));
  if (misread.length > 0) {
    const names = named(misread);
    return plural(misread.length, {
      one: msg(
        str`Not yet: ${names} misreads this ${label} even without a change. Take a digit that is read rightly first.`,
      ),
      other: msg(
        str`Not yet: ${names} misread this ${label} even without a change. Take a digit that is read rightly first.`,
      ),
    });
  }
  if (held.length > 0) {
    const names = named(held);
    return plural(held.length, {
      one: msg(str`Not yet: ${names} still reads a ${label}.`),
      other: msg(str`Not yet: ${names} still read a ${label}.`),
    });
  }
  if ((answer.distortion ?? 0) <= (task.distortion ?? Infinity)) return pale();
  const [size, most] = apart(answer.distortion ?? 0, task.distortion ?? 0);
  return msg(
    str`Not yet: it fools, but its distortion is ${size}, and the task asks for at most ${most}. Try another digit.`,
  );
}

function resisted(task: Extract<Task, { kind: "resist" }>, answer: Answer, course: Course): string {
  const title = course.title(task.network);
  const { label, distortion: nearest } = answer;
  if (answer.networks[0]?.reads[0] !== label)
    return msg(str`Not yet: ${title} does not read a ${label} in it, even without a change.`);
  if (!answer.passed && (nearest ?? Infinity) > task.distortion) return pale();
  if (nearest === undefined) return msg(str`Done: nothing was found that fools ${title}.`);
  const [size, most] = apart(nearest, task.distortion);
  return answer.passed
    ? msg(str`Done: the nearest change that fools ${title} has a distortion of ${size}.`)
    : msg(
        str`Not yet: a change with a distortion of ${size} fools ${title}, and the task asks for a digit that holds out to ${most}. Try another one.`,
      );
}

function predicted(task: Extract<Task, { kind: "predict" }>, { passed, right = 0, of = 0 }: Answer): string {
  const wanted = task.right;
  return passed
    ? msg(str`Done: you were right about ${right} of ${of} networks.`)
    : msg(
        str`Not yet: you were right about ${right} of ${of} networks, and the task asks for ${wanted}. Look at what they read, then try another digit.`,
      );
}

function told({ right = 0, of = 0 }: Answer): string {
  const [low, high] = wilson(right, Math.max(1, of));
  if (low <= 0.5 && high >= 0.5)
    return msg(
      str`Done: ${right} of ${of} right. That could be guessing, which is what the paper says: units mean no more than random directions.`,
    );
  return low > 0.5
    ? msg(
        str`Done: ${right} of ${of} right, better than guessing. You saw something in units that mixtures lack.`,
      )
    : msg(str`Done: ${right} of ${of} right, worse than guessing. What you looked for is in the mixtures.`);
}
