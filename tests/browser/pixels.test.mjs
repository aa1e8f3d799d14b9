// Other people's networks take other numbers for pixels: what a file expects is found out by reading
// samples, said, and can be corrected. What no network takes, pixels outside [0, 1], is refused.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { host, repository } from "./lib/server.mjs";

const path = (name) => join(repository, `tests/fixtures/pixels/${name}.onnx`);
const bytes = (name) => [...readFileSync(path(name))];

let browser, site, page, complaints;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());
beforeEach(async () => {
  site = await host();
  ({ page, complaints } = await openPage(browser));
});
afterEach(() => site.close());

async function openLibrary() {
  await page.goto(`${site.pages}blank.html`);
  await page.evaluate(async (url) => {
    const { BlindSpots } = await import(`${url}blindspots.js`);
    globalThis.lab = await BlindSpots.open({ backend: "cpu" });
    globalThis.gallery = await lab.digits();
    globalThis.failed = (promise) =>
      promise.then(
        () => null,
        ({ code, message }) => `${code}: ${message}`,
      );
  }, site.url);
}

it("what a file expects is found out, and a caller is believed", async () => {
  await openLibrary();
  const found = await page.evaluate(
    async ([signed, colour, other]) => {
      const { images, labels } = gallery;
      const load = async (file, options) => {
        const model = await lab.load(Uint8Array.from(file), options);
        if (model.image.join() !== "1,28,28") return { ...model };
        const read = await lab.labels([model.id], images);
        const right = labels.filter((label, place) => read[place] === label).length;
        return { ...model, right: right / labels.length };
      };
      return {
        signed: await load(signed),
        plain: await load(signed, { normalize: "none" }),
        told: await load(signed, { normalize: "signed", invert: true }),
        text: await load(signed, { normalize: "0.5,-0.5" }),
        colour: await load(colour),
        other: await load(other),
        bundled: (await lab.load("fc10-1")).accuracy,
      };
    },
    [bytes("signed-inverted"), bytes("colour-32"), bytes("other-images")],
  );
  const { signed, plain, told, text, colour, other, bundled } = found;
  assert.deepEqual([signed.normalize, signed.invert, signed.pixels.chosen], ["signed", true, "detected"]);
  assert.ok(signed.right > 0.85, `${signed.right}`);
  assert.equal(signed.accuracy, signed.right);
  assert.equal(signed.pixels.samples, 100);
  assert.equal(signed.pixels.plain, plain.right);
  assert.deepEqual([plain.pixels.chosen, plain.pixels.poor], ["given", true]);
  assert.equal(told.right, signed.right);
  // (x − 0.5) / −0.5 is −1…1 inverted.
  assert.equal(text.right, signed.right);
  assert.deepEqual(colour.image, [1, 28, 28]);
  assert.ok(colour.right > 0.85 && /paper around/.test(colour.pixels.words), colour.pixels.words);
  assert.ok(other.pixels.poor && other.right === other.accuracy);
  assert.equal(bundled, null, "what a bundled network takes is known");
  assertQuiet(complaints);
});

it("images outside [0, 1] are refused by everything that takes any", async () => {
  await openLibrary();
  const codes = await page.evaluate(async () => {
    const { id } = await lab.load("fc10-1");
    const fine = gallery.images.slice(0, 784);
    const results = {};
    for (const [what, value] of [
      ["light", 1.00001],
      ["dark", -1e-7],
      ["infinite", Infinity],
    ]) {
      const image = fine.with(300, value);
      results[what] = [
        await failed(lab.classify(id, image)),
        await failed(lab.classifyMany([id], image)),
        await failed(lab.labels([id], image)),
        await failed(lab.gradient(id, image, 1)),
        await failed(lab.certify(id, image, 1)),
        await failed(lab.attack({ model: id, image })),
        await failed(lab.transfer({ models: [id], image })),
        await failed(lab.examples({ model: id, images: image, labels: [1] })),
        await failed(lab.show({ models: [id], images: image, labels: [1], distortion: 0.1 })),
        await failed(lab.compare({ models: [id], image: fine, example: image, label: 1 })),
        await failed(lab.line({ model: id, image, towards: fine })),
        await failed(lab.noise(image, 0.1)),
      ];
    }
    results.fine = await failed(lab.classify(id, fine));
    return results;
  });
  for (const what of ["light", "dark", "infinite"]) {
    for (const code of codes[what]) assert.match(code ?? "", /^out-of-box: pixel 300 of image 0 is /, what);
  }
  assert.equal(codes.fine, null);
});

it("the page says how many samples a visitor's network reads, and takes corrections", async () => {
  await page.goto(site.url);
  const lab = new LabPage(page);
  await lab.isReady();
  const said = page.getByTestId("own-loaded");
  await page.getByLabel("Your ONNX file").setInputFiles(path("signed-inverted"));
  await said.filter({ hasText: /reads \d\d of 100 samples, with pixels from −1 to 1, inverted/ }).waitFor();

  await page.getByTestId("own-pixels").selectOption("none");
  await said
    .filter({ hasText: /reads (only )?\d+ of 100 samples, with pixels from 0 to 1, inverted/ })
    .waitFor();
  await page.getByTestId("own-invert").uncheck();
  await said.filter({ hasText: /only \d+ of 100 samples, with pixels from 0 to 1\./ }).waitFor();
  // Wherever it is named, it is said.
  const named = { hasText: /signed-inverted\.onnx \(reads \d+ of 100 samples\)/ };
  await page.locator(".title").filter(named).first().waitFor();

  await page.getByTestId("own-pixels").selectOption("auto");
  await said.filter({ hasText: /reads \d\d of 100 samples, with pixels from −1 to 1, inverted/ }).waitFor();
  assert.equal(await page.getByTestId("own-invert").isChecked(), true);

  assert.doesNotMatch(await said.innerText(), /16 bits/);
  await page.getByLabel("Your ONNX file").setInputFiles(path("halves"));
  await said.filter({ hasText: "Its file computes in 16 bits" }).waitFor();
  assertQuiet(complaints);
});

it("what a file expects is said in the page's language", async () => {
  const said = page.getByTestId("own-loaded");
  await page.setViewportSize({ width: 390, height: 844 });
  for (const [lang, file, words] of [
    ["de", "signed-inverted", "Pixelwerte von −1 bis 1, invertiert"],
    ["es", "signed-inverted", "píxeles de −1 a 1, invertidos"],
    ["fr", "colour-32", "pixels de moyenne 0.1307, d’écart-type 0.3081; chiffres entourés de papier"],
    ["zh", "halves", "像素值从 0 到 1"],
  ]) {
    await page.goto(`${site.url}?lang=${lang}`);
    await new LabPage(page).isReady();
    await page.locator("bs-own input[type=file]").setInputFiles(path(file));
    await said.filter({ hasText: words }).waitFor();
    assert.doesNotMatch(await page.locator("bs-own").innerText(), /from|with|digits|inverted/, lang);
    const end = (box) => box.x + box.width;
    const [choice, all] = [page.getByTestId("own-pixels"), page.locator("bs-own")];
    const room = end(await all.boundingBox()) - end(await choice.boundingBox());
    assert.ok(room >= 0, `${lang}: the choice reaches ${-room} px beyond`);
  }
  assertQuiet(complaints);
});
