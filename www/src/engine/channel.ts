// How a page reaches the engine: in a worker, or on the page's own thread where
// there are no workers at all.

import { part } from "./files.js";
import { moduleOf } from "./modules.js";
import type { FromHost, ToHost } from "./protocol.js";
import type { Simd } from "./simd.js";
import { startWorker } from "./workers.js";
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
  // Fetched while the worker starts.
  const arriving = moduleOf(simd);
  arriving.catch(() => undefined);
  const address = new URL(workerUrl, import.meta.url);
  address.searchParams.set("simd", simd);
  const started = worker ? await startWorker(address.href, "blindspots").catch(() => null) : null;
  const channel = started ? viaWorker(started, listen, onfatal) : await viaPage(simd, listen);
  try {
    channel.post({ module: await arriving, simd }, []);
  } catch (reason) {
    channel.close();
    throw reason;
  }
  return channel;
}

function viaWorker(worker: Worker, listen: Listener, onfatal: (reason: unknown) => void): Channel {
  worker.onerror = (event) => {
    event.preventDefault();
    onfatal(event.error ?? event.message);
  };
  worker.onmessage = ({ data }: MessageEvent<FromHost>) => listen(data);
  return {
    blocking: false,
    post: (message, transfer) => worker.postMessage(message, transfer),
    close: () => worker.terminate(),
  };
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
