// `node soak.mjs PLAN FOUND`: the long form of soak.test.mjs, which `cargo xtask soak` starts.

import { readFileSync, writeFileSync } from "node:fs";
import { leaks, soak } from "./lib/soak.mjs";

const [plan, found] = process.argv.slice(2);
const { counts, done, before, after } = await soak(JSON.parse(readFileSync(plan, "utf8")));
const { others, read, refused, ...well } = done;
const tab = {
  counts,
  done: { ...well, files: read + refused },
  others,
  before,
  after,
  leaks: leaks(before, after),
};
writeFileSync(found, JSON.stringify(tab));
