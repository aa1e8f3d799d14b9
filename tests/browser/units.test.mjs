// Units against random directions, in the library and on the page: the rows are
// those of the images, the quiz keeps its score, by mouse, touch and keyboard.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

/** Ten thousand digits go through a network on a busy machine. */
const PATIENCE = 240_000;

/** Backends add up in another order: relative, of an answer. */
const SAME = 1e-4;

let browsers, site;
before(async () => {
  const kinds = [true, false].map((webgpu) => launch({ webgpu }));
  [browsers, site] = await Promise.all([Promise.all(kinds), host()]);
});
after(() => Promise.all([...browsers.map((browser) => browser.close()), site.close()]));

/** In the page: the gallery shown to the second layer, images made, and shown in their turn. */
async function examine({ url, backend }) {
  const { BlindSpots } = await import(`${url}blindspots.js`);
  const lab = await BlindSpots.open({ backend });
  const model = await lab.load("fc100-100-10");
  const { images, labels } = await lab.digits();
  const layers = await lab.hiddenLayers(model.id);
  const fractions = [];
  const of = { model: model.id, layer: 2, images, labels, top: 4, directions: 40, seed: 5 };
  const shown = await lab.units({ ...of, onprogress: ({ fraction }) => fractions.push(fraction) });
  const other = await lab.units({ ...of, seed: 6 });
  // The same digits, named instead of handed over; forgotten, they stay with who has seen them.
  const { set } = await lab.digits("gallery", { keep: true });
  const { images: _, labels: __, ...named } = { ...of, set };
  const kept = await lab.units(named);
  await lab.forget(set);
  const comparison = await shown.compare();
  const sameKept =
    JSON.stringify([kept.units, await kept.compare()]) === JSON.stringify([shown.units, comparison]);
  const made = await shown.make({ units: [3], directions: [7, 8] });
  // What was made is shown beside the digits: it excites its own unit, or direction, most.
  const more = new Float32Array(images.length + 784 * made.length);
  more.set(images);
  made.forEach(({ image }, place) => more.set(image, images.length + 784 * place));
  const again = await lab.units({ ...of, images: more, labels: [...labels, ...made.map(() => 0)] });
  const best = [
    [again.units.top[3][0], again.units.answers[3][0]],
    [again.directions.top[7][0], again.directions.answers[7][0]],
    [again.directions.top[8][0], again.directions.answers[8][0]],
  ];
  const refused = {};
  const attempt = async (name, work) => {
    refused[name] = await work().then(
      () => null,
      ({ code }) => code,
    );
  };
  const softmax = await lab.load("fc10-1");
  await attempt("no hidden layer", () => lab.hiddenLayers(softmax.id));
  await attempt("layer 3", () => lab.units({ ...of, layer: 3 }));
  await attempt("a label missing", () => lab.units({ ...of, labels: labels.slice(1) }));
  await attempt("eleven classes", () => lab.units({ ...of, labels: labels.map(() => 10) }));
  await attempt("rows too long", () => lab.units({ ...of, top: 51 }));
  await attempt("a data set forgotten", () => lab.units(named));
  await attempt("no model", () => lab.units({ ...of, model: 99 }));
  await attempt("no image", () => lab.units({ ...of, images: images.slice(1) }));
  await attempt("unit 100", () => shown.make({ units: [100] }));
  await attempt("aborted", () => shown.compare({ signal: AbortSignal.abort() }));
  const stop = new AbortController();
  const stopped = { signal: stop.signal, onprogress: () => stop.abort() };
  await attempt("cancelled on the way", () => shown.compare(stopped));
  await shown.close();
  await attempt("closed", () => shown.compare());
  await lab.unload(model.id);
  await attempt("model gone", () => other.compare());
  const { kind } = lab.backend;
  lab.close();
  const pixels = made.map(({ image }) => [...image]);
  const { units, directions } = shown;
  const answers = made.map(({ answer }) => answer);
  const differs = JSON.stringify(directions.top) !== JSON.stringify(other.directions.top);
  return {
    kind,
    labels,
    layers,
    fractions,
    units,
    directions,
    differs,
    sameKept,
    comparison,
    pixels,
    answers,
    best,
    refused,
  };
}

