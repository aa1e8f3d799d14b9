// What may be said of every call that takes a while.

import type { Progress } from "./messages.js";

/** Common to everything that takes a while. */
export interface Waiting {
  /** Gives up: the promise rejects with code "aborted". */
  signal?: AbortSignal | undefined;
}

/** Common to work that may be long. */
export interface WorkOptions extends Waiting {
  /** Hears how far the work has come, about ten times a second; of short work it may hear nothing. */
  onprogress?: ((progress: Progress) => void) | undefined;
}
