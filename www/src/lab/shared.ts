// The lab that all elements of a page share, and where its settings come from and are kept.

import { read, write } from "./address.js";
import { Lab } from "./lab.js";

let shared: Lab | null = null;

/** Milliseconds without a change after which the address is written. */
const QUIET = 200;

/**
 * The lab of this page: what elements use that are not given another one. It is set as one of the page's elements
 * says in its `settings`, in an address's words (`settings="model=cnn&hide=own"`); where one has the attribute
 * `address`, the page's address goes before that and is kept up to date.
 */
export function sharedLab(): Lab {
  if (shared) return shared;
  const own = (attribute: string) =>
    [...document.querySelectorAll(`[${attribute}]`)].find(({ localName }) => localName.startsWith("bs-"));
  const settings = own("settings")?.getAttribute("settings") ?? "";
  if (!own("address")) return (shared = new Lab(settings));
  const both = new URLSearchParams(settings);
  const address = new URLSearchParams(location.search);
  for (const key of address.keys()) both.delete(key);
  for (const [key, value] of address) both.append(key, value);
  shared = new Lab(both.toString());
  keepAddress(shared, settings);
  return shared;
}

/** Keeps the page's address what a link to it should be. */
function keepAddress(lab: Lab, settings: string): void {
  const base = read(settings).seen;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const keep = () => {
    clearTimeout(waiting);
    const search = write(lab.seen, location.search, base);
    if (search === location.search) return;
    try {
      history.replaceState(history.state, "", search || location.pathname);
    } catch {
      // A sandboxed frame may not change its address; the page works without.
    }
  };
  // While a pen moves everything changes often; browsers allow few changes of an address.
  lab.addEventListener("change", () => {
    clearTimeout(waiting);
    waiting = setTimeout(keep, QUIET);
  });
  addEventListener("pagehide", keep);
}
