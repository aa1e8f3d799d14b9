// Serves the Wasm engine to a message port: inside a worker, or, where a page
// may have no worker, on the page's own thread.

import { failureOf } from "./errors.js";
import { part } from "./files.js";
import type { Progress, Response } from "./messages.js";
import { buffersOf, type Built, type FromHost, type Placed, type ToHost } from "./protocol.js";
import type { Simd } from "./simd.js";
import type { Engine } from "./wasm/baseline/blindspots.js";

/** The generated loaders of the engine's two builds. */
const loaders = {
  baseline: () => import("./wasm/baseline/blindspots.js"),
  relaxed: () => import("./wasm/relaxed/blindspots.js"),
} satisfies Record<Simd, unknown>;

async function start(simd: Simd | null, arriving: Promise<Built>): Promise<Engine> {
  const loader = loaders[simd ?? (await arriving).simd];
  const [{ default: init, Engine }, { module }] = await Promise.all([part(loader()), arriving]);
  await init({ module_or_path: module });
  return new Engine();
}

/**
 * Answers requests until the port is closed; the first message brings the module, of the build `simd` where that is
 * known before.
 */
export function serve(
  simd: Simd | null,
  post: (message: FromHost, transfer: Transferable[]) => void,
): (message: ToHost) => void {
  let arrived: (built: Built) => void;
  const starting = start(simd, new Promise((resolve) => (arrived = resolve)));
  // Handled where a request waits for it.
  starting.catch(() => undefined);
  return (message) => {
    if ("module" in message) return arrived(message);
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
