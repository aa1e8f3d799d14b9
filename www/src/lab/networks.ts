// The networks on the page: which there are, how they are grouped and named.

import type { Bundled, Card } from "../engine/cards.js";
import { BlindSpotsError } from "../engine/errors.js";
import type { BlindSpots } from "../engine/engine.js";
import type { Reading } from "../engine/messages.js";
import type { Model } from "../engine/options.js";

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
export const groups: Record<string, string> = {
  Softmax: "one layer of weights",
  "Sigmoid nets": "two hidden layers",
  Autoencoder: "features learnt without labels",
  "Half the data": "P1 or P2, 30,000 digits each",
  Convolutional: "younger than the paper",
  Yours: "your own file",
};

/** A place for a bundled network that is still to be loaded. */
export function slotFor({ name, title, group }: Bundled): Slot {
  return { name, title, group, own: false, state: "waiting", model: null, card: null, error: null };
}

/** Why a network is of no use on a page of digits, where it is of none. */
export function noDigits({ image, classes }: Model): BlindSpotsError | null {
  const [channels, height, width] = image;
  if (channels === 1 && height === 28 && width === 28 && classes === 10) return null;
  return new BlindSpotsError(
    "not-a-digit-classifier",
    `This network sorts images of ${image.join(" × ")} into ${classes === 1 ? "one class" : `${classes} classes`}; for digits it has to read 28 × 28 into ten.`,
  );
}

/** "97 of 100 samples", where a network was shown any. */
export function samplesRead({ accuracy, pixels: { samples } }: Model): string | null {
  return accuracy === null ? null : `${Math.round(accuracy * samples)} of ${samples} samples`;
}

/** A place for a visitor's network; one that reads few digits says so wherever it is named. */
export function ownSlot(model: Model): Slot {
  return {
    name: OWN,
    title: model.pixels.poor ? `${model.name} (reads ${samplesRead(model)})` : model.name,
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

/** "99.8 %" of a probability, never rounded up to certainty. */
export function confidence(probability: number): string {
  const value = 100 * probability;
  return value > 99.9 ? "> 99.9 %" : `${value.toFixed(value < 99 ? 0 : 1)} %`;
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
