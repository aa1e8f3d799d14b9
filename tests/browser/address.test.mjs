// The page's address, whatever is in it: it is read without complaint, and what is written is read again.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { pathToFileURL } from "node:url";
import { repository } from "./lib/server.mjs";

const CASES = 5_000;
const LANGUAGES = ["en", "de", "es", "fr", "zh"];
/** Pieces of addresses, right and wrong. */
const PIECES = [
  ..."=&?#%+,;0129aé😀 ",
  ...[
    "model",
    "target",
    "method",
    "sample",
    "backend",
    "seed",
    "panel",
    "units",
    "transfer",
    "hide",
    "lang",
    "utm",
  ],
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

let folder, address, methods, parts, defaults, pen;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "blindspots-address-"));
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  symlinkSync(join(repository, "www/node_modules"), join(folder, "node_modules"));
  const tsc = join(repository, "www/node_modules/typescript/bin/tsc");
  const source = join(repository, "www/src");
  const options = ["--noCheck", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler"];
  options.push("--ignoreConfig", "--rootDir", source, "--outDir", folder);
  execFileSync(process.execPath, [tsc, ...options, join(source, "lab/address.ts")], { stdio: "pipe" });
  const load = (name) => import(pathToFileURL(join(folder, "lab", `${name}.js`)));
  address = await load("address");
  ({ parts, defaults } = address);
  pen = (await load("strokes")).PEN;
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

/** Whether this is something that the page can show. */
function assertSound({ seen, hidden, locked, problems }, what) {
  const within = (value, most) => Number.isInteger(value) && value >= 0 && value <= most;
  assert.equal(typeof seen.model, "string", what);
  assert.ok(seen.target === null || within(seen.target, 9), what);
  assert.ok(seen.label === null || within(seen.label, 9), what);
  assert.ok(seen.label === null || seen.label !== seen.target, what);
  assert.ok(methods.includes(seen.method), what);
  assert.ok(seen.sample === null || within(seen.sample, 99), what);
  assert.ok(within(seen.seed, 999_999_999) && seen.times >= 1 && seen.times <= 100, what);
  assert.ok(["auto", "webgpu", "cpu"].includes(seen.backend), what);
  assert.ok(seen.lang === null || LANGUAGES.includes(seen.lang), what);
  assert.ok(seen.panel === null || address.panelNames.includes(seen.panel), what);
  for (const text of [seen.units, seen.transfer, seen.result])
    assert.ok(text === null || typeof text === "string", what);
  assert.ok(
    [...hidden].every((part) => parts.includes(part)),
    what,
  );
  assert.ok(
    [...locked].every((lock) => address.locks.includes(lock)),
    what,
  );
  // However long an address is, what is said of it can be read.
  assert.ok(problems.every((words) => words.length < 600) && problems.length < 40, what);
}

it("anything is read, and stays as it was read when it is written", () => {
  const below = random(1);
  let changed = 0;
  for (let i = 0; i < CASES; i += 1) {
    const pairs = Array.from({ length: below(6) }, () => `${one(below, PIECES)}=${some(below, 3)}`);
    const search = `?${[...pairs, some(below, 12)].join("&")}`;
    const found = address.read(search);
    assertSound(found, search);
    const written = address.write(found.seen, search);
    const again = address.read(written);
    assert.deepEqual(
      [again.seen, again.hidden, again.locked],
      [found.seen, found.hidden, found.locked],
      search,
    );
    assert.equal(address.write(found.seen, written), written, "written once is written for good");
    changed += Number(JSON.stringify(found.seen) !== JSON.stringify(defaults));
  }
  assert.ok(changed > CASES / 20, `control: ${changed} addresses say something`);
});

it("what is chosen is what a link brings back, and what others put there stays", () => {
  const below = random(2);
  const maybe = (make) => (below(2) ? make() : null);
  const point = () => ({ x: below(1024) / 1023, y: below(1024) / 1023 });
  for (let i = 0; i < CASES; i += 1) {
    const strokes = Array.from({ length: below(2) * below(4) }, () => ({
      points: Array.from({ length: 1 + below(9) }, point),
      width: pen,
    }));
    const label = maybe(() => below(10));
    const target = maybe(() => below(10));
    const seen = {
      model: some(below, 6),
      target: target === label ? null : target,
      method: one(below, methods),
      bits: maybe(() => 8),
      sample: strokes.length > 0 ? null : maybe(() => below(100)),
      backend: one(below, ["auto", "webgpu", "cpu"]),
      lang: maybe(() => one(below, LANGUAGES)),
      seed: below(1_000_000_000),
      panel: maybe(() => one(below, address.panelNames)),
      units: maybe(() => `${one(below, ["cnn", "fc100-100-10"])}.${below(5)}`),
      transfer: maybe(() => one(below, ["test,all,n300", "gallery,k7,d0.1", "cells"])),
      place: maybe(() => [below(7) / 2 - 0.5, below(5) / 4]),
      lesson: maybe(() => one(below, ["first", "eyJhIjoi_-8"])),
      strokes,
      label,
      times: 1 + below(397) / 4,
      result: maybe(() =>
        below(2 ** 31)
          .toString(16)
          .padStart(8, "0"),
      ),
      autorun: below(2) === 1,
    };
    const others = new URLSearchParams([
      ["utm", some(below, 6)],
      ["hide", "title,about"],
    ]);
    const written = address.write(seen, `?${others}`);
    const found = address.read(written);
    assert.deepEqual(found.seen, seen, written);
    assert.deepEqual([...found.hidden], ["title", "about"]);
    assert.equal(new URLSearchParams(written).get("utm"), others.get("utm"));
    // A control: another seed is something else.
    const other = address.write({ ...seen, seed: (seen.seed + 1) % 1_000_000_000 }, written);
    assert.notDeepEqual(address.read(other).seen, seen);
  }
});
