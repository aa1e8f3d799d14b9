// What the page says on top.

import type { Said } from "./saying.js";

/** In the language that is spoken when it is read, where it can be. */
export interface Notice extends Readonly<Said> {
  /** Whether a button to start the engine again helps. */
  restart: boolean;
}

/** A notice of words that are made anew in every language. */
export function noticeOf(words: () => string | Said, restart: boolean): Notice {
  const said = () => {
    const text = words();
    return typeof text === "string" ? { text, lang: null } : text;
  };
  return {
    get text() {
      return said().text;
    },
    get lang() {
      return said().lang;
    },
    restart,
  };
}
