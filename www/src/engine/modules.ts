// The Wasm modules. The page fetches them and hands them to its workers: the download begins before a worker
// runs, and a worker that has to be replaced needs none.

import { BlindSpotsError } from "./errors.js";
import { fetchModule } from "./files.js";
import { modules } from "./hashes.js";
import type { Simd } from "./simd.js";

const files = {
  baseline: new URL("./wasm/baseline/blindspots_bg.wasm", import.meta.url),
  relaxed: new URL("./wasm/relaxed/blindspots_bg.wasm", import.meta.url),
  importer: new URL("./wasm/importer/blindspots_importer_bg.wasm", import.meta.url),
} satisfies Record<Simd | "importer", URL>;

/** A module; "damaged-file" where it is not the one that the site was built with. */
export async function moduleOf(name: keyof typeof files): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === "object") return fetchModule(files[name], modules[name]);
  throw new BlindSpotsError(
    "unsupported-browser",
    "This browser has no WebAssembly, which the engine needs.",
  );
}
