import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join, normalize, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig, mergeConfig, type Plugin, type UserConfig } from "vite";
import { afterBuild } from "./vite.built.js";
import { citation } from "./vite.citation.js";
import { encoding } from "./vite.encoding.js";
import { earlyNetworks } from "./vite.early.js";
import { gzippedWasm } from "./vite.gzip.js";
import { openingPicture } from "./vite.opening.js";
import { fileHashes, integrity } from "./vite.hashes.js";
import { offlineWorker } from "./vite.offline.js";
import { plainStyles } from "./vite.styles.js";
import { packageConfig } from "./vite.package.js";

const here = import.meta.dirname;
/** The networks, or all files that the site will serve with them. */
const models = resolve(process.env["MODELS"] ?? resolve(here, "../models"));

/**
 * Serves ../models as models/ while developing, its networks packed; a build gets its copy from
 * `cargo xtask build`.
 */
function bundledModels(): Plugin {
  return {
    name: "bundled-models",
    configureServer(server) {
      server.middlewares.use("/models", (request, response, next) => {
        const path = normalize(decodeURIComponent((request.url ?? "").replace(/\?.*/, "")));
        const file = join(models, path);
        const plain = file.replace(/\.onnx\.gz$/, ".onnx");
        const isFile = (name: string) => existsSync(name) && statSync(name).isFile();
        if (!file.startsWith(models) || !(isFile(file) || isFile(plain))) {
          response.statusCode = 404;
          response.end();
          return;
        }
        response.setHeader(
          "Content-Type",
          file.endsWith(".json") ? "application/json" : "application/octet-stream",
        );
        if (!isFile(file)) {
          response.end(gzipSync(readFileSync(plain)));
          return;
        }
        createReadStream(file).on("error", next).pipe(response);
      });
    },
  };
}

/** Writes the library's TypeScript declarations beside `blindspots.js`. */
function declarations(): Plugin {
  return afterBuild("declarations", (out) => {
    const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, "-p", "tsconfig.types.json", "--outDir", join(out, "types")], {
      cwd: here,
      stdio: "inherit",
    });
    writeFileSync(join(out, "blindspots.d.ts"), 'export * from "./types/library.js";\n');
  });
}

/** Makes sure that the code which looks for `../models/` is where that is true. */
function modelsBesideAssets(): Plugin {
  return {
    name: "models-beside-assets",
    generateBundle(_, bundle) {
      for (const [name, chunk] of Object.entries(bundle)) {
        if (
          chunk.type === "chunk" &&
          /["'`]\.\.\/(models\/|third-party)/.test(chunk.code) &&
          !name.startsWith("assets/")
        ) {
          this.error(
            `${name} looks for files of the site in the wrong folder: it has to be built into assets/`,
          );
        }
      }
    },
  };
}

/** Entries that other pages import by name keep their names. */
const stable = new Set(["blindspots", "elements"]);

/** What other pages import. */
const library = {
  blindspots: resolve(here, "src/engine/library.ts"),
  elements: resolve(here, "src/elements/index.ts"),
};

const built = (input: Record<string, string>): UserConfig => ({
  root: here,
  // Relative addresses everywhere: the site works from any folder of any host.
  base: "./",
  // A file that is missing is missing: no page in its place.
  appType: "mpa",
  // What `cargo xtask serve` serves with. As on the usual static hosts every origin may read it, so that a
  // sandboxed frame can load the site.
  preview: { cors: true, headers: { "Cache-Control": "no-store" } },
  plugins: [
    bundledModels(),
    modelsBesideAssets(),
    fileHashes(models),
    earlyNetworks(models),
    openingPicture(models),
    citation(),
    plainStyles(),
    encoding(),
    integrity(),
    declarations(),
  ],
  worker: { format: "es" },
  build: {
    target: "es2022",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      preserveEntrySignatures: "strict",
      input,
      output: {
        entryFileNames: (chunk) => (stable.has(chunk.name) ? "[name].js" : "assets/[name]-[hash].js"),
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});

export default defineConfig(({ mode }) => {
  if (mode !== "package")
    return mergeConfig(built({ index: resolve(here, "index.html"), ...library }), {
      plugins: [gzippedWasm(), offlineWorker(models)],
    });
  if (!process.env["MODELS"])
    throw new Error("MODELS is the built site's folder of networks: run cargo xtask package");
  return mergeConfig(built(library), packageConfig(models));
});
