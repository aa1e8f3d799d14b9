// Serves the Wasm engine to a message port: inside a worker, or, where a page
// may have no worker, on the page's own thread.

import { failureOf } from "./errors.js";
import { fetchFile } from "./files.js";
import type { Progress, Response } from "./messages.js";
import { buffersOf, type FromHost, type ToHost } from "./protocol.js";
import init, { Engine } from "./wasm/blindspots.js";

const WASM = new URL("./wasm/blindspots_bg.wasm", import.meta.url);

async function start(): Promise<Engine> {
  if (typeof WebAssembly !== "object") {
    throw Object.assign(new Error("This browser has no WebAssembly, which the engine needs."), {
      code: "unsupported-browser",
    });
  }
  // The generated loader streams, and falls back where a server sends the wrong MIME type.
  await init({ module_or_path: await fetchFile(WASM) });
  return new Engine();
}

/** Answers requests until the port is closed. */
export function serve(
  post: (message: FromHost, transfer: Transferable[]) => void,
): (message: ToHost) => void {
  const starting = start();
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
      .then((engine) => engine.call(run, request, onprogress) as Promise<Response>)
      .then((response) => post({ run, response }, buffersOf(response)))
      .catch((reason: unknown) => post({ run, failure: failureOf(reason) }, []));
  };
}
