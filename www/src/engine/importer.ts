// Reading ONNX files in a worker of its own: started when it is first needed, ended and replaced
// when a file breaks it or is given up, and ended when nothing was asked of it for a while.

import { aborted, BlindSpotsError, importerCrashed, tooSlow, unsendable } from "./errors.js";
import { part } from "./files.js";
import type { Read } from "./importer-host.js";
import { moduleOf } from "./modules.js";
import { buffersOf, type FromImporter, type ToImporter, type ToImporterWorker } from "./protocol.js";
import { startWorker } from "./workers.js";
import workerUrl from "./importer-worker.ts?worker&url";

/** Milliseconds without a file after which the worker's memory is given back. */
const IDLE = 10_000;

/** Milliseconds that a timer can wait; more of them would be none. */
const LONGEST = 2 ** 31 - 1;

/** What lowered networks begin with: "blindnet". */
const MAGIC = new TextEncoder().encode("blindnet");

/** Whether bytes are a lowered network, which needs no importer. */
export function isLowered(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, place) => bytes[place] === byte);
}

/** Lowers files, one after the other. */
export class Importer {
  readonly #inWorker: boolean;
  #module: Promise<WebAssembly.Module> | null = null;
  #worker: Promise<Worker | null> | null = null;
  /** The importer on the page's own thread. */
  #here: Promise<Read> | null = null;
  /** Settles when the last file that was asked for has been answered. */
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #giveUp: ((error: BlindSpotsError) => void) | null = null;
  #closed: BlindSpotsError | null = null;

  /** `inWorker` is whether to look for a worker; the page's own thread otherwise. */
  constructor(inWorker: boolean) {
    this.#inWorker = inWorker;
  }

  /**
   * Lowers a file, with others that hold its weights; all bytes are moved and lost to the caller. An
   * abort ends the worker that is at it, and so do `seconds` that it took.
   */
  async lower(file: ToImporter, seconds: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (this.#closed) throw this.#closed;
    clearTimeout(this.#idle);
    this.#waiting += 1;
    const turn = this.#last.then(() => this.#one(file, seconds, signal));
    this.#last = turn
      .catch(() => undefined)
      .then(() => {
        this.#waiting -= 1;
        if (this.#waiting === 0) this.#idle = setTimeout(() => this.#end(), IDLE);
      });
    return untilAborted(turn, signal);
  }

  /** Ends the worker; what is under way, and all that is asked later, rejects. */
  close(error: BlindSpotsError): void {
    this.#closed ??= error;
    clearTimeout(this.#idle);
    this.#giveUp?.(error);
    this.#end();
  }

  async #one(file: ToImporter, seconds: number, signal?: AbortSignal): Promise<Uint8Array> {
    const stopped = () => this.#closed ?? (signal?.aborted ? aborted() : null);
    let error = stopped();
    if (error) throw error;
    const module = await this.#modules();
    this.#worker ??= this.#start(module);
    const worker = await this.#worker;
    if (!worker) {
      this.#here ??= part(import("./importer-host.js")).then(({ start }) => start(module));
      // What was missing may be there the next time.
      this.#here.catch(() => (this.#here = null));
      // Nothing can end what runs on the page's own thread.
      return (await this.#here)(file);
    }
    error = stopped();
    if (error) throw error;
    return this.#ask(worker, file, seconds, signal);
  }

  /** The module, which is fetched for the first file and kept for all workers. */
  #modules(): Promise<WebAssembly.Module> {
    this.#module ??= moduleOf("importer");
    // What was missing may be there the next time.
    this.#module.catch(() => (this.#module = null));
    return this.#module;
  }

  /** A worker with the module in it; `null` where there can be none. */
  async #start(module: WebAssembly.Module): Promise<Worker | null> {
    if (!this.#inWorker) return null;
    try {
      const worker = await startWorker(new URL(workerUrl, import.meta.url).href, "blindspots importer");
      const first: ToImporterWorker = { module };
      worker.postMessage(first);
      return worker;
    } catch {
      return null;
    }
  }

  #ask(worker: Worker, message: ToImporter, seconds: number, signal?: AbortSignal): Promise<Uint8Array> {
    return new Promise<Uint8Array>((resolve, reject) => {
      let limit: ReturnType<typeof setTimeout> | undefined;
      const abort = () => giveUp(aborted());
      const done = () => {
        clearTimeout(limit);
        this.#giveUp = null;
        signal?.removeEventListener("abort", abort);
      };
      const giveUp = (error: BlindSpotsError) => {
        done();
        this.#end();
        reject(error);
      };
      this.#giveUp = giveUp;
      signal?.addEventListener("abort", abort, { once: true });
      worker.onerror = (event) => {
        event.preventDefault();
        giveUp(importerCrashed(event.error ?? event.message));
      };
      worker.onmessage = ({ data }: MessageEvent<FromImporter>) => {
        if ("started" in data) {
          limit = setTimeout(() => giveUp(tooSlow(seconds)), Math.min(1000 * seconds, LONGEST));
          return;
        }
        if ("failure" in data) {
          const failure = new BlindSpotsError(data.failure.code, data.failure.message);
          // Memory of a crashed module cannot be trusted; a script that was missing may be there the next time.
          if (["importer-crashed", "too-large", "missing-file"].includes(failure.code))
            return giveUp(failure);
          done();
          return reject(failure);
        }
        done();
        resolve(data.lowered);
      };
      try {
        worker.postMessage(message, buffersOf(message));
      } catch (cause) {
        done();
        reject(unsendable(cause));
      }
    });
  }

  #end(): void {
    void this.#worker?.then((worker) => worker?.terminate());
    this.#worker = null;
  }
}

/** Rejects as soon as the signal aborts, whatever becomes of the promise. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(aborted());
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
