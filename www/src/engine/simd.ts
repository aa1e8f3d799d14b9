// Which of the engine's two builds a browser can run.

import { BlindSpotsError } from "./errors.js";
import { shown } from "./given.js";

/**
 * "baseline" runs on SIMD128, which every browser has; "relaxed" also needs relaxed SIMD, whose
 * multiply-add rounds once where the processor can, so that last digits depend on the machine.
 */
export type Simd = "baseline" | "relaxed";

/** A module that multiplies and adds with `f32x4.relaxed_madd` and does nothing else. */
const RELAXED = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version
  ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7b, 0x01, 0x7b], // types: (v128) → v128
  ...[0x03, 0x02, 0x01, 0x00], // functions: one of that type
  ...[0x0a, 0x0d, 0x01, 0x0b, 0x00], // code: one body without locals
  ...[0x20, 0x00, 0x20, 0x00, 0x20, 0x00], // local.get 0, three times
  ...[0xfd, 0x85, 0x02, 0x0b], // f32x4.relaxed_madd, end
);

/** The faster one of those that this browser can run. */
export function fastestSimd(): Simd {
  return typeof WebAssembly === "object" && WebAssembly.validate(RELAXED) ? "relaxed" : "baseline";
}

/** The build, if there is one of that name and this browser can run it. */
export function runnable(simd: Simd): Simd {
  if (!["baseline", "relaxed"].includes(simd)) {
    throw new BlindSpotsError("bad-option", `simd is "baseline" or "relaxed", not ${shown(simd)}`);
  }
  if (simd === "relaxed" && fastestSimd() !== simd) {
    throw new BlindSpotsError("unsupported-browser", "This browser has no relaxed SIMD.");
  }
  return simd;
}
