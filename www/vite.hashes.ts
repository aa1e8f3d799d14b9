// What makes a file that was damaged or exchanged noticed: its hash in the scripts that load it, and, for
// what index.html loads, in index.html.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { afterBuild } from "./vite.built.js";

const engine = resolve(import.meta.dirname, "src/engine");

/** Fills in `src/engine/hashes.ts` with the Wasm modules and the files of a folder of networks. */
export function fileHashes(models: string): Plugin {
  return {
    name: "file-hashes",
    apply: "build",
    enforce: "pre",
    load(id) {
      if (id !== resolve(engine, "hashes.ts")) return null;
      const table = (name: string, files: [string, string][]) => {
        const rows = files.map(([key, file]) => [
          key,
          forms(file).map((form) => digest("sha256", form).toString("hex")),
        ]);
        return `export const ${name} = ${JSON.stringify(Object.fromEntries(rows))};\n`;
      };
      const wasm = readdirSync(join(engine, "wasm")).map((folder): [string, string] => {
        const files = readdirSync(join(engine, "wasm", folder));
        const [module, ...others] = files.filter((name) => name.endsWith(".wasm"));
        if (!module || others.length > 0) throw new Error(`wasm/${folder} does not hold one module`);
        return [folder, join(engine, "wasm", folder, module)];
      });
      const files = readdirSync(models).map((name): [string, string] => [name, join(models, name)]);
      return table("models", files) + table("modules", wasm);
    },
  };
}

/** Gives scripts and styles in index.html, with all that these scripts import, their `integrity`. */
export function integrity(): Plugin {
  return afterBuild("integrity", function (out) {
    const page = join(out, "index.html");
    if (!existsSync(page)) return;
    const html = withImports(readFileSync(page, "utf8"), out);
    // Without `crossorigin` a page of an opaque origin could not check any; start.js, which says why a page
    // does not start, must load even where a host does not allow that.
    const loading =
      /<(?:script|link rel="(?:stylesheet|modulepreload)")[^>]*? crossorigin (?:src|href)="\.\/([^"]+)"/g;
    const marked = html.replaceAll(
      loading,
      (tag, file: string) =>
        `${tag} integrity="sha384-${digest("sha384", readFileSync(join(out, file))).toString("base64")}"`,
    );
    if (marked === html) this.error("index.html loads nothing that has an integrity");
    writeFileSync(page, marked);
  });
}

/** The page with a `modulepreload` for every script that one of its modules imports. */
function withImports(html: string, out: string): string {
  const loaded = [...html.matchAll(/(?:src|href)="\.\/assets\/([^"]+\.js)"/g)].map(([, name]) => name ?? "");
  const known = new Set(loaded);
  for (const name of known) {
    const code = readFileSync(join(out, "assets", name), "utf8");
    for (const [, file] of code.matchAll(/(?:\bfrom|\bimport)\s*["'`]\.\/([\w.-]+\.js)["'`]/g)) {
      if (file) known.add(basename(file));
    }
  }
  const added = [...known].filter((name) => !loaded.includes(name));
  const links = added.map((name) => `    <link rel="modulepreload" crossorigin href="./assets/${name}">\n`);
  return html.replace("  </head>", `${links.join("")}  </head>`);
}

/** The address of a file with its content's name: of another content it is another address. */
export function versioned(address: string, file: string): string {
  return `${address}?v=${digest("sha256", readFileSync(file)).toString("hex").slice(0, VERSION)}`;
}

/** Hexadecimal digits of a hash that tell versions of a file apart; `src/engine/cards.ts` takes as many. */
const VERSION = 8;

/** What a page may get for a file: many hosts say of a .gz that it is only packed, and browsers unpack it. */
export function forms(file: string): Buffer[] {
  const bytes = readFileSync(file);
  return file.endsWith(".gz") ? [bytes, gunzipSync(bytes)] : [bytes];
}

export function digest(kind: string, bytes: Uint8Array): Buffer {
  return createHash(kind).update(bytes).digest();
}
