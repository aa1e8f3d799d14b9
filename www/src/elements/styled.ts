import { noChange } from "lit";
import { Directive, directive, PartType, type ElementPart, type PartInfo } from "lit/directive.js";

/** Properties of an element's own style, by their names; custom ones begin with two hyphens. */
type Properties = Readonly<Record<string, string>>;

class Styled extends Directive {
  #set: Properties = {};

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error("styled() stands in an element's tag");
  }

  override render(_properties: Properties): typeof noChange {
    return noChange;
  }

  override update(part: ElementPart, [properties]: [Properties]): typeof noChange {
    const { style } = part.element as HTMLElement;
    for (const name of Object.keys(this.#set)) if (!(name in properties)) style.removeProperty(name);
    for (const [name, value] of Object.entries(properties)) {
      if (this.#set[name] !== value) style.setProperty(name, value);
    }
    this.#set = properties;
    return noChange;
  }
}

/**
 * Gives an element a style of its own, `<i ${styled({ left: "3%" })}>`, property by property: a style
 * attribute would be ignored on a page whose policy allows styles of its own origin only.
 */
export const styled = directive(Styled);

/** So many per cent of the whole, of a share from 0 to 1. */
export function percentOf(share: number): string {
  return `${100 * share}%`;
}
