import { isAborted } from "../engine/errors.js";

/** Work of which only the last wish counts. The signal of a run is aborted when it counts no more. */
export class Latest {
  readonly #task: (signal: AbortSignal) => Promise<void>;
  readonly #failed: (reason: unknown) => void;
  readonly #waits: boolean;
  readonly #ended: () => void;
  #stop: AbortController | null = null;
  #running: Promise<void> | null = null;
  #asked = false;

  /**
   * `failed` hears what goes wrong in a run that still counts. A new wish ends the run under way; where
   * `waits` is set it lets it finish, so that something is seen in between, and one more run follows.
   * `ended` hears of the end of every run that was not given up.
   */
  constructor(
    task: (signal: AbortSignal) => Promise<void>,
    failed: (reason: unknown) => void,
    { waits = false, ended = () => undefined }: { waits?: boolean; ended?: () => void } = {},
  ) {
    this.#task = task;
    this.#failed = failed;
    this.#waits = waits;
    this.#ended = ended;
  }

  /** Nothing runs and nothing waits. */
  get settled(): boolean {
    return this.#running === null;
  }

  /** Asks for a run; resolves when it has ended, or counts no more. */
  ask(): Promise<void> {
    if (!this.#waits) {
      this.stop();
      return (this.#running = this.#run());
    }
    this.#asked = true;
    return (this.#running ??= this.#runs());
  }

  /** Resolves when nothing waits any more. */
  rest(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  /** Ends what is under way. */
  stop(): void {
    this.#asked = false;
    this.#stop?.abort();
    this.#stop = null;
    this.#running = null;
  }

  async #runs(): Promise<void> {
    while (this.#asked) {
      this.#asked = false;
      await this.#run();
    }
  }

  async #run(): Promise<void> {
    const stop = (this.#stop = new AbortController());
    try {
      await this.#task(stop.signal);
    } catch (reason) {
      if (!stop.signal.aborted && !isAborted(reason)) this.#failed(reason);
    }
    if (this.#stop === stop && !this.#asked) {
      this.#stop = null;
      this.#running = null;
    }
    if (!stop.signal.aborted) this.#ended();
  }
}

/** Whether a run counts no more: to be asked after every wait, of which a compiler knows nothing. */
export function stale(signal: AbortSignal): boolean {
  return signal.aborted;
}
