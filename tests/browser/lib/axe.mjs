// What axe finds wrong with a page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * Serious and critical violations, one line each.
 * @param {{ contrast?: boolean }} options `contrast`: whether colours are looked at, which takes longest
 */
export async function violations(page, { contrast = true } = {}) {
  await page.evaluate(axe);
  const rules = { "color-contrast": { enabled: contrast } };
  // Of what passes it is enough to know that something does.
  const options = { rules, resultTypes: ["violations"] };
  const { violations, passes } = await page.evaluate((options) => globalThis.axe.run(options), options);
  assert.ok(passes.length > 10, "axe has looked at the page");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.flat().join(" ")).join(", ")}`);
}
