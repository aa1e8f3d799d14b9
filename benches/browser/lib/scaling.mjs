// How time and memory grow with the number of lanes.

import { Contestant, TooSlow } from "./contestant.mjs";
import { median } from "./median.mjs";

/**
 * @typedef {object} Grown
 * @property {string} model
 * @property {string} backend
 * @property {number} lanes
 * @property {number} [milliseconds]  median of a gradient of all lanes; absent where it took too long
 * @property {number} [longerThan]
 * @property {number} [wasm]  bytes of WebAssembly's memory
 * @property {number} [device]  bytes of buffers on the device
 */

/** Gradients of more and more lanes, each case in a fresh browser because memory never shrinks. */
export async function scaling(url, { cases, lanes, rounds, block, limit }, say) {
  const rows = [];
  let version;
  for (const { model, backend } of cases) {
    const contestant = new Contestant(url, { module: "blindspots", backend, model }, limit);
    await contestant.open();
    version = await contestant.version();
    for (const count of lanes) {
      const row = { model, backend, lanes: count };
      rows.push(row);
      try {
        Object.assign(row, await grown(contestant, count, rounds, block));
      } catch (error) {
        if (!(error instanceof TooSlow)) throw error;
        row.longerThan = error.seconds;
        break;
      }
    }
    say(`${model} ${backend}: ${rows.length} sizes so far`);
    await contestant.close();
  }
  return { version, rows };
}

async function grown(contestant, lanes, rounds, block) {
  await contestant.first(lanes);
  const times = [];
  for (let round = 0; round < rounds; round += 1) times.push(await contestant.sample(block));
  return { milliseconds: median(times), ...(await contestant.ask("memory")) };
}
