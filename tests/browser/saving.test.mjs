// Tables as CSV hold what the page and the engine say, in every language alike. Figures: figure.test.mjs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { numeric, parse, savedTable } from "./lib/csv.mjs";
import { bundled, LabPage } from "./lib/lab.mjs";
import { openFilled } from "./lib/panels.mjs";
import { host, repository } from "./lib/server.mjs";

const PATIENCE = 240_000;
const NETWORK = join(repository, "tests/fixtures/onnx/dynamo-dynamic.onnx");

let browser, site, page, context, complaints;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());
beforeEach(async () => {
  site = await host();
  ({ page, context, complaints } = await openPage(browser));
});
afterEach(async () => {
  assertQuiet(complaints);
  await context.close();
  await site.close();
});

/** Opens the lab and fools a network, in whatever language. */
async function fooled(search = "") {
  const lab = await LabPage.openFooled(page, `${site.url}?backend=cpu&method=nearest-boundary${search}`);
  // Networks that were late are compared, too.
  await page.waitForFunction(
    (count) => document.querySelector("bs-app").lab.fooling.comparison?.comparisons.length >= count,
    bundled.length,
  );
  return lab;
}

/** What the lab knows, as the tables have it. */
const known = () =>
  page.evaluate(() => {
    const { slots, readings, label, fooling } = document.querySelector("bs-app").lab;
    const { example, comparison } = fooling;
    const reading = ({ label, probabilities }) => ({ label, probabilities: [...probabilities] });
    return {
      label,
      readings: slots.map(({ name }) => [name, reading(readings.get(name))]),
      before: [...example.before.probabilities],
      after: [...example.after.probabilities],
      distortion: comparison.distortion,
      compared: comparison.comparisons.map((one) => ({
        name: one.slot.name,
        fooled: [false, one.fooled, one.fooledByNoise],
        read: [one.original, one.example, one.noise].map(reading),
      })),
    };
  });

describe("tables of the lab", () => {
  it("hold every digit of what is known, with decimal points, in a language with decimal commas", async () => {
    await fooled("&lang=de&sample=11");
    assert.match(await page.getByTestId("measures").textContent(), /\d,\d/, "the page speaks German");
    const lab = await known();

    const readings = await savedTable(page, "readings");
    assert.deepEqual(readings.header.slice(0, 4), [
      "network",
      "true digit",
      "digit read",
      "probability of 0 (0 to 1)",
    ]);
    const expected = lab.readings.map(([name, { label, probabilities }]) => [
      name,
      lab.label,
      label,
      ...probabilities,
    ]);
    const found = readings.rows.map(([name, ...numbers]) => [name, ...numbers.map(numeric)]);
    assert.deepEqual(found, expected);

    const confidence = await savedTable(page, "confidence");
    assert.deepEqual(
      confidence.rows.map((row) => row.map(numeric)),
      lab.before.map((p, k) => [k, p, lab.after[k]]),
    );

    const { rows } = await savedTable(page, "reads");
    const images = ["original", "adversarial", "Gaussian noise"];
    const all = images.flatMap((image, at) =>
      lab.compared.map(({ name, fooled, read }) => [
        image,
        "fc100-100-10",
        at === 1 ? "1" : "",
        at === 0 ? "" : String(lab.distortion),
        name,
        String(lab.label),
        String(read[at].label),
        String(fooled[at]),
        ...read[at].probabilities.map(String),
      ]),
    );
    assert.deepEqual(rows, all);

    // Another digit's table is another one.
    await page.locator('[data-sample="12"]').click();
    await page.waitForFunction(
      (before) => JSON.stringify([...document.querySelector("bs-app").lab.readings.values()]) !== before,
      JSON.stringify(lab.readings.map(([, reading]) => reading)),
    );
    const other = await savedTable(page, "readings");
    assert.notDeepEqual(
      other.rows.map(([name, ...numbers]) => [name, ...numbers.map(numeric)]),
      expected,
    );
  });

  it("names never begin a formula, and quotes and commas stay inside their field", async () => {
    const buffer = readFileSync(NETWORK);
    for (const [file, cell] of [
      ['=HYPERLINK("x"),1.onnx', '\'=HYPERLINK("x"),1'],
      ["@sum.onnx", "'@sum"],
      ["a+b.onnx", "a+b"],
    ]) {
      const lab = await LabPage.open(page, `${site.url}?backend=cpu`);
      await page
        .getByLabel("Your ONNX file")
        .setInputFiles({ name: file, mimeType: "application/octet-stream", buffer });
      await page.getByTestId("own-loaded").waitFor();
      await lab.readings();
      await page.locator('[data-testid="reading"][data-model="own"][data-label]').waitFor();
      const { rows } = await savedTable(page, "readings");
      assert.equal(rows.length, bundled.length + 1);
      assert.equal(rows.at(-1)[0].replace(/\.onnx$/, ""), cell);
    }
    assert.throws(() => parse('a,"b\r\n'), "a quote that is not closed would be noticed");
    assert.throws(() => parse("a,b\r\n1\r\n"), "a row that is too short would be noticed");
  });

  it("without anything to save, the button is dead", async () => {
    await LabPage.open(page, `${site.url}?sample=none`);
    assert.ok(await page.getByTestId("csv-readings").isDisabled());
    await page.locator('[data-sample="3"]').click();
    await page.locator('[data-testid="csv-readings"]:not([disabled])').waitFor();
  });
});

