/** Work of which only the last wish counts: one run at a time, and one more after it if anything is new. */
export class Latest {
  #task: () => Promise<void>;
  #stale = false;
  #running: Promise<void> | null = null;

  /** `task` handles its own failures. */
  constructor(task: () => Promise<void>) {
    this.#task = task;
  }

  /** Nothing runs and nothing waits. */
  get settled(): boolean {
    return this.#running === null;
  }

  /** Asks for a run; resolves when nothing waits any more. */
  ask(): Promise<void> {
    this.#stale = true;
    return (this.#running ??= this.#run());
  }

  /** Resolves when nothing waits any more. */
  rest(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  async #run(): Promise<void> {
    while (this.#stale) {
      this.#stale = false;
      await this.#task();
    }
    this.#running = null;
  }
}
