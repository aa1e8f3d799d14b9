// The lab that all elements of a page share, and the page's address.

import { write } from "./address.js";
import { Lab } from "./lab.js";

let shared: Lab | null = null;

/** The lab of this page: what elements use that are not given another one. */
export function sharedLab(): Lab {
  if (!shared) {
    const lab = new Lab(location.search);
    lab.addEventListener("change", () => {
      const search = write(lab.choices, location.search);
      if (search === location.search) return;
      try {
        history.replaceState(history.state, "", search || location.pathname);
      } catch {
        // A sandboxed frame may not change its address; the page works without.
      }
    });
    shared = lab;
  }
  return shared;
}