describe("the library's units", () => {
  const rows = {};
  for (const backend of ["cpu", "webgpu"]) {
    it(`are shown beside directions, on ${backend}`, async () => {
      const { page, complaints } = await openPage(browsers[0]);
      await page.goto(`${site.pages}blank.html`);
      const seen = await page.evaluate(examine, { url: site.url, backend });
      rows[backend] = seen.units;
      assert.equal(seen.kind, backend);
      assert.deepEqual(
        seen.layers.map(({ number, units, places }) => [number, units, places]),
        [
          [1, 100, 1],
          [2, 100, 1],
        ],
      );
      assert.deepEqual([seen.units.top.length, seen.directions.top.length], [100, 40]);
      for (const { top, answers, purity } of [seen.units, seen.directions]) {
        top.forEach((row, place) => {
          assert.equal(new Set(row).size, 4);
          const sorted = answers[place].every((v, i) => i === 0 || v <= answers[place][i - 1]);
          assert.ok(sorted, `row ${place}: ${answers[place]}`);
          const votes = row.map((digit) => row.filter((d) => seen.labels[d] === seen.labels[digit]).length);
          assert.equal(purity[place], Math.max(...votes) / 4);
        });
      }
      assert.ok(seen.differs, "another seed gives other directions");
      assert.ok(seen.sameKept, "a kept data set is the same digits");
      const rising = seen.fractions.every((share, i) => share <= 1 && share >= (seen.fractions[i - 1] ?? 0));
      assert.ok(rising, `${seen.fractions}`);

      const { comparison } = seen;
      assert.deepEqual([comparison.images, comparison.units, comparison.directions], [100, 100, 40]);
      assert.equal(comparison.curve.length, 11);
      assert.equal(comparison.curve[0].purity, comparison.purity.units);
      assert.ok(comparison.selectivity.units > 1.5 * comparison.selectivity.directions);
      assert.ok(comparison.selectivity.p < 0.001 && comparison.purity.p > 0.001);

      seen.pixels.flat().forEach((value) => assert.ok(value >= 0 && value <= 1));
      seen.best.forEach(([place, answer], i) => {
        assert.equal(place, 100 + i, "the made image comes first");
        assert.ok(Math.abs(answer - seen.answers[i]) <= SAME * Math.abs(answer), `${answer}`);
      });
      assert.deepEqual(seen.refused, {
        "no hidden layer": "no-hidden-units",
        "layer 3": "no-such-layer",
        "a label missing": "labels-differ",
        "eleven classes": "no-such-class",
        "rows too long": "too-few-images",
        "a data set forgotten": "no-such-data-set",
        "no model": "no-such-model",
        "no image": "not-an-image",
        "unit 100": "no-such-unit",
        aborted: "aborted",
        "cancelled on the way": "aborted",
        closed: "no-such-exhibit",
        "model gone": "no-such-exhibit",
      });
      assertQuiet(complaints);
    });
  }

  it("answer alike on both backends", () => {
    const [here, there] = [rows.cpu.answers.flat(), rows.webgpu.answers.flat()];
    const alike = (a, b) => a.every((v, i) => Math.abs(v - b[i]) <= SAME * Math.max(1e-2, Math.abs(v)));
    assert.ok(alike(here, there));
    assert.ok(
      !alike(here, rows.cpu.answers.slice(1).flat().concat(here.slice(0, 4))),
      "other rows are noticed",
    );
  });
});

/** The panel on the page. */
class UnitsPanel {
  constructor(page) {
    this.page = page;
    this.choices = page.getByTestId("units-choice");
    this.score = page.getByTestId("units-score");
  }

  static async open(page, search = "") {
    await LabPage.open(page, `${site.url}?panel=units${search}`);
    await page.locator("bs-experiments").scrollIntoViewIfNeeded();
    return new UnitsPanel(page);
  }

  async isShown() {
    await this.page.locator('[data-testid="units-shown"][data-fresh="true"]').waitFor({ timeout: PATIENCE });
    await this.choices.first().waitFor();
  }

  /** Takes row A for the unit's, and says whether it was. */
  async answer(act) {
    await act(this.page.getByRole("button", { name: "Row A is the unit" }));
    return (await this.choices.first().getAttribute("data-kind")) === "unit";
  }
}

