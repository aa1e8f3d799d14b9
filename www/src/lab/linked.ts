// What comes of a link: what in it makes no sense is said, what it shows is found again.

import { msg, str } from "@lit/localize";
import type { Bundled } from "../engine/cards.js";
import type { BlindSpots } from "../engine/engine.js";
import { defaults, fingerprint, quoted, type Address, type Choices } from "./address.js";
import type { Fooling } from "./fooling.js";
import { sentences } from "./language.js";
import { layerOf } from "./layer.js";
import type { Slot } from "./networks.js";

/** What a link changes. */
interface Surroundings {
  readonly choices: Choices;
  readonly fooling: Fooling;
  readonly engine: BlindSpots | null;
  readonly slots: readonly Slot[];
  tell(words: () => string): void;
}

export class Linked {
  /** Whether a link to the page as it is now begins the search again. */
  readonly autorun: boolean;
  readonly #lab: Surroundings;
  readonly #problems: (() => string)[];
  #checked = false;
  /** What is to be found, once. */
  #wanted: { times: number; result: string | null } | null;

  constructor(lab: Surroundings, { seen: { autorun, result, times }, problems }: Address) {
    this.#lab = lab;
    this.autorun = autorun;
    this.#problems = [...problems];
    this.#wanted = autorun || result !== null ? { times, result } : null;
  }

  /** Says what in the address makes no sense, all of it at once; `bundled` are the site's networks. */
  check(bundled: readonly Bundled[]): void {
    if (this.#checked) return;
    this.#checked = true;
    const { choices } = this.#lab;
    const problems = this.#problems;
    const names = bundled.map(({ name }) => name);
    const all = () => names.join(", ");
    const { network: whose } = layerOf(choices.units);
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
    this.#tell(problems);
  }

  /** Says where the address names a layer that its network has not; once the networks are there. */
  async checkLayer(): Promise<void> {
    const { choices, engine, slots } = this.#lab;
    const { units } = choices;
    const { network, layer } = layerOf(units);
    const model = slots.find(({ name }) => name === network)?.model;
    if (!engine || !model || network === null || layer === null) return;
    const last = (await engine.hiddenLayers(model.id)).length;
    // Somebody may have chosen another one meanwhile.
    if (choices.units !== units || (layer >= 1 && layer <= last)) return;
    choices.units = network;
    this.#tell([() => msg(str`units names layer ${layer} of ${network}, whose last is ${last}.`)]);
  }

  #tell(problems: readonly (() => string)[]): void {
    if (problems.length === 0) return;
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
