// Questions to an engine and their answers, matched by run numbers.

import type { Channel } from "./channel.js";
import { aborted, BlindSpotsError, unexpected, unsendable } from "./errors.js";
import type { Progress, Request, Response } from "./messages.js";
import type { WorkOptions } from "./options.js";
import { buffersOf, type FromHost, type Placed } from "./protocol.js";

interface Pending {
  resolve(response: Response): void;
  reject(error: BlindSpotsError): void;
  onprogress: ((progress: Progress) => void) | undefined;
}

/** The answer of one kind. */
export type Answer<K extends Response["kind"]> = Extract<Response, { kind: K }>;

/** One engine, as long as it lives. */
export class Connection {
  readonly #onmoved: (moved: Placed) => void;
  #channel: Channel | null = null;
  #pending = new Map<number, Pending>();
  #runs = 0;
  #ended: BlindSpotsError | null = null;

  /** `onmoved` hears what runs after a device failed, before the answer is handed out. */
  constructor(onmoved: (moved: Placed) => void) {
    this.#onmoved = onmoved;
  }

  /** Takes the channel that `hear` listens to. */
  over(channel: Channel): void {
    this.#channel = channel;
  }

  /** Whether the engine shares the page's thread. */
  get blocking(): boolean {
    return this.#channel?.blocking ?? false;
  }

  /** Why nothing can be asked now, if so. */
  refusal(signal?: AbortSignal): BlindSpotsError | null {
    return this.#ended ?? (signal?.aborted ? aborted() : null);
  }

  /** Asks for an answer of the given kind. */
  ask<K extends Response["kind"]>(
    kind: K,
    request: Request,
    { signal, onprogress }: WorkOptions = {},
  ): Promise<Answer<K>> {
    return new Promise((resolve, reject) => {
      const refusal = this.refusal(signal);
      if (refusal) return reject(refusal);
      const run = ++this.#runs;
      const cancel = () => {
        // The worker's answer will find nobody waiting, and is dropped.
        this.#pending.delete(run);
        this.#channel?.post({ cancel: run }, []);
        reject(aborted());
      };
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T) => {
          signal?.removeEventListener("abort", cancel);
          then(value);
        };
      signal?.addEventListener("abort", cancel, { once: true });
      this.#pending.set(run, {
        resolve: settle((response: Response) =>
          response.kind === kind ? resolve(response as Answer<K>) : reject(unexpected()),
        ),
        reject: settle(reject),
        onprogress,
      });
      try {
        this.#channel?.post({ run, request }, buffersOf(request));
      } catch (cause) {
        this.#pending.get(run)?.reject(unsendable(cause));
        this.#pending.delete(run);
      }
    });
  }

  /** What the engine says. */
  hear(message: FromHost): void {
    if ("hello" in message) return;
    if ("moved" in message && message.moved) this.#onmoved(message.moved);
    const waiting = this.#pending.get(message.run);
    if (!waiting) return;
    if ("progress" in message) return waiting.onprogress?.(message.progress);
    this.#pending.delete(message.run);
    if ("response" in message) return waiting.resolve(message.response);
    const { code, message: words } = message.failure;
    const error = new BlindSpotsError(code, words);
    waiting.reject(error);
    // Memory of a crashed module cannot be trusted; nothing more is asked of it.
    if (code === "crashed") this.end(error);
  }

  /** Closes the channel; whatever is still under way, and all that is asked later, rejects. */
  end(error: BlindSpotsError): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#channel?.close();
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of waiting) pending.reject(error);
  }
}
