// How the site and the paper are cited: CITATION.cff in words and as BibTeX.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";
import { parse } from "yaml";
import type { Citation } from "./src/lab/citations.js";

const here = import.meta.dirname;
const source = resolve(here, "../CITATION.cff");

/** A person, or a group under one name. */
type Author = { name: string } | { "family-names": string; "given-names": string };

/** What is cited, as far as it is used here. */
interface Work {
  title: string;
  authors: Author[];
  version?: string;
  license?: string[];
  year?: number;
  journal?: string;
  notes?: string;
}

/** Fills in `src/lab/citations.ts` from CITATION.cff. */
export function citation(): Plugin {
  return {
    name: "citation",
    enforce: "pre",
    load(id) {
      if (id !== resolve(here, "src/lab/citations.ts")) return null;
      this.addWatchFile(source);
      return `export const citations = ${JSON.stringify(citationsOf(readFileSync(source, "utf8")))};\n`;
    },
  };
}

function citationsOf(cff: string): { software: Citation; paper: Citation } {
  const software = parse(cff) as Work & { references: Work[] };
  const [paper] = software.references;
  if (!paper) throw new Error("CITATION.cff names no paper");
  return {
    software: { text: inWords(software), bibtex: bibtex("software", "blindspots", software) },
    paper: { text: inWords(paper), bibtex: bibtex("article", keyOf(paper), paper) },
  };
}

/** "Szegedy, C., and Fergus, R. Title. Journal, 2013. Notes." */
function inWords({ authors, title, version, journal, year, notes }: Work): string {
  const names = authors.map((author) =>
    "name" in author ? author.name : `${author["family-names"]}, ${author["given-names"].slice(0, 1)}.`,
  );
  const last = names.pop() ?? "";
  const who = names.length > 0 ? `${names.join(", ")}, and ${last}` : last;
  const where = [journal, year].filter((part) => part !== undefined).join(", ");
  const parts = [who, title, version === undefined ? "" : `Version ${version}`, where, notes ?? ""];
  return parts
    .filter((part) => part !== "")
    .map((part) => (part.endsWith(".") ? part : `${part}.`))
    .join(" ");
}

function bibtex(kind: string, key: string, { authors, title, version, license, journal, year, notes }: Work) {
  // A group's name is kept whole by braces of its own; so are the title's capitals.
  const who = authors.map((author) =>
    "name" in author
      ? `{${escaped(author.name)}}`
      : `${escaped(author["family-names"])}, ${escaped(author["given-names"])}`,
  );
  const fields = {
    title: `{${escaped(title)}}`,
    author: who.join(" and "),
    version: version === undefined ? null : escaped(version),
    license: license === undefined ? null : escaped(license.join(" OR ")),
    journal: journal === undefined ? null : escaped(journal),
    year: year === undefined ? null : String(year),
    note: notes === undefined ? null : escaped(notes),
  };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [`  ${name} = {${value}},`],
  );
  return [`@${kind}{${key},`, ...lines, "}"].join("\n");
}

/** Letters that mean something in LaTeX, as themselves. */
function escaped(text: string): string {
  return text.replaceAll(/[&%$#_{}]/g, "\\$&");
}

/** "szegedy2013". */
function keyOf({ authors: [first], year }: Work): string {
  const name = first && ("name" in first ? first.name : first["family-names"]);
  return `${name ?? ""}${year ?? ""}`.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}
