// The short form of `cargo xtask soak`: a tab holds as much after hard work as before.

import assert from "node:assert/strict";
import { it } from "node:test";
import { leaks, soak } from "./lib/soak.mjs";

it("attacks, cancellations, loads, damaged files and lost devices leave nothing behind", async () => {
  const counts = { attacks: 200, cancellations: 40, loads: 24, files: 20, devices: 2 };
  const { done, before, after } = await soak(counts);
  assert.deepEqual(done.others, []);
  assert.deepEqual([done.attacks, done.cancellations, done.loads, done.devices], [200, 40, 24, 2]);
  assert.equal(done.read + done.refused, 20);
  assert.ok(done.read > 0 && done.refused > 0, "damage does something, but not everything");
  assert.deepEqual(leaks(before, after), []);
});

it("what is left behind would be seen", () => {
  const before = { wasm: 2e7, heap: 5e6, workers: 2, processes: 6 };
  assert.deepEqual(leaks(before, before), []);
  const more = { wasm: before.wasm + 65_536, heap: 2 * before.heap, workers: 3, processes: 7 };
  for (const what of Object.keys(before)) {
    assert.deepEqual(leaks(before, { ...before, [what]: more[what] }).length, 1, what);
  }
});
