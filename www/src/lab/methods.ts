// The ways of fooling that the page offers: some of the library's, in a visitor's words.

import { formerMethods, methods, type MethodName } from "../engine/messages.js";

export interface Way {
  method: MethodName;
  title: string;
  /** What it does, in a sentence. */
  sentence: string;
}

export const ways: readonly [Way, ...Way[]] = [
  {
    method: "szegedy",
    title: "the paper's search",
    sentence:
      "Looks for the smallest change, one wrong digit after another, with L-BFGS: what the paper did.",
  },
  {
    method: "szegedy-polished",
    title: "the paper's, polished",
    sentence: "The paper's search, then along the boundary it has reached to the nearest point.",
  },
  {
    method: "nearest-boundary",
    title: "nearest boundary",
    sentence:
      "Treats the boundary as flat, goes to its nearest point and looks again: small changes from few gradients.",
  },
  {
    method: "ddn",
    title: "DDN (2019)",
    sentence:
      "Walks on a sphere around the digit that shrinks after every success and grows after every failure.",
  },
  {
    method: "cw",
    title: "Carlini–Wagner (2017)",
    sentence: "Balances the size of the change against how clearly it fools, retuned nine times. Slow.",
  },
  {
    method: "deepfool",
    title: "DeepFool (2016)",
    sentence: "Steps over the nearest boundary as if it were flat, and stops: quick, but not the smallest.",
  },
  {
    method: "pgd-linf",
    title: "PGD (2017)",
    sentence: "Forty small steps; no pixel changes by more than 0.3.",
  },
  {
    method: "fgsm",
    title: "FGSM (2014)",
    sentence: "One step of 0.25 in every pixel: a single gradient, and a change anyone can see.",
  },
];

/** The way of that name; the paper's search where the page offers no such way. */
export function wayOf(method: string | null): Way {
  const former: Partial<Record<string, MethodName>> = formerMethods;
  const name = method === null ? null : (former[method] ?? method);
  return ways.find((way) => way.method === name) ?? ways[0];
}

/** Whether the page offers a way of that name, or of a former one. */
export function isWay(method: string): boolean {
  return method in formerMethods || ways.some((way) => way.method === method);
}

/** Whether a method stays within a budget, and does not look for the smallest change. */
export function hasBudget(method: MethodName): boolean {
  return !methods[method].minimises;
}
