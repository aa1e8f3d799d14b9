// What a page says, word by word, for readers and for those who listen.

/** In the page: all texts that can be seen or heard, but those that say themselves that they are English. */
export function said() {
  const found = new Set();
  const add = (text) => {
    const words = text.replace(/\s+/g, " ").trim();
    if (/\p{L}/u.test(words)) found.add(words);
  };
  const walk = (root) => {
    for (const node of root.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) add(node.data);
      if (!(node instanceof Element) || /^(style|script|noscript)$/.test(node.localName)) continue;
      // An element of the page says what the page speaks; the choice of languages is in all of them.
      const foreign = /^en\b/.test(node.getAttribute("lang") ?? "") && !node.localName.startsWith("bs-");
      if (foreign || (node.localName === "option" && node.lang)) continue;
      if (!node.checkVisibility() && node.localName !== "option") continue;
      for (const name of ["aria-label", "title", "aria-valuetext", "placeholder", "aria-roledescription"])
        add(node.getAttribute(name) ?? "");
      walk(node);
      if (node.shadowRoot) walk(node.shadowRoot);
    }
  };
  walk(document.body);
  return [...found];
}

/** In the page: its paragraphs, captions and items of lists, and the labels of its pictures, each as a whole. */
export function paragraphs() {
  const found = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (/^(p|caption|figcaption|li|dd)$/.test(element.localName)) found.push(element.textContent);
      if (element.getAttribute("role") === "img") found.push(element.getAttribute("aria-label") ?? "");
      if (element.shadowRoot) walk(element.shadowRoot);
    }
  };
  walk(document.body);
  return found.map((text) => text.replace(/\s+/g, " ").trim());
}
