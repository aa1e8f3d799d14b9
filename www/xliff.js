// The texts in languages/*.xlf: each in English, as the sources have it, and its translation.

/** Texts that are the same in a language as in English: names, and words that both have. */
const SHARED = {
  de: ["in {0}", "Autoencoder", "Quiz", "Name", "Code"],
  es: ["CPU", "original", "8 bits", "logits"],
  fr: [
    "Pixels",
    "Perturbation",
    "Image",
    "quiz",
    "Quiz",
    "Directions",
    "Direction {0}",
    "8 bits",
    "Code",
    "logits",
  ],
  zh: ["CPU", "logits"],
};

const UNIT = /<trans-unit id="([^"]+)">([\s\S]*?)<\/trans-unit>/g;
const PLACEHOLDER = /<x id="(\d+)" equiv-text="([^"]*)"\/>/g;

/** By the texts' ids; `target` is `null` where there is no translation. */
export function units(xliff) {
  const part = (unit, name) => new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(unit)?.[1] ?? null;
  return new Map(
    [...xliff.matchAll(UNIT)].map(([, id, unit]) => [
      id,
      { source: part(unit, "source"), target: part(unit, "target") },
    ]),
  );
}

/** A text without what a formatter may change: white space is one space. */
function plain(text) {
  return text.replaceAll(/(\s|&#1?[0-9A-Fa-f];|&#x[AaDd9];)+/g, " ").trim();
}

/** A file with the translations that `before` has of the same words, where only white space has changed. */
export function carried(xliff, before) {
  const known = [...units(before).values()].filter(({ target }) => target !== null);
  const bySource = new Map(known.map(({ source, target }) => [plain(source), target]));
  return xliff.replaceAll(UNIT, (whole) => {
    const [{ source, target }] = units(whole).values();
    const old = target === null ? bySource.get(plain(source)) : undefined;
    if (old === undefined) return whole;
    const now = new Map([...source.matchAll(PLACEHOLDER)].map(([all, id]) => [id, all]));
    const words = old.replaceAll(PLACEHOLDER, (all, id) => now.get(id) ?? all);
    return whole.replace(/<\/source>(\s*)/, (all, space) => `${all}<target>${words}</target>${space}`);
  });
}

/** What is wrong with the translations of a language, a line each. */
export function faults(xliff, language) {
  return [...units(xliff)].flatMap(([id, { source, target }]) => {
    const shown = plain(source.replaceAll(PLACEHOLDER, "{$1}"));
    const wrong = (what) => [`${language}.xlf, ${id}: “${shown}” ${what}`];
    if (target === null || target.trim() === "") return wrong("is not translated");
    const words = plain(target.replaceAll(PLACEHOLDER, ""));
    if (placeholders(source).join() !== placeholders(target).join())
      return wrong("has other placeholders and links in its translation");
    if (plain(source) === plain(target) && /\p{L}/u.test(words) && !SHARED[language]?.includes(shown))
      return wrong("is still in English");
    return [];
  });
}

/** Its placeholders, in the order of their numbers. */
function placeholders(text) {
  return [...text.matchAll(PLACEHOLDER)].map(([, id, what]) => `${id} ${plain(what)}`).sort();
}
