// What a visitor chose, in the page's address: a link to it is a lesson.

import type { BackendChoice, MethodName } from "../engine/messages.js";
import { wayOf } from "./methods.js";

export interface Choices {
  /** The network to fool. */
  model: string;
  /** What it shall read; `null` for anything else. */
  target: number | null;
  /** How it is fooled. */
  method: MethodName;
  /** Number of the sample in the gallery; `null` for a drawing. */
  sample: number | null;
  backend: BackendChoice;
  /** Seed of the noise that the example is compared with. */
  seed: number;
  /** Which of the further experiments is shown; the first where it is `null`. */
  panel: string | null;
  /** Whose units are shown, as network.layer; the panel's own choice where it is `null`. */
  units: string | null;
  /** What the panel of transfers is set to, in its own words. */
  transfer: string | null;
}

/** Parts of the page that a link can hide: `?hide=samples,own,about`. */
export const parts = [
  "title",
  "samples",
  "strip",
  "readings",
  "label",
  "model",
  "target",
  "method",
  "measures",
  "save",
  "transfer",
  "experiments",
  "transfer-choice",
  "quiz",
  "rows",
  "numbers",
  "line",
  "plane",
  "backend",
  "own",
  "lesson",
  "about",
] as const;
export type Part = (typeof parts)[number];

export const defaults: Choices = {
  model: "fc100-100-10",
  target: null,
  method: wayOf(null).method,
  sample: 42,
  backend: "auto",
  seed: 1,
  panel: null,
  units: null,
  transfer: null,
};

/** Reads an address; anything that makes no sense is left at its default. */
export function read(search: string): { choices: Choices; hidden: Set<Part> } {
  const query = new URLSearchParams(search);
  const whole = (key: string, max: number): number | undefined => {
    const text = query.get(key) ?? "";
    return /^\d{1,9}$/.test(text) && Number(text) <= max ? Number(text) : undefined;
  };
  const backend = query.get("backend");
  return {
    choices: {
      model: query.get("model") ?? defaults.model,
      target: whole("target", 9) ?? null,
      method: wayOf(query.get("method")).method,
      sample: whole("sample", 99) ?? defaults.sample,
      backend: backend === "webgpu" || backend === "cpu" ? backend : "auto",
      seed: whole("seed", 999_999_999) ?? defaults.seed,
      panel: query.get("panel"),
      units: query.get("units"),
      transfer: query.get("transfer"),
    },
    hidden: new Set(parts.filter((part) => (query.get("hide") ?? "").split(",").includes(part))),
  };
}

/** The address of the given choices; parameters that are not ours stay. */
export function write(choices: Choices, search: string): string {
  const query = new URLSearchParams(search);
  const set = (key: keyof Choices, value: string | number | null) => {
    if (value === null || value === defaults[key]) query.delete(key);
    else query.set(key, String(value));
  };
  set("model", choices.model);
  set("target", choices.target);
  set("method", choices.method);
  set("sample", choices.sample);
  set("backend", choices.backend);
  set("seed", choices.seed);
  set("panel", choices.panel);
  set("units", choices.units);
  set("transfer", choices.transfer);
  const text = query.toString().replaceAll("%2C", ",");
  return text && `?${text}`;
}
