// Tables as files for spreadsheets and programs: CSV as in RFC 4180. It is the same in every language of the page:
// English heads with their units, numbers with every digit and a decimal point.

import { save } from "./files.js";

/** What stands in a field; nothing for `null`. */
export type Cell = string | number | boolean | null;

export interface Table {
  header: readonly string[];
  rows: readonly (readonly Cell[])[];
}

/** Beginnings that make a spreadsheet run a text as a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function field(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell !== "string") return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The table as text: lines end in CR LF, the last one, too. */
export function csv({ header, rows }: Table): string {
  return [header, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

/** Hands a table to the visitor. */
export function saveTable(table: Table, name: string): void {
  save(new Blob([csv(table)], { type: "text/csv;charset=utf-8" }), `blind-spots-${name}.csv`);
}

/** Heads of the columns with a probability for every class. */
export function probabilityHeads(classes: number, of = ""): string[] {
  return Array.from({ length: classes }, (_, k) => `${of}probability of ${k} (0 to 1)`);
}
