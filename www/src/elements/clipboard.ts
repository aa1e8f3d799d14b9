// Where links lead, and how they are copied.

/** The site's own page: this one where its address is kept, or the one beside the scripts. */
export function sitePage(): string {
  const here = `${location.origin}${location.pathname}`;
  if (import.meta.env.DEV || document.querySelector("bs-app[address]")) return here;
  return new URL(/* @vite-ignore */ "../", import.meta.url).href;
}

/** Whether a text is in the clipboard now. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Not every page, frame or browser may.
    return false;
  }
}
