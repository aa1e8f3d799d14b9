// The networks on the page: which there are, how they are grouped and named.

import type { Card, Model } from "../engine/engine.js";

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

/** Headings, in the page's order, and what they mean. */
export const groups: Record<string, string> = {
  Softmax: "one layer of weights",
  "Sigmoid nets": "two hidden layers",
  Autoencoder: "features learnt without labels",
  "Half the data": "P1 or P2, 30,000 digits each",
  Convolutional: "younger than the paper",
  Yours: "your own file",
};

const known: Record<string, [title: string, group: string]> = {
  "fc10-1e-4": ["FC10(10⁻⁴)", "Softmax"],
  "fc10-1e-2": ["FC10(10⁻²)", "Softmax"],
  "fc10-1": ["FC10(1)", "Softmax"],
  "fc100-100-10": ["FC100-100-10", "Sigmoid nets"],
  "fc200-200-10": ["FC200-200-10", "Sigmoid nets"],
  "fc100-100-10-hardened": ["FC100-100-10, hardened", "Sigmoid nets"],
  "ae400-10": ["AE400-10", "Autoencoder"],
  "fc100-100-10-p1": ["FC100-100-10 on P1", "Half the data"],
  "fc123-456-10-p1": ["FC123-456-10 on P1", "Half the data"],
  "fc100-100-10-p2": ["FC100-100-10′ on P2", "Half the data"],
  cnn: ["CNN", "Convolutional"],
  "cnn-robust": ["CNN, adversarially trained", "Convolutional"],
};

/** A place for a bundled network that is still to be loaded. */
export function slotFor(name: string): Slot {
  const [title, group] = known[name] ?? [name, "Convolutional"];
  return { name, title, group, own: false, state: "waiting", model: null, card: null, error: null };
}

/** A place for a visitor's network. */
export function ownSlot(model: Model): Slot {
  return {
    name: "own",
    title: model.name,
    group: "Yours",
    own: true,
    state: "ready",
    model,
    card: null,
    error: null,
  };
}

/** The given names in the page's order; unknown ones last. */
export function inOrder(names: string[]): string[] {
  const order = Object.keys(known);
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...names].sort((a, b) => rank(a) - rank(b));
}

/** "99.8 %" of a probability, never rounded up to certainty. */
export function confidence(probability: number): string {
  const value = 100 * probability;
  return value > 99.9 ? "> 99.9 %" : `${value.toFixed(value < 99 ? 0 : 1)} %`;
}
