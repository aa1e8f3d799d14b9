// Files that carry their own compression, because many hosts of courses compress nothing: browsers unpack
// them by `DecompressionStream` (`src/engine/files.ts`).

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Packs the Wasm modules of the built site, and has its scripts ask for the packed ones. */
export function gzippedWasm(): Plugin {
  let out = "";
  return {
    name: "gzipped-wasm",
    apply: "build",
    configResolved(config) {
      out = resolve(config.root, config.build.outDir, "assets");
    },
    writeBundle() {
      const files = readdirSync(out);
      const modules = files.filter((name) => name.endsWith(".wasm"));
      if (modules.length === 0) this.error("the site has no Wasm modules");
      for (const name of modules) {
        const file = join(out, name);
        writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: constants.Z_BEST_COMPRESSION }));
        rmSync(file);
      }
      for (const name of files.filter((name) => name.endsWith(".js"))) {
        const code = readFileSync(join(out, name), "utf8");
        const asking = modules.reduce((text, module) => text.replaceAll(module, `${module}.gz`), code);
        if (asking !== code) writeFileSync(join(out, name), asking);
      }
    },
  };
}
