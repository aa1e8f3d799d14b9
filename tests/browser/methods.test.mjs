// Every way of fooling a network: in the library with its options, for several
// networks at once, and on the page, where a link keeps the choice.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

/** Rounding of a pixel. */
const PIXEL = 1e-5;

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
});
after(() => Promise.all([browser.close(), site.close()]));

/** An empty page with a library, two networks and a digit at hand. */
async function openLibrary() {
  const opened = await openPage(browser);
  await opened.page.goto(`${site.pages}blank.html`);
  await opened.page.evaluate(async (url) => {
    const { BlindSpots, methods } = await import(`${url}blindspots.js`);
    globalThis.methods = methods;
    globalThis.lab = await BlindSpots.open({ backend: "cpu" });
    const [one, other] = await Promise.all(["fc100-100-10", "fc10-1e-4"].map((name) => lab.load(name)));
    globalThis.ids = [one.id, other.id];
    globalThis.image = (await lab.digits()).images.slice(0, 784);
    globalThis.outcome = (wish) =>
      lab.attack({ image, ...wish }).catch(({ code, message }) => ({ code, message }));
  }, site.url);
  return opened;
}

it("every method of the library fools within what it was asked", async () => {
  const { page, complaints } = await openLibrary();
  const reports = await page.evaluate(async () => {
    const all = [];
    for (const method of Object.keys(methods)) {
      const asked = {
        fgsm: { epsilon: 0.2 },
        "pgd-linf": { epsilon: 0.2, steps: 10 },
        "mi-fgsm": { epsilon: 0.2, steps: 5 },
        "pgd-l2": { epsilon: 3, steps: 20 },
        cw: { steps: 200 },
        noise: { distortion: 0.2, seed: 3 },
      };
      const report = await lab.attack({ model: ids[0], image, method, ...asked[method] });
      all.push({ method, ...report, image: report.image && [...report.image] });
    }
    return all;
  });
  assert.ok(reports.length > 10);
  const smallest = reports.find(({ method }) => method === "szegedy-polished").l2;
  for (const { method, success, image, l2, linf, stop, evaluations, backend } of reports) {
    assert.equal(backend, "cpu");
    if (method === "noise") {
      assert.equal(evaluations, 0);
      continue;
    }
    assert.ok(success, `${method}: ${stop}`);
    assert.ok(
      image.every((value) => value >= 0 && value <= 1),
      method,
    );
    assert.ok(l2 > 0.999 * smallest, `${method} finds no smaller change than the polished search`);
    if (/fgsm|linf/.test(method)) assert.ok(Math.abs(linf - 0.2) < PIXEL, `${method}: ${linf}`);
    if (method === "pgd-l2") assert.ok(l2 <= 3 * (1 + PIXEL), `${method}: ${l2}`);
  }
  // The comparison can fail: one step is far from the smallest change.
  assert.ok(reports.find(({ method }) => method === "fgsm").l2 > 2 * smallest);
  assertQuiet(complaints);
});

it("one change fools several networks at once", async () => {
  const { page, complaints } = await openLibrary();
  const { report, readings, alone } = await page.evaluate(async () => {
    const report = await lab.attack({ models: ids, image, method: "nearest-boundary" });
    const readings = await lab.classifyMany(ids, report.image);
    const alone = [];
    for (const model of ids) alone.push((await lab.attack({ model, image, method: "nearest-boundary" })).l2);
    return { report, readings: readings.map(([reading]) => reading.label), alone };
  });
  assert.ok(report.success);
  assert.deepEqual(report.labels, readings);
  assert.ok(readings.every((label) => label !== report.originalLabel));
  assert.equal(report.label, readings[0]);
  assert.ok(report.l2 > 0.99 * Math.max(...alone), `${report.l2} for both, ${alone} for each`);
  assertQuiet(complaints);
});

it("options that the table names are taken, others are not", async () => {
  const { page, complaints } = await openLibrary();
  const taken = await page.evaluate(async () => {
    const values = { epsilon: 0.2, steps: 3, distortion: 0.1, seed: 2 };
    const all = [];
    for (const [method, { options }] of Object.entries(methods)) {
      for (const [option, value] of Object.entries(values)) {
        const { code = null } = await outcome({ model: ids[1], method, [option]: value });
        all.push({ method, option, listed: options.includes(option), code });
      }
    }
    return all;
  });
  assert.equal(taken.filter(({ listed }) => listed).length > 20, true);
  for (const { method, option, listed, code } of taken) {
    assert.equal(code, listed ? null : "option-not-taken", `${method} and ${option}`);
  }
  assertQuiet(complaints);
});

it("options without sense are refused by name, with what was given", async () => {
  const { page, complaints } = await openLibrary();
  const refused = await page.evaluate(async () => ({
    nan: await outcome({ model: ids[0], method: "fgsm", epsilon: NaN }),
    negative: await outcome({ model: ids[0], method: "pgd-l2", epsilon: -2 }),
    steps: await outcome({ model: ids[0], method: "ddn", steps: 0 }),
    foreign: await outcome({ model: ids[0], method: "deepfool", epsilon: 0.1 }),
    nobody: await outcome({ method: "fgsm" }),
    still: await outcome({ model: ids[0], method: "nearest-boundary" }),
  }));
  const expect = (what, code, words) => {
    assert.equal(refused[what].code, code, what);
    assert.match(refused[what].message, words, what);
  };
  expect("nan", "bad-option", /epsilon.*NaN/);
  expect("negative", "bad-option", /epsilon.*-2/);
  expect("steps", "bad-option", /steps.*0/);
  expect("foreign", "option-not-taken", /deepfool takes no epsilon; it takes steps, seed/);
  expect("nobody", "no-network", /no network/);
  assert.ok(refused.still.success, "and the next attack works");
  assertQuiet(complaints);
});

it("the page offers methods with a sentence each, and a link keeps the choice", async () => {
  const { page, complaints } = await openPage(browser);
  const lab = await LabPage.open(page, site.url);
  const choice = page.getByLabel("Method");
  const offered = await choice.locator("option").evaluateAll((all) => all.map(({ value }) => value));
  assert.ok(offered.length > 4, offered.join());
  assert.equal(await choice.inputValue(), "szegedy");
  const sentences = new Set();
  for (const method of offered) {
    await choice.selectOption(method);
    sentences.add(await page.getByTestId("method").textContent());
  }
  assert.equal(sentences.size, offered.length);

  await choice.selectOption("fgsm");
  await page.waitForFunction(() => location.search.includes("method=fgsm"));
  await page.reload();
  await lab.isReady();
  assert.equal(await choice.inputValue(), "fgsm");
  await lab.fool.click();
  await lab.isFooled();
  const measures = await lab.measures();
  assert.equal(Number(measures["L∞"]), 0.25);
  assert.equal(Number(measures["Gradient evaluations"]), 1);

  // A method that does not exist is the paper's; one that is hidden still holds.
  await page.goto(`${site.url}?method=guess`);
  await lab.isReady();
  assert.equal(await choice.inputValue(), "szegedy");
  await page.goto(`${site.url}?method=deepfool&hide=method`);
  await lab.isReady();
  assert.equal(await choice.count(), 0);
  await lab.fool.click();
  await lab.isFooled();
  assertQuiet(complaints);
});
