// What is done to a built site once all of its files are written.

import { resolve } from "node:path";
import type { Plugin, Rolldown } from "vite";

/** A step after a build, which is told the site's folder. */
export function afterBuild(name: string, work: (this: Rolldown.PluginContext, out: string) => void): Plugin {
  let out = "";
  return {
    name,
    apply: "build",
    configResolved(config) {
      out = resolve(config.root, config.build.outDir);
    },
    // The last hook: what the files are is final.
    closeBundle() {
      work.call(this, out);
    },
  };
}
