// The worker: the engine, off the page's thread. Which build of it the page
// says in the address, so that fetching it needs no message; where a host leads on to another address, that may be
// lost, and the message says it.

import { serve } from "./host.js";
import type { FromHost, ToHost } from "./protocol.js";
import type { Simd } from "./simd.js";

const scope = globalThis as unknown as {
  postMessage(message: FromHost, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToHost>) => void) | null;
};

const simd = new URL(import.meta.url).searchParams.get("simd") as Simd | null;
const answer = serve(simd, (message, transfer) => scope.postMessage(message, transfer));
scope.onmessage = (event) => answer(event.data);
scope.postMessage({ hello: true }, []);
