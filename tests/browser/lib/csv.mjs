// CSV as RFC 4180 has it, read without mercy.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** The fields of a file, row by row; fails where it is not what the standard says. */
export function parse(text) {
  assert.ok(text.endsWith("\r\n"), "the last line ends, too");
  const rows = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const found = field.exec(text);
    assert.ok(found, `a field at ${at}: ${text.slice(at, at + 40)}`);
    const [, quoted, plain, end] = found;
    rows.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === "\r\n") rows.push([]);
  }
  rows.pop();
  for (const row of rows) assert.equal(row.length, rows[0].length, "all rows are as long as the first");
  return rows;
}

/** Presses a button that saves a table, and reads the file. */
export async function savedTable(page, name) {
  const button = page.getByTestId(`csv-${name}`);
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  assert.equal(download.suggestedFilename(), `blind-spots-${name}.csv`);
  const [header, ...rows] = parse(readFileSync(await download.path(), "utf8"));
  return { header, rows };
}

/** A field as a number: `null` for an empty one, a failure for what is none. */
export function numeric(field) {
  if (field === "") return null;
  assert.match(field, /^-?\d+(\.\d+)?(e[+-]\d+)?$/);
  return Number(field);
}