describe("tables of the panels", () => {
  it("transfer: one digit", async () => {
    await openFilled(page, site.url, "transfer");
    const { header, rows } = await savedTable(page, "transfer");
    const column = (name) => header.findIndex((head) => head.startsWith(name));
    const cells = await page
      .locator("bs-transfer-table tbody tr[data-made] td[data-model]")
      .evaluateAll((all) =>
        all.map((cell) => [
          cell.dataset.model,
          cell.querySelector(".main").textContent,
          String(cell.dataset.state === "fooled"),
        ]),
      );
    assert.ok(cells.length >= 30);
    const said = rows.map((row) => ["shown to", "digit read", "fooled"].map((name) => row[column(name)]));
    assert.deepEqual(said, cells);
    for (const row of rows) assert.ok(numeric(row[column("mean distortion")]) > 0);
  });

  it("transfer: many digits, counted and magnified", async () => {
    await LabPage.open(page, `${site.url}?backend=cpu&panel=transfer&transfer=halves,gallery,k7,d0.1,cells`);
    await page.locator("bs-experiments").scrollIntoViewIfNeeded();
    const panel = page.locator("bs-transfer-matrix");
    await page.getByTestId("csv-transfer").waitFor();
    assert.ok(await page.getByTestId("csv-transfer").isDisabled(), "nothing is counted yet");
    await panel.getByRole("button", { name: "Start" }).click();
    await page.getByTestId("transfer-state").filter({ hasText: "Done" }).waitFor({ timeout: PATIENCE });
    const { header, rows } = await savedTable(page, "transfer");
    const column = (name) => header.findIndex((head) => head.startsWith(name));
    const cells = await page
      .locator("bs-transfer-table tbody tr[data-made] td[data-model]")
      .evaluateAll((all) =>
        all.map(({ dataset, parentElement }) => [dataset.model, dataset.wrong, parentElement.dataset.digits]),
      );
    const said = rows.map((row) => ["shown to", "digits misread", "digits"].map((name) => row[column(name)]));
    assert.deepEqual(said, cells);
    for (const row of rows) {
      const of = (name) => numeric(row[column(name)]);
      assert.equal(of("share misread ("), of("digits misread") / of("digits"));
      assert.equal(of("magnified to") !== null, true);
    }
    assert.ok(rows.some((row) => row[column("share misread in the paper")] !== ""));
    // Counted at another magnification, it is another table.
    await panel.getByRole("button", { name: "As found" }).click();
    await page.getByTestId("transfer-state").filter({ hasText: "Done" }).waitFor({ timeout: PATIENCE });
    const found = await savedTable(page, "transfer");
    assert.notDeepEqual(found.rows, rows);
  });

  it("the lines hold what the engine reads along them", async () => {
    await openFilled(page, site.url, "slice");
    const { rows } = await savedTable(page, "lines");
    const lines = (seed) =>
      page.evaluate(async (seed) => {
        const { engine, fooling, chosen, choices } = document.querySelector("bs-app").lab;
        const { original: image, image: towards } = fooling.example;
        const line = await engine.line({
          model: chosen.model.id,
          image,
          towards,
          seed: seed ?? choices.seed,
        });
        const { classes, positions, along, aside, alongClipped, asideClipped } = line;
        const at = (values, point) => [...values.subarray(classes * point, classes * (point + 1))];
        return Array.from(positions, (t, point) => [
          t,
          ...at(along, point),
          alongClipped[point],
          ...at(aside, point),
          asideClipped[point],
        ]);
      }, seed);
    const found = rows.map((row) => row.map(numeric));
    assert.deepEqual(found, await lines());
    assert.notDeepEqual(found, await lines(99), "another random direction reads otherwise");
  });

  it("units: the numbers and the curve", async () => {
    await openFilled(page, site.url, "units");
    const { rows } = await savedTable(page, "units");
    const curve = await savedTable(page, "units-curve");
    const {
      purity,
      selectivity,
      forcedChoice,
      units,
      directions,
      curve: points,
    } = await page.locator("bs-units-numbers").evaluate(({ state }) => state.comparison);
    const contrast = (of) => [
      of.units,
      of.directions,
      of.effect,
      of.p,
      units,
      directions,
      null,
      null,
      null,
      null,
    ];
    const { hits, trials, low, high } = forcedChoice;
    assert.deepEqual(
      rows.map(([, ...numbers]) => numbers.map(numeric)),
      [
        contrast(purity),
        contrast(selectivity),
        [null, null, null, null, units, directions, hits, trials, low, high],
      ],
    );
    const found = curve.rows.map((row) => row.map(numeric));
    assert.deepEqual(
      found,
      points.map(({ alpha, purity, selectivity }) => [alpha, purity, selectivity]),
    );
    assert.notDeepEqual(found[0].slice(1), found.at(-1).slice(1), "the curve's ends are told apart");
    assert.deepEqual(await violations(page), []);
  });

  it("bounds: the layers, the paper's, and the lengths on the scale", async () => {
    await openFilled(page, site.url, "bounds");
    const layers = await savedTable(page, "layers");
    const paper = await savedTable(page, "paper");
    const { rows: lengths } = await savedTable(page, "lengths");
    const bounds = (model) =>
      page.evaluate(async (model) => {
        const { engine, chosen, slots } = document.querySelector("bs-app").lab;
        const slot = model ? slots.find(({ name }) => name === model) : chosen;
        return engine.bounds(slot.model.id);
      }, model);
    const as = ({ layers, product }) => [
      ...layers.map(({ what, constant, fromImage }) => [what, constant, fromImage]),
      ["all together", null, product],
    ];
    const said = layers.rows.map(([what, , constant, , fromImage]) => [
      what,
      numeric(constant),
      numeric(fromImage),
    ]);
    const own = await bounds();
    assert.deepEqual(said, as(own));
    assert.notDeepEqual(said, as(await bounds("fc200-200-10")), "another network has other bounds");
    assert.deepEqual(
      paper.rows.map(([layer, size, bound]) => [layer, size, numeric(bound)]),
      own.quoted.map(({ layer, size, bound }) => [layer, size, bound]),
    );
    const marks = await page
      .locator("bs-bounds [data-mark]")
      .evaluateAll((all) => all.map(({ dataset }) => [dataset.mark, dataset.length]));
    assert.deepEqual(
      lengths.map(([, , , mark, , length]) => [mark, length]),
      marks,
    );
    assert.deepEqual(await violations(page), []);
  });
});
