// The worker: the engine, off the page's thread.

import { serve } from "./host.js";
import type { FromHost, ToHost } from "./protocol.js";

const scope = globalThis as unknown as {
  postMessage(message: FromHost, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToHost>) => void) | null;
};

const answer = serve((message, transfer) => scope.postMessage(message, transfer));
scope.onmessage = (event) => answer(event.data);
scope.postMessage({ hello: true }, []);
