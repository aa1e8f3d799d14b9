// The importer's Wasm: ONNX bytes in, those of a lowered network out. In a worker of its own, or, where
// a page may have no worker, on the page's own thread.

import { BlindSpotsError, failureOf, importerCrashed } from "./errors.js";
import { fetchFile, part } from "./files.js";
import type { ImportOptions, WeightFiles } from "./options.js";

const wasm = new URL("./wasm/importer/blindspots_importer_bg.wasm", import.meta.url);

type Lower = (bytes: Uint8Array, files: WeightFiles, options: ImportOptions) => Uint8Array;

let starting: Promise<Lower> | null = null;

async function start(): Promise<Lower> {
  const script = part(import("./wasm/importer/blindspots_importer.js"));
  const [{ default: init, lower }, file] = await Promise.all([script, fetchFile(wasm)]);
  await init({ module_or_path: file });
  return lower;
}

/** Lowers a file; rejects with "importer-crashed" where the module stopped on it. */
export async function lower(
  bytes: Uint8Array,
  files: WeightFiles,
  options: ImportOptions,
): Promise<Uint8Array> {
  starting ??= start();
  let run: Lower;
  try {
    run = await starting;
  } catch (reason) {
    // What was missing may be there the next time.
    starting = null;
    throw reason;
  }
  try {
    return run(bytes, files, options);
  } catch (reason) {
    const { code, message } = failureOf(reason);
    if (code !== "crashed") throw new BlindSpotsError(code, message);
    throw importerCrashed(reason);
  }
}
