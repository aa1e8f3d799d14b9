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

/** What the compiler says of a program; "" where it has nothing to say. */
function compile(program) {
  const folder = mkdtempSync(join(tmpdir(), "blindspots-types-"));
  const file = join(folder, "consumer.ts");
  writeFileSync(file, program.replaceAll("SITE", SITE));
  const tsc = join(repository, "www/node_modules/typescript/bin/tsc");
  const options = ["--noEmit", "--strict", "--target", "es2022", "--module", "esnext"];
  options.push("--moduleResolution", "bundler", "--lib", "es2022,dom");
  try {
    execFileSync(process.execPath, [tsc, ...options, file], { stdio: "pipe" });
    return "";
  } catch (error) {
    return String(error.stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it("a program that uses the library as documented compiles", () => {
  assert.equal(compile(right), "");
});

it("one that uses it wrongly does not", () => {
  assert.match(compile(right.replace('"auto"', '"gpu"')), /"gpu"/);
  assert.match(compile(right.replace("784", '"784"')), /consumer\.ts/);
  assert.match(
    compile(right.replace("BackendKind[]", "Float32Array[]")),
    /not assignable to type .Float32Array/,
  );
  assert.match(compile(right.replace("report.l2", "report.l3")), /l3/);
  assert.match(compile(right.replace('"aborted"', '"aborded"')), /aborded/, "codes are a closed list");
});
