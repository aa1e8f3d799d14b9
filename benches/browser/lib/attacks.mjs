// Attacks in the page, one digit at a time: how long each takes, and what it
// costs the device.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { repository } from "../../../tests/browser/lib/server.mjs";
import { layers } from "../page/onnx.js";
import { Contestant, TooSlow } from "./contestant.mjs";

/** Most digits looked at, to find enough that are read rightly. */
const LAST = 10_000;

/**
 * @typedef {object} Attacked
 * @property {string} model
 * @property {string} backend
 * @property {string} method
 * @property {"one" | "nine"} targets  the class after the label's, or all others
 * @property {number} layers  convolutions, pools and dense layers, with what is fused into them
 * @property {number} [longerThan]  seconds after which a digit was given up
 * @property {{ index: number, success: boolean, l2: number, evaluations: number, waited: number,
 *   cost: object }[]} digits  the first that are read rightly
 */

/** Runs `cases` (`model`, `backend`, `method`, `targets`) on `count` digits each. */
export async function attacks(url, { cases, count, limit }, say) {
  const rows = [];
  let version;
  for (const { model, backend, method, targets } of cases) {
    const contestant = new Contestant(url, { module: "blindspots", backend, model }, limit);
    await contestant.open();
    version = await contestant.version();
    const row = { model, backend, method, targets, layers: await depth(model), digits: [] };
    try {
      // The first one warms up and is not counted.
      await contestant.ask("attack", { index: 0, method, targets });
      row.digits = await attacked(contestant, { method, targets }, count);
    } catch (error) {
      if (!(error instanceof TooSlow)) throw error;
      row.longerThan = error.seconds;
    }
    say(`${model} ${backend} ${method} ${targets}: ${row.digits.length} digits`);
    rows.push(row);
    await contestant.close();
  }
  return { version, rows };
}

async function depth(model) {
  const list = layers(await readFile(join(repository, "models", `${model}.onnx`)));
  return list.filter(({ kind }) => ["convolution", "pool", "dense"].includes(kind)).length;
}

async function attacked(contestant, how, count) {
  const digits = [];
  for (let index = 0; digits.length < count && index < LAST; index += 1) {
    const report = await contestant.ask("attack", { index, ...how });
    if (report.stop === "already-misread") continue;
    const { success, l2, evaluations, waited, cost } = report;
    digits.push({ index, success, l2, evaluations, waited, cost });
  }
  return digits;
}
