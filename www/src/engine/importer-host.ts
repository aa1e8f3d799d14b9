// The importer's Wasm: ONNX bytes in, those of a lowered network out. In a worker of its own, or, where
// a page may have no worker, on the page's own thread.

import { BlindSpotsError, failureOf, importerCrashed, needsMemory } from "./errors.js";
import { fetchModule, part } from "./files.js";
import { modules } from "./hashes.js";
import type { ToImporter } from "./protocol.js";

const wasm = new URL("./wasm/importer/blindspots_importer_bg.wasm", import.meta.url);

/** Reads one file after the other. */
export type Read = (file: ToImporter) => Uint8Array;

let starting: Promise<Read> | null = null;

async function start(): Promise<Read> {
  const script = part(import("./wasm/importer/blindspots_importer.js"));
  const loading = fetchModule(wasm, modules["importer"]);
  const [{ default: init, lower, panicked }, module] = await Promise.all([script, loading]);
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

/**
 * The module, once it runs. What it reads fails with "importer-crashed" or "too-large" where the module
 * stopped on it.
 */
export async function ready(): Promise<Read> {
  starting ??= start();
  try {
    return await starting;
  } catch (reason) {
    // What was missing may be there the next time.
    starting = null;
    throw reason;
  }
}
