// How a page reaches the engine: a module worker; a worker started from a Blob
// where the page's origin is opaque (a sandboxed frame); the page's own thread
// where there are no workers at all.

import { part } from "./files.js";
import type { FromHost, ToHost } from "./protocol.js";
import type { Simd } from "./simd.js";
import workerUrl from "./worker.ts?worker&url";

export interface Channel {
  /** Whether the engine shares the page's thread. */
  readonly blocking: boolean;
  post(message: ToHost, transfer: Transferable[]): void;
  close(): void;
}

type Listener = (message: FromHost) => void;

/** What a channel is to lead to. */
export interface Wish {
  /** Which build of the engine. */
  simd: Simd;
  /** Whether to look for a worker; the page's own thread otherwise. */
  worker: boolean;
}

/** Opens the best channel there is. `onfatal` hears of a worker that died later. */
export async function openChannel(
  { simd, worker }: Wish,
  listen: Listener,
  onfatal: (reason: unknown) => void,
): Promise<Channel> {
  const address = new URL(workerUrl, import.meta.url);
  address.searchParams.set("simd", simd);
  const url = address.href;
  const ways = [() => new Worker(url, { type: "module", name: "blindspots" }), () => opaqueWorker(url)];
  for (const start of worker ? ways : []) {
    try {
      return await viaWorker(start(), listen, onfatal);
    } catch {
      // The next way is tried.
    }
  }
  return viaPage(simd, listen);
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

async function viaPage(simd: Simd, listen: Listener): Promise<Channel> {
  const { serve } = await part(import("./host.js"));
  let open = true;
  const answer = serve(simd, (message) => {
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
