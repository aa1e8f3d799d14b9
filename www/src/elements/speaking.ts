// Which language the elements of a page speak: what the lab's settings or the address say; otherwise what the page
// around the first element says that it is in (`lang`); where that says that it does not know (`lang=""`), as the
// site's own page does, the first of the browser's languages that there is. English where there is none of these.

import { msg, str } from "@lit/localize";
import type { Lab } from "../lab/lab.js";
import { language, languages, ofBrowser, speak, spoken, tagOf } from "../lab/language.js";

/** The element that decides, and its lab. */
let first: { element: HTMLElement; lab: Lab } | null = null;

/** All elements that are on the page, with their labs. */
const present = new Map<HTMLElement, Lab>();

/** What elements said in `lang`, `null` where they said nothing, before they were given what they speak. */
const given = new WeakMap<Element, { said: string | null; tag: string }>();

/** What is spoken, or on its way. */
let wish = language();

let observer: MutationObserver | null = null;

/**
 * An element has come onto the page: it decides, where no other does, and says in `lang` what it speaks, and in
 * `dir` that all its languages run from left to right, whatever those of the page do.
 */
export function speaks(element: HTMLElement, lab: Lab): void {
  present.set(element, lab);
  element.dir = "ltr";
  if (!first) follow(element, lab);
  mark(element);
}

function follow(element: HTMLElement, lab: Lab): void {
  first = { element, lab };
  lab.addEventListener("change", decide);
  observer ??= observed();
  decide();
}

/** An element has left the page; if it decided, another does. */
export function leaves(element: HTMLElement): void {
  present.delete(element);
  if (first?.element !== element) return;
  first.lab.removeEventListener("change", decide);
  first = null;
  for (const [next, lab] of present) return follow(next, lab);
}

/** A page may change its language. */
function observed(): MutationObserver {
  const observer = new MutationObserver((changes) => {
    for (const { target } of changes) {
      const element = target as Element;
      if (element.getAttribute("lang") !== given.get(element)?.tag) given.delete(element);
    }
    decide();
    markAll();
  });
  observer.observe(document.documentElement, { attributeFilter: ["lang"], subtree: true });
  return observer;
}

function decide(): void {
  if (!first) return;
  const { element, lab } = first;
  const asked = lab.choices.lang ?? around(element, (one) => given.get(one)?.said);
  const next = asked === "" ? ofBrowser() : (spoken(asked ?? "") ?? "en");
  if (next === wish) return;
  wish = next;
  speak(next)
    .catch(() => {
      wish = language();
      lab.choices.lang = wish;
      const name = new Map(languages).get(next) ?? next;
      lab.tell(() => msg(str`The page's words in ${name} could not be loaded.`));
    })
    .finally(() => markAll());
}

function markAll(): void {
  for (const element of present.keys()) mark(element);
}

/** Gives an element the `lang` that it speaks, where what is around it is in another. */
function mark(element: HTMLElement): void {
  if (spoken(around(element) ?? "") === wish) return;
  // What was given before is not what it said.
  const { said } = given.get(element) ?? { said: element.getAttribute("lang") };
  given.set(element, { said, tag: tagOf(wish) });
  element.lang = tagOf(wish);
}

/** The nearest `lang` around an element, through shadow trees; `null` where there is none. */
function around(
  element: Element,
  said: (element: Element) => string | null | undefined = () => undefined,
): string | null {
  let one: Element | null = element;
  while (one) {
    const before = said(one);
    const lang = before === undefined ? one.getAttribute("lang") : before;
    if (lang !== null) return lang;
    const root: Node = one.getRootNode();
    one = one.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
  }
  return null;
}
