// The site's own Wasm modules at work in Node, for what the build makes with them.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Request, Response } from "./src/engine/messages.js";

const folder = resolve(import.meta.dirname, "src/engine/wasm");

/** A module's script, with its Wasm in it. */
async function started<Script>(name: string, file: string): Promise<Script> {
  const script = (await import(pathToFileURL(join(folder, name, `${file}.js`)).href)) as Script & {
    initSync(from: { module: Uint8Array }): void;
  };
  script.initSync({ module: readFileSync(join(folder, name, `${file}_bg.wasm`)) });
  return script;
}

/** What reads a bundled ONNX file into a lowered network, as `src/engine/sources.ts` has it read. */
export async function importer(): Promise<(onnx: Uint8Array) => Uint8Array> {
  const { lower } = await started<{
    lower(onnx: Uint8Array, files: object, options: object, megabytes: number): Uint8Array;
  }>("importer", "blindspots_importer");
  return (onnx) => lower(onnx, {}, { normalize: "none" }, 1024);
}

/** An engine on the processor. */
export interface Running {
  ask(request: Request): Promise<Response>;
  /** Without this the process would not end. */
  close(): void;
}

/** Starts the engine. */
export async function engine(): Promise<Running> {
  const ports: MessagePort[] = [];
  const scope = globalThis as { WorkerGlobalScope?: unknown; navigator?: unknown };
  // It asks where it runs before it finds that there is no graphics device.
  scope.WorkerGlobalScope ??= {};
  scope.navigator ??= {};
  // It gives way by messages to itself, and keeps its channel.
  const Channel = MessageChannel;
  globalThis.MessageChannel = class extends Channel {
    constructor() {
      super();
      ports.push(this.port1, this.port2);
    }
  };
  const { Engine } = await started<{
    Engine: new () => { call(run: number, request: Request, onprogress: () => void): Promise<Response> };
  }>("baseline", "blindspots");
  const running = new Engine();
  let run = 0;
  const ask = (request: Request) => running.call((run += 1), request, () => undefined);
  await ask({ kind: "open", backend: "cpu" });
  return {
    ask,
    close: () => {
      globalThis.MessageChannel = Channel;
      for (const port of ports) port.close();
    },
  };
}
