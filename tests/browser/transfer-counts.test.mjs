// What the panel of transfers counts for one digit: only networks that read the original correctly can be fooled;
// and the visitor's own network takes part.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { bundled, LabPage } from "./lib/lab.mjs";
import { host, repository } from "./lib/server.mjs";

const PATIENCE = 120_000;

let browser;
let site;
before(async () => {
  browser = await launch({ webgpu: false });
  site = await host();
});
after(async () => {
  await browser.close();
  await site.close();
});

/** The first of the page's samples that several networks misread, and its digit. */
async function disputedSample() {
  const { page, context } = await openPage(browser);
  await page.goto(`${site.pages}blank.html`);
  const found = await page.evaluate(
    async ({ library, names }) => {
      const { BlindSpots } = await import(library);
      const lab = await BlindSpots.open({ backend: "cpu" });
      const { images, labels } = await lab.digits("gallery");
      const ids = [];
      for (const name of names) ids.push((await lab.load(name)).id);
      const read = await lab.labels(ids, images);
      lab.close();
      const misread = (place) =>
        ids.filter((_, model) => read[model * labels.length + place] !== labels[place]).length;
      const place = [...labels].findIndex((_, place) => misread(place) > 1 && misread(place) < 6);
      return { place, digit: labels[place], misread: misread(place) };
    },
    { library: `${site.url}blindspots.js`, names: bundled },
  );
  await context.close();
  return found;
}

/** The panel for a sample, with all networks; what is read in each cell, and what the sentence says. */
async function counted(page) {
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByTestId("transfer-state").filter({ hasText: "Done" }).waitFor({ timeout: PATIENCE });
  const cells = await page.locator('[data-testid="transfer-table"] tr[data-made]').evaluateAll((rows) =>
    rows.flatMap((row) =>
      [...row.querySelectorAll("[data-model]")].map((cell) => ({
        made: row.dataset.made,
        shown: cell.dataset.model,
        state: cell.dataset.state,
        label: Number(cell.querySelector(".main").textContent),
      })),
    ),
  );
  const sums = page.getByTestId("transfer-sums");
  return { cells, said: await sums.locator("b").textContent(), sentence: await sums.textContent() };
}

it("counts as fooled what read the original correctly, and says out of how many", async () => {
  const { place, digit, misread } = await disputedSample();
  assert.ok(misread > 1, "networks disagree on some sample");
  const { page, context, complaints } = await openPage(browser, { viewport: { width: 1400, height: 1200 } });
  const lab = await LabPage.open(page, `${site.url}?panel=transfer&transfer=all&sample=${place}`);
  const before = await lab.readings();
  assert.equal(Object.values(before).filter((label) => label !== digit).length, misread);
  await page.locator("bs-experiments").scrollIntoViewIfNeeded();
  const { cells, said, sentence } = await counted(page);

  const others = cells.filter(({ made, shown }) => bundled.includes(made) && made !== shown);
  assert.equal(others.length, 12 * 11);
  const able = others.filter(({ shown }) => before[shown] === digit);
  const fooled = able.filter(({ label }) => label !== digit);
  assert.equal(able.length, 12 * 11 - 11 * misread);
  assert.equal(said, `${fooled.length} of ${able.length}`);
  assert.match(sentence, /that read the original\s+correctly/);
  // The control: who misread the original misreads many of these, too, and would have been counted.
  assert.ok(others.filter(({ label }) => label !== digit).length > fooled.length);
  assert.deepEqual(
    others.map(({ state }) => state),
    others.map(({ shown, label }) =>
      before[shown] !== digit ? "already" : label !== digit ? "fooled" : "read",
    ),
  );
  assertQuiet(complaints);
  await context.close();
});

it("takes the visitor's own network among all, and drops what was made with another", async () => {
  const { page, context, complaints } = await openPage(browser, { viewport: { width: 1400, height: 1200 } });
  const lab = await LabPage.open(page, `${site.url}?panel=transfer&transfer=all&sample=3`);
  const own = page.locator('input[type="file"]').first();
  const row = (name) => page.locator(`[data-testid="reading"][data-model="${name}"][data-label]`);
  const same = (cells, name) => {
    const of = (what, which) =>
      cells
        .filter(
          (cell) => cell[what] === which && !["own", name].includes(cell[what === "made" ? "shown" : "made"]),
        )
        .map(({ label }) => label);
    // As the network whose file it is: shown to others, and shown the others' examples.
    assert.ok(of("made", "own").length >= 11);
    assert.deepEqual(of("made", "own"), of("made", name));
    assert.deepEqual(of("shown", "own"), of("shown", name));
  };
  await own.setInputFiles(join(repository, "models/fc10-1.onnx"));
  await row("own").waitFor({ timeout: PATIENCE });
  await lab.readings();
  await page.locator("bs-experiments").scrollIntoViewIfNeeded();
  const first = (await counted(page)).cells;
  same(first, "fc10-1");
  // The control: not as another one.
  assert.throws(() => same(first, "cnn"));

  await own.setInputFiles(join(repository, "models/cnn.onnx"));
  await page.getByRole("button", { name: "Start", exact: true }).waitFor({ timeout: PATIENCE });
  const second = (await counted(page)).cells;
  same(second, "cnn");
  assert.throws(() => same(second, "fc10-1"));
  assertQuiet(complaints);
  await context.close();
});
