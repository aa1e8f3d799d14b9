// The npm package: the library and the elements, built so that bundlers and plain pages can use them.
//
// A bundler that meets `new URL("file", import.meta.url)` copies the file and puts its new address
// there. So every network gets such an address, and so does the Wasm, which the page hands to its workers.

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

/** An address that bundlers know: of a file named outright, which they copy. */
const literal = /new URL\("[^"]*", import\.meta\.url\)/g;

/**
 * Every other address is made from a variable. webpack takes `new URL(anything else, import.meta.url)` for a
 * module that it has to find, and does not find it.
 */
function plainAddresses(): Plugin {
  return {
    name: "plain-addresses",
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        const kept = chunk.code.match(literal) ?? [];
        const others = chunk.code
          .split(literal)
          .map((code) => code.replaceAll("import.meta.url", "moduleAddress"));
        const code = others.map((code, place) => code + (kept[place] ?? "")).join("");
        if (others.some((code) => code.includes("moduleAddress")))
          chunk.code = `const moduleAddress = import.meta.url;\n${code}`;
      }
    },
  };
}

/** What differs from the site; `models` is the built site's folder of networks. */
export function packageConfig(models: string): UserConfig {
  return {
    plugins: [packedModels(models), thirdParty(), renamedPreload(), plainAddresses()],
    // Its one file that is linked to is built in as others are.
    publicDir: false,
    // One file a worker, since nobody follows what it imports.
    worker: {
      format: "es",
      rolldownOptions: { output: { codeSplitting: false } },
    },
    build: {
      minify: false,
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
