// How a page reaches the engine: a module worker; a worker started from a Blob
// where the page's origin is opaque (a sandboxed frame); the page's own thread
// where there are no workers at all.

import { BlindSpotsError } from "./errors.js";
import type { FromHost, ToHost } from "./protocol.js";
import workerUrl from "./worker.ts?worker&url";

export interface Channel {
  /** Whether the engine shares the page's thread. */
  readonly blocking: boolean;
  post(message: ToHost, transfer: Transferable[]): void;
  close(): void;
}

type Listener = (message: FromHost) => void;

/** Opens the best channel there is. `onfatal` hears of a worker that died later. */
export async function openChannel(listen: Listener, onfatal: (reason: unknown) => void): Promise<Channel> {
  const url = new URL(workerUrl, import.meta.url).href;
  const ways = [() => new Worker(url, { type: "module", name: "blindspots" }), () => opaqueWorker(url)];
  for (const start of ways) {
    try {
      return await viaWorker(start(), listen, onfatal);
    } catch {
      // The next way is tried.
    }
  }
  return viaPage(listen);
}

/** A worker for an opaque origin. Browsers let it be a classic one, which may import a module. */
function opaqueWorker(url: string): Worker {
  const source = `import(${JSON.stringify(url)}).catch((error) => setTimeout(() => { throw error; }));`;
  return new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
}

function viaWorker(worker: Worker, listen: Listener, onfatal: (reason: unknown) => void): Promise<Channel> {
  return new Promise((resolve, reject) => {
    let ready = false;
    worker.onerror = (event) => {
      event.preventDefault();
      if (ready) return onfatal(event.error ?? event.message);
      worker.terminate();
      reject(new Error("The worker did not start."));
    };
    worker.onmessage = ({ data }: MessageEvent<FromHost>) => {
      if (!("hello" in data)) return listen(data);
      ready = true;
      resolve({
        blocking: false,
        post: (message, transfer) => worker.postMessage(message, transfer),
        close: () => worker.terminate(),
      });
    };
  });
}

async function viaPage(listen: Listener): Promise<Channel> {
  let serve;
  try {
    ({ serve } = await import("./host.js"));
  } catch (cause) {
    const message =
      "A part of the engine is missing: its script could not be loaded. " +
      "Copy the whole folder of the site; on another origin, or in a sandboxed frame, " +
      "the server has to send Access-Control-Allow-Origin.";
    throw new BlindSpotsError("missing-file", message, { cause });
  }
  let open = true;
  const answer = serve((message) => {
    if (open) listen(message);
  });
  return {
    blocking: true,
    post: answer,
    close: () => {
      open = false;
    },
  };
}
