// A search that a student begins, wherever it is shown.

import type { Progress } from "../engine/messages.js";
import type { Lab } from "../lab/lab.js";
import { Latest, stale } from "../lab/latest.js";
import { Trouble } from "./trouble.js";

/** What an engine's search of these options tells. */
export interface Watched {
  signal: AbortSignal;
  onprogress: (progress: Progress) => void;
}

export class Search {
  /** Share of it that is done; `null` where none runs. */
  progress: number | null = null;
  readonly trouble: Trouble;
  readonly #at: { readonly lab: Lab };
  readonly #latest: Latest;

  /** `work` looks for something until it is there, or nobody waits any more. */
  constructor(at: { readonly lab: Lab }, work: (watched: Watched) => Promise<void>) {
    this.#at = at;
    this.trouble = new Trouble(at);
    this.#latest = new Latest(
      async (signal) => {
        this.trouble.clear();
        this.#is(0);
        const onprogress = ({ fraction }: Progress) => !stale(signal) && this.#is(fraction);
        await work({ signal, onprogress });
        if (!stale(signal)) this.#is(null);
      },
      (reason) => {
        this.#is(null);
        this.trouble.tell(reason);
      },
    );
  }

  begin(): void {
    void this.#latest.ask();
  }

  stop(): void {
    this.#latest.stop();
    if (this.progress !== null) this.#is(null);
  }

  #is(progress: number | null): void {
    this.progress = progress;
    this.#at.lab.changed();
  }
}
