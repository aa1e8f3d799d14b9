// Several engines side by side: what they find, how they share the work, how
// it is stopped. And the digits that come with the site.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { host } from "./lib/server.mjs";

const DIGITS = 12;

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
});
after(() => Promise.all([browser.close(), site.close()]));

async function openPool(workers) {
  const opened = await openPage(browser);
  await opened.page.goto(`${site.pages}blank.html`);
  await opened.page.evaluate(
    async ([url, workers]) => {
      const { Pool } = await import(`${url}blindspots.js`);
      globalThis.pool = await Pool.open({ workers });
      globalThis.model = await pool.load("fc100-100-10");
      const { images, labels } = await pool.engines[0].digits("test");
      Object.assign(globalThis, { images, labels });
      globalThis.some = (count) => ({
        model,
        images: images.slice(0, 784 * count),
        labels: labels.slice(0, count),
        method: "nearest-boundary",
      });
    },
    [site.url, workers],
  );
  return opened;
}

it("ships MNIST's test set", async () => {
  const { page, complaints } = await openPool(1);
  const { count, pixels, first, classes } = await page.evaluate(() => ({
    count: labels.length,
    pixels: images.length,
    first: labels.slice(0, 10),
    classes: new Set(labels).size,
  }));
  assert.equal(count, 10_000);
  assert.equal(pixels, 7_840_000);
  assert.deepEqual(first, [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  assert.equal(classes, 10);
  assertQuiet(complaints);
});

it("finds with three workers what one engine finds, and all of them work", async () => {
  const { page, complaints } = await openPool(3);
  const { single, pooled, shares } = await page.evaluate(async (count) => {
    const wish = some(count);
    const single = [];
    for (let i = 0; i < count; i += 1) {
      const image = wish.images.slice(784 * i, 784 * (i + 1));
      const { l2, label } = await pool.engines[0].attack({
        model: model.ids[0],
        image,
        label: wish.labels[i],
        method: "nearest-boundary",
      });
      single.push([l2, label]);
    }
    const pooled = [];
    for await (const [index, { l2, label }] of pool.attackMany(wish)) pooled[index] = [l2, label];
    const shares = pool.engines.map(() => 0);
    const work = (engine, item, place) => engine.classify(model.ids[place], item).then(() => place);
    const items = Array.from({ length: 60 }, () => images.slice(0, 784));
    for await (const [, place] of pool.each(items, work)) shares[place] += 1;
    return { single, pooled, shares };
  }, DIGITS);
  assert.deepEqual(pooled, single);
  assert.equal(
    shares.reduce((sum, share) => sum + share),
    60,
  );
  assert.ok(
    shares.every((share) => share > 0),
    `${shares}`,
  );
  // The comparison does tell digits apart.
  assert.notDeepEqual(pooled, [...single].reverse());
  assertQuiet(complaints);
});

it("stops on abort, on leaving the loop and on a failure, and works again", async () => {
  const { page, complaints } = await openPool(2);
  const seen = await page.evaluate(async () => {
    const run = async (wish, each) => {
      let finished = 0;
      try {
        for await (const [index] of pool.attackMany(wish)) {
          finished += 1;
          if (each?.(index, finished)) break;
        }
        return { finished };
      } catch ({ code }) {
        return { finished, code };
      }
    };
    const stop = new AbortController();
    return {
      aborted: await run({ ...some(200), signal: stop.signal }, (_, n) => void (n === 3 && stop.abort())),
      before: await run({ ...some(20), signal: AbortSignal.abort() }),
      left: await run(some(200), (_, n) => n === 3),
      wrong: await run({ ...some(20), target: some(20).labels[0] }),
      mismatch: await run({ ...some(20), labels: [1, 2] }),
      again: await run(some(20)),
    };
  });
  assert.deepEqual(seen.aborted, { finished: 3, code: "aborted" });
  assert.deepEqual(seen.before, { finished: 0, code: "aborted" });
  assert.deepEqual(seen.left, { finished: 3 });
  assert.equal(seen.wrong.code, "target-is-label");
  assert.deepEqual(seen.mismatch, { finished: 0, code: "wrong-length" });
  assert.deepEqual(seen.again, { finished: 20 });
  assertQuiet(complaints);
});

it("asks for an item only where an engine is free, of any number of them, and for no promise", async () => {
  const { page, complaints } = await openPool(2);
  const seen = await page.evaluate(async () => {
    const seen = { asked: 0, most: 0, finished: 0, ended: false };
    function* endless() {
      try {
        for (;;) yield (seen.asked += 1);
      } finally {
        seen.ended = true;
      }
    }
    for await (const [index, result] of pool.each(endless(), (_, item) => 10 * item)) {
      if (result !== 10 * (index + 1)) throw new Error(`${index}: ${result}`);
      seen.finished += 1;
      seen.most = Math.max(seen.most, seen.asked - seen.finished);
      if (seen.finished === 20) break;
    }
    const thrown = async (work) => {
      try {
        for await (const _ of pool.each([1, 2, 3], work));
      } catch (error) {
        return error.message;
      }
    };
    const threw = await thrown(() => {
      throw new Error("no work today");
    });
    return { ...seen, threw, fine: (await thrown(() => 1)) ?? "done" };
  });
  assert.deepEqual(seen, {
    asked: 22,
    most: 2,
    finished: 20,
    ended: true,
    threw: "no work today",
    fine: "done",
  });
  assertQuiet(complaints);
});

it("a closed pool does nothing and says so", async () => {
  const { page, complaints } = await openPool(2);
  const seen = await page.evaluate(async () => {
    let ran = 0;
    const run = async (items, each) => {
      ran = 0;
      try {
        for await (const [index] of pool.each(items, () => (ran += 1))) each?.(index);
      } catch ({ code }) {
        return { ran, code };
      }
      return { ran };
    };
    const open = await run([1, 2, 3]);
    const during = await run([1, 2, 3, 4, 5, 6], () => pool.close());
    return { open, during, closed: await run([1, 2, 3]), empty: await run([]) };
  });
  assert.deepEqual(seen.open, { ran: 3 });
  assert.equal(seen.during.code, "closed");
  assert.ok(seen.during.ran < 6, `${seen.during.ran} items were begun`);
  assert.deepEqual(seen.closed, { ran: 0, code: "closed" });
  assert.deepEqual(seen.empty, { ran: 0, code: "closed" });
  assertQuiet(complaints);
});

it("refuses a pool without workers", async () => {
  const { page } = await openPage(browser);
  await page.goto(`${site.pages}blank.html`);
  const code = await page.evaluate(async (url) => {
    const { Pool } = await import(`${url}blindspots.js`);
    return Pool.open({ workers: 0 }).catch(({ code }) => code);
  }, site.url);
  assert.equal(code, "bad-request");
});
