// What travels between a page and its worker, around the messages of the engine.

import type { Failure, Progress, Request, Response } from "./messages.js";
import type { ImporterOptions, WeightFiles } from "./options.js";
import type { Simd } from "./simd.js";

/** The engine's module, and which of the two builds it is. */
export interface Built {
  module: WebAssembly.Module;
  simd: Simd;
}

/** The engine's module comes first, once. */
export type ToHost = Built | { run: number; request: Request } | { cancel: number };

/** What runs, and where each network that had to move runs now. */
export type Placed = Extract<Response, { kind: "backend" }>;

/** With an answer comes what has moved because a device failed. */
export type FromHost =
  | { hello: true }
  | { run: number; progress: Progress }
  | { run: number; response: Response; moved: Placed | undefined }
  | { run: number; failure: Failure };

/** A file for the importer's worker, and the memory that reading it may take, in MB of 2²⁰ bytes. */
export interface ToImporter {
  bytes: Uint8Array;
  files: WeightFiles;
  options: ImporterOptions;
  megabytes: number;
}

/** The importer's module comes first, once. */
export type ToImporterWorker = { module: WebAssembly.Module } | ToImporter;

/** A file is begun once the module runs, and ends with one of the other two. */
export type FromImporter = { started: true } | { lowered: Uint8Array } | { failure: Failure };

/** The buffers of all typed arrays in a message, to be moved instead of copied. */
export function buffersOf(message: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(message)) {
    if (message.buffer instanceof ArrayBuffer) found.add(message.buffer);
  } else if (typeof message === "object" && message !== null) {
    for (const part of Object.values(message)) {
      if (typeof part === "object") buffersOf(part, found);
    }
  }
  return [...found];
}
