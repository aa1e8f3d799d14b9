// The library's TypeScript declarations, as shipped, serve a strict project.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { repository, SITE } from "./lib/server.mjs";

const right = `
import { BlindSpots, BlindSpotsError, type BackendKind, type Progress } from "SITE/blindspots.js";
const lab = await BlindSpots.open({ backend: "auto" });
const model = await lab.load("fc100-100-10");
const [channels, height, width]: readonly number[] = model.image;
const image = new Float32Array(784);
const { label }: { label: number } = await lab.classify(model.id, image);
const gradient: Float32Array = await lab.gradient(model.id, image, label);
const where: BackendKind[] = [
  (await lab.gradient(model.id, image, label)).backend,
  (await lab.labels([model.id], image)).backend,
  (await lab.classify(model.id, image)).backend,
];
console.log(where);
const onprogress = ({ fraction }: Progress) => console.log(fraction);
try {
  const report = await lab.attack({ model: model.id, image, target: 3, onprogress });
  const found: Float32Array | null = report.image;
  console.log(channels, height, width, model.classes, model.backend, report.backend, found, gradient, report.l2, report.cost.dispatches, lab.backend.kind);
} catch (error) {
  if (error instanceof BlindSpotsError && error.code !== "aborted") console.log(error.code);
}
lab.close();
`;

/** What the compiler says of each program; "" where it has nothing to say. */
function compile(programs) {
  const folder = mkdtempSync(join(tmpdir(), "blindspots-types-"));
  const names = programs.map((_, i) => `consumer${i}.ts`);
  names.forEach((name, i) => writeFileSync(join(folder, name), programs[i].replaceAll("SITE", SITE)));
  const tsc = join(repository, "www/node_modules/typescript/bin/tsc");
  const options = ["--noEmit", "--strict", "--target", "es2022", "--module", "esnext", "--pretty", "false"];
  options.push("--moduleResolution", "bundler", "--lib", "es2022,dom");
  try {
    execFileSync(process.execPath, [tsc, ...options, ...names], { cwd: folder, stdio: "pipe" });
    return names.map(() => "");
  } catch (error) {
    const lines = String(error.stdout).split("\n");
    const said = names.map((name) => lines.filter((line) => line.startsWith(name)).join("\n"));
    assert.ok(
      lines.every((line) => /^(consumer\d+\.ts|\s|$)/.test(line)),
      String(error.stdout),
    );
    return said;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it("a program that uses the library as documented compiles, and one that uses it wrongly does not", () => {
  const wrong = [
    [['"auto"', '"gpu"'], /"gpu"/],
    [["784", '"784"'], /No overload matches/],
    [["BackendKind[]", "Float32Array[]"], /not assignable to type .Float32Array/],
    [["report.l2", "report.l3"], /l3/],
    // Codes are a closed list.
    [['"aborted"', '"aborded"'], /aborded/],
  ];
  const [good, ...said] = compile([right, ...wrong.map(([[from, to]]) => right.replace(from, to))]);
  assert.equal(good, "");
  wrong.forEach(([[, to], expected], i) => assert.match(said[i], expected, to));
});
