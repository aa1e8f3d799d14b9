// The networks on the page: which there are, how they are grouped and named.

import { msg, str } from "@lit/localize";
import type { Bundled, Card } from "../engine/cards.js";
import type { BlindSpots } from "../engine/engine.js";
import type { Reading } from "../engine/messages.js";
import type { Model } from "../engine/options.js";
import { number, percent } from "./language.js";

/** What the visitor's own network is called wherever networks have names. */
export const OWN = "own";

/** A network on the page, loaded or not. */
export interface Slot {
  name: string;
  title: string;
  group: string;
  /** The visitor's own file, not a bundled network. */
  own: boolean;
  state: "waiting" | "loading" | "ready" | "failed";
  model: Model | null;
  card: Card | null;
  /** Why it is not there. */
  error: string | null;
}

/** What the headings mean. */
export const groups = (): Record<string, string> => ({
  Softmax: msg("one layer of weights"),
  "Sigmoid nets": msg("two hidden layers"),
  Autoencoder: msg("features learnt without labels"),
  "Half the data": msg(str`P1 or P2, ${number(30_000)} digits each`),
  Convolutional: msg("younger than the paper"),
  Yours: msg("your own file"),
});

/** The headings. */
export const groupNames = (): Record<string, string> => ({
  "Sigmoid nets": msg("Sigmoid nets"),
  Autoencoder: msg("Autoencoder"),
  "Half the data": msg("Half the data"),
  Convolutional: msg("Convolutional"),
  Yours: msg("Yours"),
});

/** A place for a bundled network that is still to be loaded; its title is in the language that is spoken. */
export function slotFor({ name, title, group }: Bundled): Slot {
  return {
    name,
    get title() {
      return spoken(title);
    },
    group,
    own: false,
    state: "waiting",
    model: null,
    card: null,
    error: null,
  };
}

/** What stands in titles behind the name of a network. */
const endings: [words: string, spoken: (name: string) => string][] = [
  [", hardened", (name) => msg(str`${name}, hardened`)],
  [", adversarially trained", (name) => msg(str`${name}, adversarially trained`)],
  [" on P1", (name) => msg(str`${name} on P1`)],
  [" on P2", (name) => msg(str`${name} on P2`)],
];

/** A bundled network's title, which the site's files have in English. */
function spoken(title: string): string {
  const ending = endings.find(([words]) => title.endsWith(words));
  if (!ending) return title;
  const [words, said] = ending;
  return said(title.slice(0, -words.length));
}

/** "97 of 100 samples", where a network was shown any. */
export function samplesRead({ accuracy, pixels: { samples } }: Model): string | null {
  if (accuracy === null) return null;
  const right = Math.round(accuracy * samples);
  return msg(str`${right} of ${samples} samples`);
}

/** A place for a visitor's network; one that reads few digits says so wherever it is named. */
export function ownSlot(model: Model): Slot {
  return {
    name: OWN,
    get title() {
      const { name } = model;
      const read = samplesRead(model);
      return model.pixels.poor ? msg(str`${name} (reads ${read})`) : name;
    },
    group: "Yours",
    own: true,
    state: "ready",
    model,
    card: null,
    error: null,
  };
}

/** The slots group by group, in the order in which the groups first come. */
export function grouped(slots: Slot[]): Slot[] {
  return [...new Set(slots.map(({ group }) => group))].flatMap((name) =>
    slots.filter(({ group }) => group === name),
  );
}

/** "99.8%" of a probability, never rounded up to certainty. */
export function confidence(probability: number): string {
  const value = 100 * probability;
  return value > 99.9 ? `> ${percent(0.999, 1)}` : percent(probability, value < 99 ? 0 : 1);
}

/** What networks read in an image, by their names. */
export async function readingsOf(
  engine: BlindSpots,
  slots: readonly Slot[],
  image: Float32Array | null,
): Promise<Map<string, Reading>> {
  const ids = slots.flatMap(({ model }) => (model ? [model.id] : []));
  const answers = image && ids.length > 0 ? await engine.classifyMany(ids, image) : [];
  return new Map(
    slots.flatMap(({ name }, row) => {
      const reading = answers[row]?.[0];
      return reading ? [[name, reading] as const] : [];
    }),
  );
}
