// How a worker is started, also where the page's origin is opaque (a sandboxed frame).

import { trusted } from "./trusted.js";

/** Starts a worker that greets with `{ hello: true }`; rejects where there can be none. */
export async function startWorker(url: string, name: string): Promise<Worker> {
  // Firefox complains on the console of a worker that such an origin may not have.
  if (globalThis.origin === "null") return greeted(opaqueWorker(url));
  try {
    return await greeted(new Worker(trusted(url), { type: "module", name }));
  } catch {
    return greeted(opaqueWorker(url));
  }
}

/** A worker for an opaque origin. Browsers let it be a classic one, which may import a module. */
function opaqueWorker(url: string): Worker {
  const source = `import(${JSON.stringify(url)}).catch((error) => setTimeout(() => { throw error; }));`;
  return new Worker(trusted(URL.createObjectURL(new Blob([source], { type: "text/javascript" }))));
}

function greeted(worker: Worker): Promise<Worker> {
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      reject(new Error("The worker did not start."));
    };
    worker.onmessage = () => resolve(worker);
  });
}
