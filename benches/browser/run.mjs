// What `cargo xtask bench` runs in Node: one of the browser's sections.
//
//     SITE=… CHROMIUM=… node run.mjs PLAN.json RESULTS.json
//
// The plan is { folders, section, options }: more folders to serve, the section
// and what it is told. The results are what the section gives.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { host, repository } from "../../tests/browser/lib/server.mjs";
import { attacks } from "./lib/attacks.mjs";
import { drawing } from "./lib/drawing.mjs";
import { gradients } from "./lib/gradients.mjs";
import { page } from "./lib/page.mjs";
import { scaling } from "./lib/scaling.mjs";

const sections = { gradients, device: attacks, attacks, scaling, page, drawing };

const [plan, results] = process.argv.slice(2);
const { folders, section, options } = JSON.parse(await readFile(plan, "utf8"));
const site = await host({
  others: {
    "/bench/": import.meta.dirname,
    // Not in /models/, where the site has its own.
    "/onnx/": join(repository, "models"),
    "/data/": join(repository, "data/mnist"),
    ...folders,
  },
});

const found = await sections[section](site.url, options, (word) => console.log(`  ${word}`));
await writeFile(results, JSON.stringify(found, null, 1));
await site.close();
