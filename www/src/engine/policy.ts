// Whether a page's policy lets it run WebAssembly at all.

import { BlindSpotsError } from "./errors.js";

/** A module with nothing in it: magic and version. */
const EMPTY = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/**
 * Rejects with "forbidden-by-policy" where no module may be compiled, however right it is. Browsers word that in
 * many ways, and as an error of the module, so an empty one is tried.
 */
export function checkPolicy(): void {
  try {
    new WebAssembly.Module(EMPTY);
  } catch (cause) {
    throw new BlindSpotsError(
      "forbidden-by-policy",
      "The site's Content-Security-Policy does not let this page run WebAssembly: " +
        "whoever hosts it has to add 'wasm-unsafe-eval' to script-src.",
      { cause },
    );
  }
}
