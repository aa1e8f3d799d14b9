// The npm package: the library and the elements, built so that bundlers and plain pages can use them.
//
// A bundler that meets `new URL("file", import.meta.url)` copies the file and puts its new address
// there. So every network gets such an address, and so does the engine's Wasm, which a worker, copied as
// it is, could not find by itself: the page hands the addresses over in the worker's own.

import { readdirSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { Plugin, UserConfig } from "vite";

const here = import.meta.dirname;
const engine = resolve(here, "src/engine");

/** Fills in `src/engine/packed.ts` with the files of the built site's `models/`. */
function packedModels(models: string): Plugin {
  return {
    name: "packed-models",
    enforce: "pre",
    load(id) {
      if (id !== resolve(engine, "packed.ts")) return null;
      const entry = (name: string) => {
        const file = relative(engine, resolve(models, name)).replaceAll("\\", "/");
        return `  ${JSON.stringify(name)}: new URL(${JSON.stringify(file)}, import.meta.url),\n`;
      };
      const names = readdirSync(models).filter((name) => !/^results\./i.test(name));
      return `export const packed = {\n${names.map(entry).join("")}};\n`;
    },
  };
}

/** The licences of what is built in, which the element about the page links to. */
function thirdParty(): Plugin {
  const site =
    /\/\* @vite-ignore \*\/ import\.meta\.env\.DEV \? "\/third-party\.txt" : "\.\.\/third-party\.txt"/;
  return {
    name: "third-party",
    enforce: "pre",
    transform: (code) => (site.test(code) ? code.replace(site, '"../../public/third-party.txt"') : null),
  };
}

/** `new URL("file", import.meta.url)` of the engine's scripts or Wasm, with the file's name. */
const located = /new URL\((?:"" \+ )?["'`]([\w./-]+\.KIND)["'`](?:\.href)?, import\.meta\.url\)/g;
const ofKind = (kind: string) => new RegExp(located.source.replace("KIND", kind), "g");

/** In a worker: its Wasm is where the page says. */
function handedWasm(): Plugin {
  return {
    name: "handed-wasm",
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        chunk.code = chunk.code.replaceAll(
          ofKind("wasm"),
          (_, file: string) =>
            `new URL(new URL(import.meta.url).searchParams.get(${JSON.stringify(file)}) ?? ${JSON.stringify(file)}, import.meta.url)`,
        );
      }
    },
  };
}

/** On the page: a worker's address carries those of the Wasm that it loads. */
function handingWasm(): Plugin {
  return {
    name: "handing-wasm",
    generateBundle(_, bundle) {
      const workers = Object.values(bundle).filter(({ fileName }) => /worker-[\w-]+\.js$/.test(fileName));
      const wasmOf = new Map(
        workers.map((worker) => [worker.fileName.split("/").pop(), wasmIn(codeOf(worker))]),
      );
      let handed = 0;
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        chunk.code = chunk.code.replaceAll(ofKind("js"), (url, file: string) => {
          const names = wasmOf.get(file.split("/").pop());
          if (!names) return url;
          handed += names.length;
          const entries = names.map(
            (name) => `[${JSON.stringify(name)}, new URL(${JSON.stringify(name)}, import.meta.url).href]`,
          );
          return `new URL("?" + new URLSearchParams([${entries.join(", ")}]), ${url})`;
        });
      }
      if (handed === 0) this.error("no worker is handed its Wasm: the package would not start");
    },
  };
}

/** Vite's own helper has another name, since a project built with Vite has one too. */
function renamedPreload(): Plugin {
  return {
    name: "renamed-preload",
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === "chunk") chunk.code = chunk.code.replaceAll("__vitePreload", "loadPart");
      }
    },
  };
}

function codeOf(
  file: { type: "chunk"; code: string } | { type: "asset"; source: string | Uint8Array },
): string {
  if (file.type === "chunk") return file.code;
  return typeof file.source === "string" ? file.source : new TextDecoder().decode(file.source);
}

/** Names of the Wasm that a script asks its address for. */
function wasmIn(code: string): string[] {
  return [
    ...new Set([...code.matchAll(/searchParams\.get\("([\w.-]+\.wasm)"\)/g)].map(([, name]) => name ?? "")),
  ];
}

/** What differs from the site; `models` is the built site's folder of networks. */
export function packageConfig(models: string): UserConfig {
  return {
    plugins: [packedModels(models), thirdParty(), handingWasm(), renamedPreload()],
    // One file a worker, since nobody follows what it imports.
    worker: {
      format: "es",
      plugins: () => [handedWasm()],
      rolldownOptions: { output: { codeSplitting: false } },
    },
    build: {
      minify: false,
      copyPublicDir: false,
      modulePreload: false,
      rolldownOptions: {
        output: {
          assetFileNames: ({ originalFileNames: [from] }) =>
            from && resolve(here, from).startsWith(models)
              ? "models/[name][extname]"
              : "assets/[name]-[hash][extname]",
        },
      },
    },
  };
}
