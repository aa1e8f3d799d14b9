// The importer's worker: its module first, then one file after the other, until it is ended.

import { failureOf } from "./errors.js";
import { start, type Read } from "./importer-host.js";
import type { FromImporter, ToImporterWorker } from "./protocol.js";

const scope = globalThis as unknown as {
  postMessage(message: FromImporter | { hello: true }, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToImporterWorker>) => void) | null;
};

let starting: Promise<Read>;

scope.onmessage = ({ data }) => {
  if ("module" in data) {
    starting = start(data.module);
    // Handled where a file waits for it.
    starting.catch(() => undefined);
    return;
  }
  starting
    .then((read) => {
      scope.postMessage({ started: true });
      const lowered = read(data);
      scope.postMessage({ lowered }, [lowered.buffer as ArrayBuffer]);
    })
    .catch((reason: unknown) => scope.postMessage({ failure: failureOf(reason) }));
};
scope.postMessage({ hello: true });
