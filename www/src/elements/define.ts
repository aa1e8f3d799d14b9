// The names of elements.

/**
 * Gives an element its name, unless another copy of this site on the page has given it: then that copy's elements
 * are the page's, and this copy's are not used.
 */
export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}
