// A digit and what was made of it, so that a network misreads it.

import type { BlindSpots } from "../engine/engine.js";
import type { AttackReport, MethodName, Reading } from "../engine/messages.js";
import type { WorkOptions } from "../engine/options.js";
import { concatenate } from "./measure.js";
import type { Slot } from "./networks.js";

/** A finished attack. */
export interface Example {
  slot: Slot;
  label: number;
  target: number | null;
  method: MethodName;
  bits: 8 | null;
  original: Float32Array;
  image: Float32Array;
  before: Reading;
  after: Reading;
  report: AttackReport;
}

/** Which network shall misread which digit, and how. */
export interface Wish {
  /** A network that is loaded. */
  slot: Slot;
  image: Float32Array;
  label: number;
  /** What it shall read; `null` for anything else. */
  target: number | null;
  method: MethodName;
  /** 8 where it shall be an image that a saved picture holds. */
  bits: 8 | null;
  /** What it reads in the digit as it is. */
  before: Reading;
  /** The page's samples: lines to them lead on where no gradient does. */
  others: readonly Float32Array[] | undefined;
}

/** Looks for an example and has it read; `example` is `null` where none was found. */
export async function findExample(
  engine: BlindSpots,
  { slot, image, label, target, method, bits, before, others }: Wish,
  { signal, onprogress }: WorkOptions,
): Promise<{ example: Example | null; report: AttackReport }> {
  const model = slot.model?.id ?? -1;
  const report = await engine.attack({
    model,
    image,
    label,
    target: target ?? undefined,
    others: others?.length ? concatenate(others) : undefined,
    method,
    eightBit: bits === 8,
    signal,
    onprogress,
  });
  if (!report.success || !report.image) return { example: null, report };
  const after = await engine.classify(model, report.image, { signal });
  const found = { slot, label, target, method, bits, before, after, report };
  return { example: { ...found, original: image, image: report.image }, report };
}
