// The npm package as its users meet it: installed in a fresh Vite project and built, and served to a page
// that has no bundler. Each attacks a digit.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { host, repository } from "./lib/server.mjs";

const modules = join(repository, "www/node_modules");

/** The page's script, strict TypeScript: attacks a digit, in a worker, and leaves what came of it. */
const main = `
import { BlindSpots, type AttackReport } from "blindspots";
import "blindspots/elements";

const kept = globalThis as unknown as { kept: Promise<unknown> };
kept.kept = (async () => {
  const lab = await BlindSpots.open({ backend: "cpu" });
  const names = (await BlindSpots.bundled()).map(({ name }) => name);
  const model = await lab.load("fc100-100-10");
  const image = new Float32Array(784);
  for (let row = 4; row < 24; row++) image.fill(1, row * 28 + 13, row * 28 + 15);
  const read = await lab.classify(model.id, image);
  const fooled: AttackReport = await lab.attack({ model: model.id, image });
  const again = fooled.image && (await lab.classify(model.id, fooled.image)).label;
  const refused = await lab.attack(null as never).catch((error: { code: string }) => error.code);
  const defined = customElements.get("bs-pad") !== undefined;
  lab.close();
  return { names, label: read.label, success: fooled.success, again, l2: fooled.l2, defined, refused };
})();
`;

let browser, project;
before(async () => {
  browser = await launch({ webgpu: false });
  project = mkdtempSync(join(tmpdir(), "blindspots-project-"));
  mkdirSync(join(project, "src"));
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }');
  writeFileSync(join(project, "index.html"), page('<script type="module" src="/src/main.ts"></script>'));
  writeFileSync(join(project, "src/main.ts"), main);
  const install = ["install", "--offline", "--no-audit", "--no-fund", archive()];
  execFileSync(process.platform === "win32" ? "npm.cmd" : "npm", install, { cwd: project, stdio: "pipe" });
});
after(async () => {
  await browser.close();
  rmSync(project, { recursive: true });
});

/** What `cargo xtask package` made. */
function archive() {
  const archive = process.env.PACKAGE;
  assert.ok(archive && existsSync(archive), "PACKAGE is the path of the archive");
  return archive;
}

function page(script) {
  const icon = '<link rel="icon" href="data:," />';
  return `<!doctype html><html lang="en"><head><title>A project</title>${icon}</head><body>${script}</body></html>`;
}

function node(script, ...options) {
  execFileSync(process.execPath, [join(modules, script), ...options], { cwd: project, stdio: "pipe" });
}

/** Opens a page and checks what its script found. */
async function attacks(url) {
  const { page, complaints, context } = await openPage(browser);
  const workers = [];
  page.on("worker", (worker) => workers.push(worker.url()));
  await page.goto(url);
  const found = await page.evaluate(() => globalThis.kept);
  assert.ok(found.names.includes("fc100-100-10") && found.names.length === 12, String(found.names));
  assert.ok(found.success && found.l2 > 0.01 && found.l2 < 15, JSON.stringify(found));
  assert.notEqual(found.again, found.label);
  assert.ok(found.defined, "the elements are defined");
  assert.equal(found.refused, "bad-request", "arguments are looked at");
  assert.ok(workers.length > 0, "the engine runs in a worker");
  assertQuiet(complaints);
  await context.close();
}

it("a strict TypeScript project compiles against its types", () => {
  const options = ["--noEmit", "--strict", "--target", "es2022", "--module", "esnext"];
  node(
    "typescript/bin/tsc",
    ...options,
    "--moduleResolution",
    "bundler",
    "--lib",
    "es2022,dom",
    "src/main.ts",
  );
  writeFileSync(join(project, "src/wrong.ts"), main.replace("fooled.l2", "fooled.l3"));
  assert.throws(() =>
    node("typescript/bin/tsc", ...options, "--moduleResolution", "bundler", "src/wrong.ts"),
  );
});

it("a fresh Vite project builds, with the networks as files, and attacks", async () => {
  node("vite/bin/vite.js", "build", "--base", "./");
  const files = readdirSync(join(project, "dist/assets"));
  const count = (pattern) => files.filter((name) => pattern.test(name)).length;
  assert.equal(count(/\.onnx[^.]*\.gz$/), 12);
  assert.ok(count(/\.wasm$/) > 0 && count(/worker/) > 0, files.join(" "));
  const site = await host({ others: { "/built/": join(project, "dist") } });
  await attacks(`${new URL("/built/", site.url)}`);
  await site.close();
});

it("a plain page attacks without a bundler", async () => {
  const installed = join(project, "node_modules/blindspots");
  const script = main
    .replace(
      /, type AttackReport| as unknown as \{ kept: Promise<unknown> \}|: AttackReport| as never|: \{ code: string \}/g,
      "",
    )
    .replace('"blindspots"', '"./package/blindspots.js"')
    .replace('"blindspots/elements"', '"./package/elements.js"');
  writeFileSync(join(project, "plain.html"), page(`<script type="module">${script}</script>`));
  const site = await host({ others: { "/plain/package/": installed, "/plain/": project } });
  await attacks(`${new URL("/plain/plain.html", site.url)}`);
  await site.close();
});

/** Addresses in a script that bundlers cannot follow: webpack takes each for a module, and does not find it. */
const literal = /new URL\("([^"]*)", import\.meta\.url\)/g;
const unknowable = (code) =>
  code
    .replaceAll(literal, "")
    .replaceAll(/= import\.meta\.url;/g, "")
    .match(/.*import\.meta\.url.*/g) ?? [];

it("its scripts name every file outright, so that bundlers copy it, and each is there", () => {
  const installed = join(project, "node_modules/blindspots");
  // What is a worker is copied as it is.
  const scripts = readdirSync(installed, { recursive: true }).filter(
    (name) => name.endsWith(".js") && !/worker-/.test(name),
  );
  const named = new Set();
  for (const name of scripts) {
    const code = readFileSync(join(installed, name), "utf8");
    assert.deepEqual(unknowable(code), [], name);
    for (const [, file] of code.matchAll(literal)) {
      assert.ok(existsSync(join(installed, name, "..", file)), `${name} names ${file}`);
      named.add(file.replace(/.*\.(?=\w+$)/, ""));
    }
  }
  for (const kind of ["wasm", "gz", "js", "json", "txt"]) assert.ok(named.has(kind), [...named].join(" "));
  const spoiled = readFileSync(
    join(installed, "assets", scripts.find((name) => /engine-/.test(name)).slice(7)),
  );
  assert.equal(unknowable(`${spoiled}\nnew URL(name, import.meta.url)`).length, 1);
});

it("what it exports is there, and no page of the site", () => {
  const installed = join(project, "node_modules/blindspots");
  const { exports, version } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  for (const name of [".", "./elements"]) assert.deepEqual(Object.keys(exports[name]), ["types", "default"]);
  for (const entry of Object.values(exports).flatMap((entry) =>
    typeof entry === "string" ? [entry] : Object.values(entry),
  )) {
    assert.ok(entry.includes("*") || existsSync(join(installed, entry)), entry);
  }
  assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.ok(!existsSync(join(installed, "index.html")));
  assert.ok(existsSync(join(installed, "LICENSE-MIT")));
});
