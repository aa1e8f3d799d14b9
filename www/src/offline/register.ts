// Has a browser keep the page for when there is no network.

import { fastestSimd } from "../engine/simd.js";
import { trusted } from "../engine/trusted.js";
import { sharedLab } from "../lab/shared.js";

/** Registers the service worker, where there may be one, once all networks read: a first visit comes first. */
export function keepForOffline(): void {
  const workers = allowed();
  if (!workers) return;
  const lab = sharedLab();
  const look = () => {
    const { slots } = lab;
    if (slots.length === 0 || !slots.every(({ state, model }) => state === "ready" && !model?.early)) return;
    lab.removeEventListener("change", look);
    const url = new URL(`offline.js?simd=${fastestSimd()}`, document.baseURI);
    // Where a browser or a host forbids it the page works as before.
    workers.register(trusted(url.href), { updateViaCache: "none" }).catch(() => undefined);
  };
  lab.addEventListener("change", look);
  look();
}

/**
 * The browser's service workers; `null` where the page is in a frame, which keeps nothing on anybody's machine,
 * where the visitor saves data, or where there are none.
 */
function allowed(): ServiceWorkerContainer | null {
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  if (import.meta.env.DEV || window.parent !== window || connection?.saveData) return null;
  try {
    return (navigator as Partial<Navigator>).serviceWorker ?? null;
  } catch {
    return null; // A page in a sandbox may not even ask.
  }
}
