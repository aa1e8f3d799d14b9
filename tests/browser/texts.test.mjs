// The page's texts: each is translated into every language, with the same placeholders and links.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { pathToFileURL } from "node:url";
import { repository } from "./lib/server.mjs";

const { carried, faults, units } = await import(pathToFileURL(join(repository, "www/xliff.js")));
const folder = join(repository, "www/languages");
const files = new Map(
  readdirSync(folder).map((name) => [name.replace(/\.xlf$/, ""), readFileSync(join(folder, name), "utf8")]),
);

it("every text is in every language", () => {
  assert.deepEqual([...files.keys()].sort(), ["de", "es", "fr", "zh"]);
  const ids = [...units(files.get("de")).keys()];
  assert.ok(ids.length > 10, `${ids.length} texts`);
  for (const [language, text] of files) {
    assert.deepEqual(faults(text, language), []);
    assert.deepEqual([...units(text).keys()], ids, language);
  }
});

it("what is missing, still in English, or has other placeholders is found", () => {
  const unit = (source, target) =>
    `<trans-unit id="s1"><source>${source}</source>${target === null ? "" : `<target>${target}</target>`}</trans-unit>`;
  const x = '<x id="0" equiv-text="${count}"/>';
  const link = '<x id="1" equiv-text="&lt;a href=&quot;https://a.example&quot;>"/>';
  assert.deepEqual(faults(unit(`read ${x}`, `lies ${x}`), "de"), []);
  assert.deepEqual(faults(unit(`${x} ${link}b`, `${link}c ${x}`), "de"), [], "another order");
  const wrong = [
    [unit("Close", null), /is not translated/],
    [unit("Close", " "), /is not translated/],
    [unit("Close", "Close"), /is still in English/],
    [unit(`read ${x}`, "lies"), /other placeholders/],
    [unit(`read ${x}`, `lies ${x.replace("count", "other")}`), /other placeholders/],
    [unit(`${x} ${link}b`, `${x} ${link.replace("a.example", "b.example")}c`), /other placeholders/],
  ];
  for (const [text, right] of wrong) {
    const found = faults(text, "de");
    assert.equal(found.length, 1, text);
    assert.match(found[0], right);
  }
  // A text that is taken out of a file that is there.
  const german = files.get("de");
  const doctored = german.replace(/<target>[\s\S]*?<\/target>\s*/, "");
  assert.equal(faults(doctored, "de").length, 1);
});

it("a text that is only laid out anew keeps its translation", () => {
  const unit = (source, target = "") =>
    `<trans-unit id="s1">\n  <source>${source}</source>\n${target}</trans-unit>`;
  const before = unit("two\n    lines", "  <target>zwei Zeilen</target>\n");
  const after = carried(unit("two lines"), before);
  assert.equal(units(after).get("s1").target, "zwei Zeilen");
  assert.equal(units(carried(unit("two words"), before)).get("s1").target, null);
});
