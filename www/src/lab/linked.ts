// What comes of a link: what in it makes no sense is said, what it shows is found again.

import { msg, str } from "@lit/localize";
import type { Bundled } from "../engine/cards.js";
import { defaults, fingerprint, quoted, type Address, type Choices } from "./address.js";
import type { Fooling } from "./fooling.js";
import { sentences } from "./language.js";

/** What a link changes. */
interface Surroundings {
  readonly choices: Choices;
  readonly fooling: Fooling;
  tell(words: () => string): void;
}

export class Linked {
  /** Whether a link to the page as it is now begins the search again. */
  readonly autorun: boolean;
  readonly #lab: Surroundings;
  readonly #problems: readonly (() => string)[];
  #checked = false;
  /** What is to be found, once. */
  #wanted: { times: number; result: string | null } | null;

  constructor(lab: Surroundings, { seen: { autorun, result, times }, problems }: Address) {
    this.#lab = lab;
    this.autorun = autorun;
    this.#problems = problems;
    this.#wanted = autorun || result !== null ? { times, result } : null;
  }

  /** Says what in the address makes no sense, all of it at once; `bundled` are the site's networks. */
  check(bundled: readonly Bundled[]): void {
    if (this.#checked) return;
    this.#checked = true;
    const { choices } = this.#lab;
    const problems = [...this.#problems];
    const names = bundled.map(({ name }) => name);
    const all = () => names.join(", ");
    const whose = choices.units?.replace(/\..*$/, "");
    if (names.length > 0 && whose && !names.includes(whose)) {
      problems.push(() => msg(str`units has no network ${quoted(whose)}: there are ${all()}.`));
      choices.units = null;
    }
    if (choices.model === "own") {
      problems.push(() => msg("model is a visitor's own file, which no link holds: choose the file again."));
      choices.model = defaults.model;
    } else if (names.length > 0 && !names.includes(choices.model)) {
      const { model } = choices;
      problems.push(() => msg(str`model has no network ${quoted(model)}: there are ${all()}.`));
      choices.model = defaults.model;
    }
    if (problems.length > 0)
      this.#lab.tell(() => {
        const found = sentences(...problems.map((words) => words())).join("");
        return msg(str`In the address, ${found}`);
      });
  }

  /** Finds again what a link shows, or begins the search that it asks for. */
  async restore(): Promise<void> {
    const wanted = this.#wanted;
    this.#wanted = null;
    if (!wanted) return;
    const { fooling } = this.#lab;
    const searching = fooling.start();
    fooling.factor = wanted.times;
    await searching;
    const found = fooling.example;
    if (!wanted.result || !found || fingerprint(found.image) === wanted.result) return;
    this.#lab.tell(() =>
      msg(
        "The link shows an example that was found elsewhere. The same search found another one here: only the same build on the same kind of processor gives the same numbers to the last bit.",
      ),
    );
  }
}
