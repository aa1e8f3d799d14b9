// The importer's Wasm: ONNX bytes in, those of a lowered network out. In a worker of its own, or, where
// a page may have no worker, on the page's own thread.

import { BlindSpotsError, failureOf, importerCrashed, needsMemory } from "./errors.js";
import { part } from "./files.js";
import type { ToImporter } from "./protocol.js";

/** Reads one file after the other. */
export type Read = (file: ToImporter) => Uint8Array;

/**
 * The module, once it runs. What it reads fails with "importer-crashed" or "too-large" where the module
 * stopped on it.
 */
export async function start(module: WebAssembly.Module): Promise<Read> {
  const { default: init, lower, panicked } = await part(import("./wasm/importer/blindspots_importer.js"));
  await init({ module_or_path: module });
  return (file) => {
    try {
      return lower(file.bytes, file.files, file.options, file.megabytes);
    } catch (reason) {
      const { code, message } = failureOf(reason);
      // Its refusals are no errors of the browser's, as those of a trap or of a full stack are.
      if (!(reason instanceof Error)) throw new BlindSpotsError(code, message);
      // The allocator's end is the instruction that a panic ends with, too.
      if (/unreachable/i.test(message) && !panicked()) throw needsMemory(file.megabytes, reason);
      throw importerCrashed(reason);
    }
  };
}
