// Elements as text, for files that are XML.

/** An element's attributes; one that is `null` is left out. */
export type Attributes = Readonly<Record<string, string | number | null>>;

/** What stands in an element: elements as `element` makes them, and texts as `text` does. */
export type Content = readonly string[];

/** A text that means only itself; what XML cannot hold at all is left out. */
export function text(words: string): string {
  return words
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

export function element(name: string, attributes: Attributes, ...content: Content): string {
  const given = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => ` ${key}="${text(String(value))}"`)
    .join("");
  return content.length === 0 ? `<${name}${given}/>` : `<${name}${given}>${content.join("")}</${name}>`;
}
