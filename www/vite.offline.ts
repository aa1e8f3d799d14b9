// The service worker, with the list of what this version of the site is made of.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { transformWithOxc, type Plugin } from "vite";
import { digest, forms, versioned } from "./vite.hashes.js";

/** Files beside index.html that it asks for; their addresses get a `?v=`. */
const BESIDE = ["start.js", "icon.svg"];

/** Writes `offline.js` of what the built site holds, and of a folder of networks that is served with it. */
export function offlineWorker(models: string): Plugin {
  let out = "";
  return {
    name: "offline-worker",
    apply: "build",
    configResolved(config) {
      out = resolve(config.root, config.build.outDir);
    },
    // After `integrity`, which writes the page.
    closeBundle: {
      order: "post",
      async handler() {
        const page = join(out, "index.html");
        // A build that failed says so itself.
        if (!existsSync(page)) return;
        const [, mark] =
          /<script type="module"[^>]* src="\.\/(assets\/[^"]+)"/.exec(readFileSync(page, "utf8")) ?? [];
        if (!mark) this.error("index.html has no script of its own");
        const html = BESIDE.reduce(
          (text, name) => text.replaceAll(`"./${name}"`, `"./${versioned(name, join(out, name))}"`),
          readFileSync(page, "utf8"),
        );
        writeFileSync(page, html);
        const named = (folder: string, path: string) =>
          readdirSync(folder).map((name): [string, string] => [path + name, join(folder, name)]);
        const files = [
          ...named(join(out, "assets"), "assets/"),
          ...BESIDE.map((name): [string, string] => [versioned(name, join(out, name)), join(out, name)]),
          ...named(models, "models/").map(([name, file]): [string, string] => [versioned(name, file), file]),
        ];
        const builds = ["baseline", "relaxed"].map((simd): [string, Buffer] => {
          const module = resolve(import.meta.dirname, `src/engine/wasm/${simd}/blindspots_bg.wasm`);
          return [simd, readFileSync(module)];
        });
        // While developing both are one.
        const [one, other] = builds.map(([, module]) => module);
        if (one && other?.equals(one)) builds.length = 0;
        const rows = files.map(([address, file]) => {
          const held = forms(file);
          const integrity = held.map((form) => `sha256-${digest("sha256", form).toString("base64")}`);
          const build = builds.find(([, module]) => held.some((form) => form.equals(module)));
          return [address, integrity.join(" "), ...(build ? [build[0]] : [])];
        });
        if (rows.filter((row) => row.length > 2).length !== builds.length)
          this.error("the site does not hold the engine's two builds");
        const source = resolve(import.meta.dirname, "src/offline/worker.ts");
        const { code } = await transformWithOxc(readFileSync(source, "utf8"), source);
        const head = `const FILES = ${JSON.stringify(rows)};\nconst MARK = ${JSON.stringify(mark)};\n`;
        writeFileSync(join(out, "offline.js"), `(() => {\n${head}${code}})();\n`);
      },
    },
  };
}
