// Files that carry their own compression, because many hosts of courses compress nothing: browsers unpack
// them by `DecompressionStream` (`src/engine/files.ts`).

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Modules that `cargo xtask build` has packed already, smaller than Node can, with what they hold. */
function packedBefore(): { packed: Buffer; plain: Buffer }[] {
  const folder = resolve(import.meta.dirname, "src/engine/wasm");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".wasm.gz"))
    .map((name) => readFileSync(join(folder, name)))
    .map((packed) => ({ packed, plain: gunzipSync(packed) }));
}

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
      const known = packedBefore();
      for (const name of modules) {
        const file = join(out, name);
        const module = readFileSync(file);
        const packed =
          known.find(({ plain }) => plain.equals(module))?.packed ??
          gzipSync(module, { level: constants.Z_BEST_COMPRESSION });
        writeFileSync(`${file}.gz`, packed);
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
