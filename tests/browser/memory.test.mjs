// A tab that has fooled a network a thousand times holds no more than after fifty.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { host } from "./lib/server.mjs";

const ATTACKS = 1000;
/** By then every buffer has grown to its size. */
const SETTLED = 50;

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
});
after(() => Promise.all([browser.close(), site.close()]));

it("a thousand attacks in a row leave the memory flat", async () => {
  const { page, complaints } = await openPage(browser);
  await page.goto(`${site.pages}blank.html`);
  const { settled, end, fooled } = await page.evaluate(attackAgain, {
    url: site.url,
    count: ATTACKS,
    first: SETTLED,
  });
  assert.equal(fooled, ATTACKS);
  assert.ok(settled > 0);
  assert.equal(end, settled, "bytes of WebAssembly's memory");
  assertQuiet(complaints);
});

it("memory that grows would be seen", async () => {
  const { page } = await openPage(browser);
  await page.goto(`${site.pages}blank.html`);
  const { before, after } = await page.evaluate(async (url) => {
    const { BlindSpots } = await import(`${url}blindspots.js`);
    const lab = await BlindSpots.open({ backend: "cpu" });
    const model = await lab.load("fc10-1");
    const before = (await lab.memory()).wasm;
    for (let copy = 0; copy < 10; copy++) await lab.load("fc200-200-10");
    const after = (await lab.memory()).wasm;
    await lab.unload(model.id);
    lab.close();
    return { before, after };
  }, site.url);
  assert.ok(after > before, `${before} bytes, then ${after}`);
});

/** In the page: the same library, many digits. */
async function attackAgain({ url, count, first }) {
  const { BlindSpots } = await import(`${url}blindspots.js`);
  const lab = await BlindSpots.open({ backend: "cpu" });
  const model = await lab.load("fc100-100-10");
  const { images, labels } = await lab.digits();
  let fooled = 0;
  let settled = 0;
  for (let attack = 0; attack < count; attack++) {
    const place = attack % labels.length;
    const [image, label] = [images.slice(place * 784, (place + 1) * 784), labels[place]];
    const report = await lab.attack({ model: model.id, image, label, method: "nearest-boundary" });
    fooled += report.success ? 1 : 0;
    if (attack + 1 === first) settled = (await lab.memory()).wasm;
  }
  const end = (await lab.memory()).wasm;
  lab.close();
  return { settled, end, fooled };
}
