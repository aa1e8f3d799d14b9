// Takes the page's texts out of its sources into languages/*.xlf, and makes src/languages/*.ts of the translations
// there; with --check it changes nothing and fails where that would. `cargo xtask languages` runs it.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { readConfigFileAndWriteSchema } from "@lit/localize-tools/lib/config.js";
import { RuntimeLitLocalizer } from "@lit/localize-tools/lib/modes/runtime.js";
import { printDiagnostics } from "@lit/localize-tools/lib/typescript.js";
import { carried, faults } from "./xliff.js";

/** Faults that are shown. */
const MOST = 20;

const here = import.meta.dirname;
const check = process.argv.includes("--check");
const target = check ? mkdtempSync(join(tmpdir(), "blindspots-languages-")) : here;

const config = readConfigFileAndWriteSchema(join(here, "lit-localize.json"));
config.interchange.xliffDir = join(target, "languages");
config.output.outputDir = join(target, "src/languages");
config.output.localeCodesModule = join(target, "src/languages/codes.ts");

try {
  if (check) cpSync(join(here, "languages"), config.interchange.xliffDir, { recursive: true });
  const before = files(config.interchange.xliffDir);
  const extraction = new RuntimeLitLocalizer(config);
  const { messages, errors } = extraction.extractSourceMessages();
  if (errors.length > 0) {
    printDiagnostics(errors);
    throw new Error("a text cannot be taken out of the sources");
  }
  await extraction.writeInterchangeFiles();
  for (const [name, text] of files(config.interchange.xliffDir)) {
    const whole = carried(text, before.get(name) ?? "");
    if (whole !== text) writeFileSync(join(config.interchange.xliffDir, name), whole);
  }
  // Another one, since one reads the translations once.
  const building = new RuntimeLitLocalizer(config);
  // It warns of what is said below.
  console.warn = () => undefined;
  await building.build();
  const wrong = [...files(config.interchange.xliffDir)].flatMap(([name, text]) =>
    faults(text, name.replace(/\.xlf$/, "")),
  );
  for (const line of wrong.slice(0, MOST)) console.error(line);
  if (wrong.length > MOST) console.error(`and ${wrong.length - MOST} more`);
  if (check) {
    for (const folder of ["languages", "src/languages"]) {
      const [wanted, found] = [files(join(target, folder)), files(join(here, folder))];
      for (const name of new Set([...wanted.keys(), ...found.keys()])) {
        if (wanted.get(name) !== found.get(name))
          throw new Error(`www/${folder}/${name} is not up to date: run cargo xtask languages`);
      }
    }
  }
  if (wrong.length > 0) throw new Error("put it right in www/languages/");
  console.log(`${messages.length} texts in ${config.targetLocales.length + 1} languages`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  if (check) rmSync(target, { recursive: true });
}

/** The texts of a folder's files, by their names; none where there is no folder. */
function files(folder) {
  try {
    return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  } catch (error) {
    if (error.code === "ENOENT") return new Map();
    throw error;
  }
}
