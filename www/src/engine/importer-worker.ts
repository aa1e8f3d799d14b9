// The importer's worker: one file after the other, until it is ended.

import { failureOf } from "./errors.js";
import { ready } from "./importer-host.js";
import type { FromImporter, ToImporter } from "./protocol.js";

const scope = globalThis as unknown as {
  postMessage(message: FromImporter | { hello: true }, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToImporter>) => void) | null;
};

scope.onmessage = ({ data }) => {
  ready()
    .then((read) => {
      scope.postMessage({ started: true });
      const lowered = read(data);
      scope.postMessage({ lowered }, [lowered.buffer as ArrayBuffer]);
    })
    .catch((reason: unknown) => scope.postMessage({ failure: failureOf(reason) }));
};
scope.postMessage({ hello: true });
