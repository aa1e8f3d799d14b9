// The page's address, whatever is in it: it is read without complaint, and what is written is read again.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { pathToFileURL } from "node:url";
import { repository } from "./lib/server.mjs";

const CASES = 5_000;
/** Pieces of addresses, right and wrong. */
const PIECES = [
  ..."=&?#%+,;0129aé😀 ",
  ...["model", "target", "method", "sample", "backend", "seed", "panel", "units", "transfer", "hide", "utm"],
  ...[
    "fc100-100-10",
    "cw",
    "boundary",
    "webgpu",
    "cpu",
    "auto",
    "title",
    "about",
    "slice",
    "cnn.2",
    "999999999",
  ],
  ...["%2C", "%252C", "%", "%FF", "%00", "-1", "1e3", "0x1", "9007199254740993", "__proto__", "constructor"],
];

let folder, address, methods, parts, defaults;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "blindspots-address-"));
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  const tsc = join(repository, "www/node_modules/typescript/bin/tsc");
  const source = join(repository, "www/src");
  const options = ["--noCheck", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler"];
  options.push("--ignoreConfig", "--rootDir", source, "--outDir", folder);
  execFileSync(process.execPath, [tsc, ...options, join(source, "lab/address.ts")], { stdio: "pipe" });
  const load = (name) => import(pathToFileURL(join(folder, "lab", `${name}.js`)));
  address = await load("address");
  ({ parts, defaults } = address);
  methods = (await load("methods")).ways.map(({ method }) => method);
});
after(() => rmSync(folder, { recursive: true }));

/** Numbers that are the same everywhere: below `end`, from a seed (PCG's multiplier). */
function random(seed) {
  let state = BigInt(seed);
  return (end) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number((state >> 33n) % BigInt(end));
  };
}

const one = (below, list) => list[below(list.length)];
const some = (below, most) => Array.from({ length: below(most) }, () => one(below, PIECES)).join("");

/** Whether these are choices that the page can make something of. */
function assertSound({ choices, hidden }, what) {
  const { model, target, method, sample, backend, seed, ...texts } = choices;
  const within = (value, most) => Number.isInteger(value) && value >= 0 && value <= most;
  assert.equal(typeof model, "string", what);
  assert.ok(target === null || within(target, 9), what);
  assert.ok(methods.includes(method), what);
  assert.ok(within(sample, 99) && within(seed, 999_999_999), what);
  assert.ok(["auto", "webgpu", "cpu"].includes(backend), what);
  for (const text of Object.values(texts)) assert.ok(text === null || typeof text === "string", what);
  assert.ok(
    [...hidden].every((part) => parts.includes(part)),
    what,
  );
}

it("anything is read, and stays as it was read when it is written", () => {
  const below = random(1);
  let changed = 0;
  for (let i = 0; i < CASES; i += 1) {
    const pairs = Array.from({ length: below(6) }, () => `${one(below, PIECES)}=${some(below, 3)}`);
    const search = `?${[...pairs, some(below, 12)].join("&")}`;
    const found = address.read(search);
    assertSound(found, search);
    const written = address.write(found.choices, search);
    assert.deepEqual(address.read(written), found, search);
    assert.equal(address.write(found.choices, written), written, "written once is written for good");
    changed += Number(JSON.stringify(found.choices) !== JSON.stringify(defaults));
  }
  assert.ok(changed > CASES / 20, `control: ${changed} addresses say something`);
});

it("what is chosen is what a link brings back, and what others put there stays", () => {
  const below = random(2);
  for (let i = 0; i < CASES; i += 1) {
    const text = () => (below(3) ? some(below, 6) : null);
    const choices = {
      model: some(below, 6),
      target: below(2) ? below(10) : null,
      method: one(below, methods),
      sample: below(100),
      backend: one(below, ["auto", "webgpu", "cpu"]),
      seed: below(1_000_000_000),
      panel: text(),
      units: text(),
      transfer: text(),
    };
    const others = new URLSearchParams([
      ["utm", some(below, 6)],
      ["hide", "title,about"],
    ]);
    const written = address.write(choices, `?${others}`);
    const found = address.read(written);
    assert.deepEqual(found.choices, choices, written);
    assert.deepEqual([...found.hidden], ["title", "about"]);
    assert.equal(new URLSearchParams(written).get("utm"), others.get("utm"));
    // A control: another number is other choices.
    const other = address.write({ ...choices, sample: (choices.sample + 1) % 100 }, written);
    assert.notDeepEqual(address.read(other).choices, choices);
  }
});
