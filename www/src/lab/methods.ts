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
    sentence: "Looks for the smallest change, for each wrong digit in turn, by L-BFGS: what the paper did.",
  },
  {
    method: "szegedy-polished",
    title: "the paper's, polished",
    sentence:
      "The paper's search, then along the boundary that it has reached to the boundary's nearest point.",
  },
  {
    method: "nearest-boundary",
    title: "nearest boundary",
    sentence:
      "Treats the boundary as flat, goes to its nearest point and looks again: small changes, few gradients.",
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
    sentence: "Weighs the change against the network's margin, nine times over: thorough and slow.",
  },
  {
    method: "deepfool",
    title: "DeepFool (2016)",
    sentence:
      "Steps over the nearest boundary as if it were flat, and stops there: quick, and not the smallest.",
  },
  {
    method: "pgd-linf",
    title: "PGD (2017)",
    sentence:
      "Forty small steps uphill that change no pixel by more than 0.3; nothing is kept small beyond that.",
  },
  {
    method: "fgsm",
    title: "FGSM (2014)",
    sentence: "One step uphill of 0.25 in every pixel: a single gradient, and a change that is plain to see.",
  },
];

/** The way of that name; the paper's search where the page offers no such way. */
export function wayOf(method: string | null): Way {
  const former: Partial<Record<string, MethodName>> = formerMethods;
  const name = method === null ? null : (former[method] ?? method);
  return ways.find((way) => way.method === name) ?? ways[0];
}

/** Whether a method stays within a budget, and does not look for the smallest change. */
export function hasBudget(method: MethodName): boolean {
  return !methods[method].minimises;
}
