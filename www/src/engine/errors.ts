import type { ErrorCode } from "./messages.js";

export type { ErrorCode } from "./messages.js";

/** Every failure of the library: a stable `code`, and a sentence that a visitor understands. */
export class BlindSpotsError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BlindSpotsError";
    this.code = code;
  }

  /** The same error, or a new one around whatever was thrown. */
  static from(reason: unknown): BlindSpotsError {
    if (reason instanceof BlindSpotsError) return reason;
    const { code, message } = failureOf(reason);
    return new BlindSpotsError(code, message, { cause: reason });
  }
}

/** Names in messages are cut to so many characters. */
const LONGEST_NAME = 100;

/** A name as it stands in a message. */
export function named(name: string): string {
  return shortened(name, LONGEST_NAME);
}

/** A text cut to so many UTF-16 units, but not within a character. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most).replace(/[\ud800-\udbff]$/, "")}…` : text;
}

/** Whether the engine has to be started again after such an error. */
export function isFatal(code: ErrorCode): boolean {
  return code === "crashed" || code === "network" || code === "missing-file";
}

/** What a call rejects with that was given up. */
export function aborted(cause?: unknown): BlindSpotsError {
  return new BlindSpotsError("aborted", "Cancelled.", { cause });
}

/** Whether a failure only says that a call was given up. */
export function isAborted(reason: unknown): boolean {
  return BlindSpotsError.from(reason).code === "aborted";
}

/** A request holds something that no worker can be sent, such as a function. */
export function unsendable(cause: unknown): BlindSpotsError {
  const message =
    "The request holds something other than numbers, text, lists, typed arrays and objects of those.";
  return new BlindSpotsError("bad-request", message, { cause });
}

/** The engine answered another question than the one asked: a defect. */
export function unexpected(): BlindSpotsError {
  return new BlindSpotsError("internal", "The engine answered another question than the one asked.");
}

/** A file broke the importer: nothing can be had of that file. */
export function importerCrashed(cause?: unknown): BlindSpotsError {
  const message = "This file could not be read: the importer stopped on it.";
  return new BlindSpotsError("importer-crashed", message, { cause });
}

/** A file took longer than it was given. */
export function tooSlow(seconds: number): BlindSpotsError {
  const message = `Reading this file takes more than ${String(seconds)} s, which is all that it was given.`;
  return new BlindSpotsError("too-slow", message);
}

/** A file took more memory than it was given, or than there is. */
export function needsMemory(megabytes: number, cause?: unknown): BlindSpotsError {
  const message = `Reading this file needs more than ${String(megabytes)} MB of memory, or than the browser has.`;
  return new BlindSpotsError("too-large", message, { cause });
}

/** Code and sentence of anything that can be thrown. */
export function failureOf(reason: unknown): { code: ErrorCode; message: string } {
  if (typeof WebAssembly === "object" && reason instanceof WebAssembly.RuntimeError) {
    return {
      code: "crashed",
      message: `The engine stopped unexpectedly (${reason.message}). It has to be started again.`,
    };
  }
  if (typeof reason === "object" && reason !== null) {
    const { code, message, name } = reason as Record<string, unknown>;
    if (name === "AbortError") return { code: "aborted", message: "Cancelled." };
    if (typeof message === "string") {
      // The engine's failures carry codes of the list.
      return { code: typeof code === "string" ? (code as ErrorCode) : "internal", message };
    }
  }
  return { code: "internal", message: typeof reason === "string" ? reason : "Something went wrong." };
}
