// One tab for a long time: attacks, cancellations, networks that come and go, damaged files and lost
// devices, and what the tab and its browser hold before and after.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { launch, openPage } from "./browser.mjs";
import { host, repository } from "./server.mjs";

/** As often as it takes for every buffer to have grown to its size. */
const SETTLED = { attacks: 100, cancellations: 20, loads: 24, files: 10, devices: 1 };

/** Chromium gives up its graphics process after a few crashes; here it must not. */
const FLAGS = ["--disable-gpu-process-crash-limit", "--disable-domain-blocking-for-3d-apis"];

/**
 * Does so much of everything in one tab.
 * @param {typeof SETTLED} counts
 */
export async function soak(counts) {
  const browser = await launch({ webgpu: true, more: FLAGS });
  const site = await host();
  try {
    const { page } = await openPage(browser);
    page.setDefaultTimeout(0);
    await page.goto(`${site.pages}blank.html`);
    await page.evaluate(async (url) => {
      const { BlindSpots } = await import(`${url}blindspots.js`);
      globalThis.lab = await BlindSpots.open({ backend: "cpu" });
      globalThis.device = await BlindSpots.open({ backend: "webgpu" });
      globalThis.models = {
        quick: await lab.load("fc100-100-10"),
        long: await lab.load("cnn"),
        device: await device.load("fc100-100-10"),
      };
      globalThis.digits = await lab.digits();
    }, site.url);
    const work = async (counts, seed) => ({
      ...(await page.evaluate(inPage, { counts, files: damaged(counts.files, seed) })),
      devices: await devices(browser, page, counts.devices),
    });
    await work(SETTLED, 1);
    const before = await held(browser, page);
    const done = await work(counts, 2);
    const after = await held(browser, page);
    return { counts, done, before, after };
  } finally {
    await Promise.all([browser.close(), site.close()]);
  }
}

/** What the tab's engines and its heap hold, in bytes, and how many workers and processes there are. */
async function held(browser, page) {
  // An importer without work is ended after ten seconds.
  await page.waitForTimeout(11_000);
  const session = await page.context().newCDPSession(page);
  for (let again = 0; again < 3; again++) await session.send("HeapProfiler.collectGarbage");
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  await session.detach();
  const wasm = await page.evaluate(async () => (await lab.memory()).wasm + (await device.memory()).wasm);
  const system = await browser.newBrowserCDPSession();
  const { processInfo } = await system.send("SystemInfo.getProcessInfo");
  await system.detach();
  const heap = metrics.find(({ name }) => name === "JSHeapUsedSize").value;
  return { wasm, heap, workers: page.workers().length, processes: processInfo.length };
}

/** Numbers from 0 to 2³² − 1 that a seed decides on. */
function* numbers(seed) {
  for (let state = seed >>> 0; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield (state ^ (state >>> 15)) >>> 0;
  }
}

/** Small networks of the fixtures with a few bytes changed, or cut off. */
function damaged(count, seed) {
  const folder = join(repository, "tests/fixtures/onnx");
  const names = readdirSync(folder).filter((name) => name.endsWith(".onnx"));
  const whole = names.sort().map((name) => readFileSync(join(folder, name)));
  const small = whole.filter(({ length }) => length > 0 && length < 60_000);
  const random = numbers(seed);
  const below = (limit) => random.next().value % limit;
  return Array.from({ length: count }, () => {
    const bytes = [...small[below(small.length)]];
    if (below(8) === 0) return bytes.slice(0, below(bytes.length));
    // What is not a weight comes first and last.
    const near = () =>
      below(2) ? below(Math.min(400, bytes.length)) : bytes.length - 1 - below(Math.min(400, bytes.length));
    for (let change = 0; change <= below(3); change++) bytes[near()] = below(256);
    return bytes;
  });
}

/** In the page: all but the devices. */
async function inPage({ counts, files }) {
  const image = (place) => digits.images.slice((place % 100) * 784, ((place % 100) + 1) * 784);
  const label = (place) => digits.labels[place % 100];
  const failure = (promise) =>
    promise.then(
      () => null,
      ({ name, code }) => (name === "BlindSpotsError" ? code : `${name}`),
    );
  const done = { attacks: 0, cancellations: 0, loads: 0, read: 0, refused: 0, others: [] };
  for (let place = 0; place < counts.attacks; place++) {
    const attack = { model: models.quick.id, image: image(place), label: label(place) };
    const { success } = await lab.attack({ ...attack, method: "nearest-boundary" });
    done.attacks += success ? 1 : 0;
  }
  for (let place = 0; place < counts.cancellations; place++) {
    const stop = new AbortController();
    const attack = { model: models.long.id, image: image(place), label: label(place), signal: stop.signal };
    const given = failure(lab.attack({ ...attack, method: "nearest-boundary" }));
    if (place % 3) await new Promise((resolve) => setTimeout(resolve, place % 5));
    stop.abort();
    const code = await given;
    if (code === "aborted") done.cancellations += 1;
    else done.others.push(`cancelled: ${code}`);
    // The caller is told at once; the engine ends the work at its next pause.
    if (place % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 60));
  }
  const names = ["fc10-1e-4", "fc10-1", "fc100-100-10", "fc200-200-10", "cnn", "ae400-10"];
  for (let place = 0; place < counts.loads; place++) {
    const code = await failure(lab.load(names[place % names.length]).then(({ id }) => lab.unload(id)));
    if (code === null) done.loads += 1;
    else done.others.push(`${names[place % names.length]}: ${code}`);
  }
  for (const bytes of files) {
    const code = await failure(lab.load(Uint8Array.from(bytes)).then(({ id }) => lab.unload(id)));
    if (code === null) done.read += 1;
    else if (/^[a-z-]+$/.test(code) && code !== "crashed") done.refused += 1;
    else done.others.push(`file: ${code}`);
    if (code === "importer-crashed") done.others.push("importer-crashed");
  }
  // Whatever came before, the networks answer.
  await lab.classify(models.quick.id, image(0));
  return done;
}

/** How often an answer was the same after the graphics process had been killed. */
async function devices(browser, page, count) {
  const ask = () =>
    page.evaluate(async () => {
      const { logits } = await device.classify(models.device.id, digits.images.slice(0, 784));
      return [...logits];
    });
  const first = await ask();
  let survived = 0;
  for (let time = 0; time < count; time++) {
    const session = await browser.newBrowserCDPSession();
    await session.send("Browser.crashGpuProcess").catch(() => undefined);
    await session.detach();
    await page.waitForTimeout(300);
    const logits = await ask();
    if (logits.every((z, k) => Math.abs(z - first[k]) < 1e-3)) survived += 1;
  }
  return survived;
}

/** Half as much again is more than garbage that has not been collected. */
const HEAP = 1.5;

/** What is more after than before: memory of WebAssembly, heap, workers, processes. */
export function leaks(before, after) {
  const most = { ...before, heap: HEAP * before.heap };
  return Object.keys(most)
    .filter((what) => after[what] > most[what])
    .map((what) => `${what}: ${String(before[what])}, then ${String(after[what])}`);
}
