// The elements' styles as visitors get them: without the comments and indentation of their sources.

import type { Plugin } from "vite";

export function plainStyles(): Plugin {
  return {
    name: "plain-styles",
    apply: "build",
    enforce: "pre",
    transform: {
      filter: { id: /\/src\/.*\.ts$/ },
      handler: (code) => code.replace(/\bcss`[^`]*`/g, plain),
    },
  };
}

function plain(style: string): string {
  return style
    .replace(/\/\*.*?\*\//gs, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([{};,]) ?/g, "$1");
}
