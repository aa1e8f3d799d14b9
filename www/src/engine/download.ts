// Files as they arrive. `XMLHttpRequest` counts their bytes on the way, which `fetch` does only for those who
// read the answer piece by piece.

import type { WorkOptions } from "./waiting.js";

/** What a server answered. */
export interface Answer {
  status: number;
  /** The answer's Content-Type. */
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

const listeners = new Set<() => void>();
/** Bytes of each file that was asked for: those that are there, and all. */
const files = new Map<XMLHttpRequest, { received: number; total: number }>();
/** The same of files that are complete. */
const complete = { received: 0, total: 0 };

/** Bytes of all files so far, as far as their answers have begun. */
export function arrivals(): { received: number; total: number } {
  const all = { ...complete };
  for (const { received, total } of files.values()) {
    all.received += received;
    all.total += total;
  }
  return all;
}

/** Hears whenever more has arrived. */
export function onArrival(listener: () => void): void {
  listeners.add(listener);
}

/** A file did not arrive. */
export class NotArrived extends Error {
  /** Whether some of it had. */
  readonly began: boolean;

  constructor(began: boolean) {
    super("The file did not arrive.");
    this.began = began;
  }
}

/** Gets a file; rejects with `NotArrived`, also where `signal` aborts it. */
export function download(url: URL, { signal, onprogress }: WorkOptions): Promise<Answer> {
  return new Promise((resolve, reject: (reason: NotArrived) => void) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    const arrival = { received: 0, total: 0 };
    const tell = (fraction: number) =>
      onprogress?.({ fraction, evaluations: 0, bestL2: null, bestImage: null });
    const end = () => {
      signal?.removeEventListener("abort", abort);
      files.delete(request);
    };
    request.open("GET", url);
    request.responseType = "arraybuffer";
    request.onprogress = ({ loaded, total }) => {
      // What was packed on the way says no total.
      Object.assign(arrival, { received: loaded, total: Math.max(loaded, total) });
      for (const listener of listeners) listener();
      if (loaded < total) tell(loaded / total);
    };
    request.onload = () => {
      end();
      const bytes = new Uint8Array(request.response as ArrayBuffer);
      complete.received += bytes.length;
      complete.total += bytes.length;
      resolve({ status: request.status, type: request.getResponseHeader("Content-Type") ?? "", bytes });
      // Last: what a listener throws is no failure of the file's.
      tell(1);
    };
    request.onerror = request.onabort = () => {
      end();
      reject(new NotArrived(arrival.received > 0));
    };
    if (signal?.aborted) return reject(new NotArrived(false));
    signal?.addEventListener("abort", abort, { once: true });
    files.set(request, arrival);
    request.send();
  });
}
