// The ways of fooling that the page offers: some of the library's, in a visitor's words.

import { msg } from "@lit/localize";
import { formerMethods, methods, type FormerMethodName, type MethodName } from "../engine/messages.js";

export interface Way {
  method: MethodName;
  readonly title: string;
  /** What it does, in a sentence. */
  readonly sentence: string;
}

export const ways: readonly [Way, ...Way[]] = [
  {
    method: "szegedy",
    get title() {
      return msg("the paper's search");
    },
    get sentence() {
      return msg(
        "Looks for the smallest change, one wrong digit after another, with L-BFGS: what the paper did.",
      );
    },
  },
  {
    method: "szegedy-polished",
    get title() {
      return msg("the paper's, polished");
    },
    get sentence() {
      return msg("The paper's search, then along the boundary it has reached to the nearest point.");
    },
  },
  {
    method: "nearest-boundary",
    get title() {
      return msg("nearest boundary");
    },
    get sentence() {
      return msg(
        "Treats the boundary as flat, goes to its nearest point and looks again: small changes from few gradients.",
      );
    },
  },
  {
    method: "ddn",
    get title() {
      return "DDN (2019)";
    },
    get sentence() {
      return msg(
        "Walks on a sphere around the digit that shrinks after every success and grows after every failure.",
      );
    },
  },
  {
    method: "cw",
    get title() {
      return "Carlini–Wagner (2017)";
    },
    get sentence() {
      return msg("Balances the size of the change against how clearly it fools, retuned nine times. Slow.");
    },
  },
  {
    method: "deepfool",
    get title() {
      return "DeepFool (2016)";
    },
    get sentence() {
      return msg(
        "Steps over the nearest boundary as if it were flat, and stops: quick, but not the smallest.",
      );
    },
  },
  {
    method: "pgd-linf",
    get title() {
      return "PGD (2017)";
    },
    get sentence() {
      return msg("Forty small steps; no pixel changes by more than 0.3.");
    },
  },
  {
    method: "fgsm",
    get title() {
      return "FGSM (2014)";
    },
    get sentence() {
      return msg("One step of 0.25 in every pixel: a single gradient, and a change anyone can see.");
    },
  },
];

/** The way of that name; the paper's search where the page offers no such way. */
export function wayOf(method: string | null): Way {
  const name = method !== null && isFormer(method) ? formerMethods[method] : method;
  return ways.find((way) => way.method === name) ?? ways[0];
}

/** Whether the page offers a way of that name, or of a former one. */
export function isWay(method: string): boolean {
  return isFormer(method) || ways.some((way) => way.method === method);
}

function isFormer(method: string): method is FormerMethodName {
  return Object.hasOwn(formerMethods, method);
}

/** Whether a method stays within a budget, and does not look for the smallest change. */
export function hasBudget(method: MethodName): boolean {
  return !methods[method].minimises;
}
