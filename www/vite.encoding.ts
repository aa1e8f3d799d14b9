// What a host may say of a file's characters is not always so: a mark at the start of a file counts for more.
// Modules and JSON are UTF-8 whatever a host says.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plugin } from "vite";
import { afterBuild } from "./vite.built.js";

const MARK = "\uFEFF";

/** Begins the page, and the scripts that are no modules, with the mark of UTF-8 where they need it. */
export function encoding(): Plugin {
  return afterBuild("encoding", (out) => {
    if (!existsSync(join(out, "index.html"))) return;
    const beside = readdirSync(resolve(import.meta.dirname, "public"));
    for (const name of ["index.html", ...beside.filter((file) => file.endsWith(".js"))]) {
      const text = readFileSync(join(out, name), "utf8");
      // eslint-disable-next-line no-control-regex
      if (/[^\x00-\x7F]/.test(text) && !text.startsWith(MARK)) writeFileSync(join(out, name), MARK + text);
    }
  });
}