for (const webgpu of [true, false]) {
  describe(`the panel ${webgpu ? "with" : "without"} WebGPU`, () => {
    const open = async (options, search = "") => {
      const { page, complaints } = await openPage(browsers[webgpu ? 0 : 1], options);
      const backend = webgpu ? "&backend=webgpu" : "";
      const panel = await UnitsPanel.open(page, backend + search);
      await panel.isShown();
      return { page, complaints, panel };
    };

    it("asks which row is the unit, shows rows and measures, by mouse", async () => {
      const { page, complaints, panel } = await open({});
      assert.equal(await panel.choices.count(), 2);
      assert.equal(await panel.choices.first().getAttribute("data-kind"), "", "nothing is given away");
      let hits = 0;
      for (let trials = 1; trials <= 3; trials += 1) {
        const right = await panel.answer((button) => button.click());
        hits += Number(right);
        const words = await panel.score.textContent();
        assert.match(words, right ? /Right!/ : /the other one/);
        assert.match(words, new RegExp(`${hits} of ${trials} right, .*95% interval`));
        await page.getByRole("button", { name: "Next pair" }).click();
      }
      const names = () => page.getByTestId("units-row").allTextContents();
      const first = await names();
      assert.equal(first.length, 8);
      // Every row gets an image that was made for it.
      await page.getByRole("img", { name: "an image made for it" }).nth(7).waitFor({ timeout: PATIENCE });
      await page.getByRole("button", { name: "Next rows" }).click();
      assert.equal(await page.getByTestId("units-page").textContent(), "2 of 25");
      assert.notDeepEqual(await names(), first);
      await page.getByRole("button", { name: "Previous rows" }).click();
      assert.deepEqual(await names(), first);
      await page.getByRole("button", { name: "Shuffle" }).click();
      assert.notDeepEqual(await names(), first);

      await page.getByRole("button", { name: /^Compare all 100 units with 1,000/ }).click();
      await page.getByTestId("units-verdict").waitFor({ timeout: PATIENCE });
      const cells = await page.getByTestId("units-numbers").locator("td").allTextContents();
      const [purity, ofDirections] = cells.slice(1).map(Number);
      assert.ok(purity > 0.5 && purity < 1 && ofDirections > 0.5 && ofDirections < 1, `${cells}`);
      const curve = await page.getByTestId("units-curve").getAttribute("aria-label");
      assert.match(curve, /purity goes from 0\.\d\d to 0\.\d\d\..* mean selectivity goes from/);
      assert.match(await page.getByTestId("units-against").textContent(), /Bau.*2017.*Morcos.*2018/s);
      assertQuiet(complaints);
    });

    it("follows a finger and the keyboard, and its choices are in the address", async () => {
      const options = { hasTouch: true, viewport: { width: 390, height: 844 } };
      const { page, complaints, panel } = await open(options, "&units=ae400-10.1");
      assert.match(await page.getByLabel("Hidden layer", { exact: true }).textContent(), /1: 400 units/);
      await panel.answer((button) => button.tap());
      assert.match(await panel.score.textContent(), /of 1 right/);
      // The focus has gone to the next button.
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Row B is the unit" }).press("Enter");
      assert.match(await panel.score.textContent(), /of 2 right/);
      await page.getByRole("button", { name: /^Compare all 400/ }).press("Enter");
      await page.getByRole("button", { name: "Cancel" }).press("Enter");
      await page.getByRole("button", { name: /^Compare all 400/ }).waitFor({ timeout: PATIENCE });

      await page.getByLabel("Network to look into").selectOption("fc100-100-10");
      await page.getByLabel("Hidden layer", { exact: true }).selectOption("1");
      await page.waitForURL(/units=fc100-100-10\.1/);
      await panel.isShown();
      assert.match(await panel.score.textContent(), /Pick a row/, "another layer, another score");
      assertQuiet(complaints);
    });
  });
}

it("says why a network without hidden units shows none, and hides what a link hides", async () => {
  const { page, complaints } = await openPage(browsers[1]);
  const panel = await UnitsPanel.open(page, "&units=fc10-1&hide=rows,numbers,about");
  const problem = page.getByTestId("units-problem");
  await problem.waitFor({ timeout: PATIENCE });
  assert.match(await problem.textContent(), /no hidden units.*Softmax regression/s);
  await page.getByLabel("Network to look into").selectOption("fc100-100-10");
  await panel.isShown();
  assert.equal(await problem.count(), 0);
  assert.equal(await page.locator("bs-units-rows, bs-units-numbers").count(), 0);
  assertQuiet(complaints);
});

it("averages a convolution's channels, and says so", async () => {
  const { page, complaints } = await openPage(browsers[1]);
  const panel = await UnitsPanel.open(page, "&units=cnn.1");
  await panel.isShown();
  assert.match(await page.getByLabel("Hidden layer", { exact: true }).textContent(), /1: 16 channels/);
  await page.getByText("A channel answers with its mean over the image.").waitFor();
  assertQuiet(complaints);
});

for (const colorScheme of ["light", "dark"]) {
  it(`axe finds nothing serious, ${colorScheme}`, async () => {
    const { page, complaints } = await openPage(browsers[1], { colorScheme });
    const panel = await UnitsPanel.open(page);
    await panel.isShown();
    assert.deepEqual(await violations(page), []);
    await panel.answer((button) => button.click());
    await page.getByRole("button", { name: /^Compare all/ }).click();
    await page.getByTestId("units-verdict").waitFor({ timeout: PATIENCE });
    assert.deepEqual(await violations(page), []);
    assertQuiet(complaints);
  });
}
