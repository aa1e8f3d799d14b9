// Serves the Wasm engine to a message port: inside a worker, or, where a page
// may have no worker, on the page's own thread.

import { BlindSpotsError, failureOf } from "./errors.js";
import { fetchModule, part } from "./files.js";
import { modules } from "./hashes.js";
import type { Progress, Response } from "./messages.js";
import { buffersOf, type FromHost, type Placed, type ToHost } from "./protocol.js";
import type { Simd } from "./simd.js";
import type { Engine } from "./wasm/baseline/blindspots.js";

/** The engine's two builds: the generated loader of each, and its Wasm. */
const builds = {
  baseline: {
    script: () => import("./wasm/baseline/blindspots.js"),
    wasm: new URL("./wasm/baseline/blindspots_bg.wasm", import.meta.url),
  },
  relaxed: {
    script: () => import("./wasm/relaxed/blindspots.js"),
    wasm: new URL("./wasm/relaxed/blindspots_bg.wasm", import.meta.url),
  },
} satisfies Record<Simd, unknown>;

async function start(simd: Simd): Promise<Engine> {
  if (typeof WebAssembly !== "object") {
    throw new BlindSpotsError(
      "unsupported-browser",
      "This browser has no WebAssembly, which the engine needs.",
    );
  }
  const { script, wasm } = builds[simd];
  const [{ default: init, Engine }, module] = await Promise.all([
    part(script()),
    fetchModule(wasm, modules[simd]),
  ]);
  await init({ module_or_path: module });
  return new Engine();
}

/** Answers requests until the port is closed. */
export function serve(
  simd: Simd,
  post: (message: FromHost, transfer: Transferable[]) => void,
): (message: ToHost) => void {
  const starting = start(simd);
  // Handled where a request waits for it.
  starting.catch(() => undefined);
  return (message) => {
    if ("cancel" in message) {
      void starting.then((engine) => engine.cancel(message.cancel)).catch(() => undefined);
      return;
    }
    const { run, request } = message;
    const onprogress = (progress: Progress) => post({ run, progress }, buffersOf(progress));
    starting
      .then(async (engine) => {
        const response = (await engine.call(run, request, onprogress)) as Response;
        post({ run, response, moved: engine.moved() as Placed | undefined }, buffersOf(response));
      })
      .catch((reason: unknown) => post({ run, failure: failureOf(reason) }, []));
  };
}
