// A saved figure is the image that was found, and what is to be cited is what CITATION.cff says.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { host, repository } from "./lib/server.mjs";

const NETWORK = join(repository, "models/fc10-1.onnx");

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

const fooled = (search = "") =>
  LabPage.openFooled(page, `${site.url}?backend=cpu&method=nearest-boundary${search}`);

/** Presses the button for a figure and reads the file. */
async function savedFigure() {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.locator("bs-measures .save button").filter({ hasText: "SVG" }).click(),
  ]);
  assert.match(download.suggestedFilename(), /^blind-spot-.*\.svg$/);
  return readFileSync(await download.path(), "utf8");
}

/** In the page: what is in a figure, with its pictures as pixels and its texts' right ends. */
async function seen(source) {
  const parsed = new DOMParser().parseFromString(source, "image/svg+xml");
  if (parsed.querySelector("parsererror")) return { error: parsed.documentElement.textContent };
  const svg = document.body.appendChild(document.importNode(parsed.documentElement, true));
  const pictures = [];
  for (const image of svg.querySelectorAll("image")) {
    const bytes = Uint8Array.from(atob(image.getAttribute("href").split(",")[1]), (letter) =>
      letter.charCodeAt(0),
    );
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    pictures.push(
      Array.from({ length: data.length / 4 }, (_, pixel) => [...data.slice(4 * pixel, 4 * pixel + 3)]),
    );
  }
  const texts = [...svg.querySelectorAll("text")];
  const found = {
    title: svg.querySelector(":scope > title").textContent,
    desc: svg.querySelector(":scope > desc").textContent,
    texts: texts.map(({ textContent }) => textContent),
    ends: texts.map((text) => text.getBBox()).map(({ x, width }) => Math.round(x + width)),
    elements: [...new Set([...svg.querySelectorAll("*")].map(({ localName }) => localName))].sort(),
    links: [...source.matchAll(/(?:href|src)="(?!data:image\/png;base64,)|url\(|<script|<style/g)].length,
    width: svg.viewBox.baseVal.width,
    pictures,
  };
  svg.remove();
  return found;
}

const images = () =>
  page.evaluate(() => {
    const { original, image } = document.querySelector("bs-app").lab.fooling.example;
    return { original: [...original], image: [...image] };
  });

/** Ink on paper, as a picture of 8 bits has it. */
const onPaper = (image) => image.map((value) => Array(3).fill(255 - Math.round(255 * value)));

describe("the figure", () => {
  it("is the image that was found, its change and its original, and says what is read", async () => {
    await fooled("&sample=3");
    const figure = await page.evaluate(seen, await savedFigure());
    const { original, image } = await images();
    const [first, change, last] = figure.pictures;
    assert.deepEqual(first, onPaper(original));
    assert.deepEqual(last, onPaper(image));
    assert.notDeepEqual(first, last, "the two pictures are told apart");
    // Ink that was added is redder than blue, ink that was taken away the other way round.
    change.forEach(([red, , blue], pixel) => {
      const by = image[pixel] - original[pixel];
      if (Math.abs(by) > 0.02) assert.equal(Math.sign(red - blue), Math.sign(by), `pixel ${pixel}`);
      if (by === 0) assert.equal(red, blue);
    });
    const measures = Object.fromEntries(
      Object.entries(await new LabPage(page).measures()).map(([name, value]) => [name, value]),
    );
    assert.equal(
      figure.title,
      await page
        .getByTestId("message")
        .textContent()
        .then((text) => text.trim()),
    );
    assert.match(figure.desc, /^Three images of a digit: the original, which FC100-100-10 reads as \d/);
    assert.ok(
      figure.texts.includes(`Distortion ${measures.Distortion}, L2 ${measures.L2}, L∞ ${measures["L∞"]}`),
    );
    assert.ok(figure.texts.includes(await page.getByTestId("fooled").textContent()));
    assert.deepEqual(figure.elements, ["desc", "image", "line", "rect", "text", "title"]);
    assert.equal(figure.links, 0, "it needs nothing else");
  });

  it("fits its width in every language", async () => {
    for (const lang of ["en", "de", "es", "fr", "zh"]) {
      await fooled(`&sample=3&lang=${lang}`);
      const { ends, width, texts } = await page.evaluate(seen, await savedFigure());
      ends.forEach((end, at) => assert.ok(end <= width, `${lang}: “${texts[at]}” ends at ${end}`));
      const long = (await savedFigure()).replace(/(<text[^>]*>)/, `$1${"wide ".repeat(40)}`);
      assert.ok((await page.evaluate(seen, long)).ends[0] > width, "what is too wide would be noticed");
    }
  });

  it("names are text in it, whatever they are", async () => {
    const lab = await LabPage.open(page, `${site.url}?backend=cpu&method=nearest-boundary&sample=3`);
    const name = `<script>&amp;"']]>\u0001.onnx`;
    const file = { name, mimeType: "application/octet-stream", buffer: readFileSync(NETWORK) };
    await page.getByLabel("Your ONNX file").setInputFiles(file);
    await page.getByTestId("own-loaded").waitFor();
    await lab.choose("own");
    await page.locator('[data-testid="reading"][data-model="own"][data-label]').waitFor();
    await lab.fool.click();
    await lab.isFooled();
    const source = await savedFigure();
    const figure = await page.evaluate(seen, source);
    assert.ok(figure.title?.includes(`<script>&amp;"']]>`), figure.error ?? figure.title);
    assert.ok(!figure.elements.includes("script"));
    // A browser dresses its own words on what is no XML with styles that the page's policy refuses: elsewhere.
    const blank = await context.newPage();
    const { error } = await blank.evaluate(seen, source.replace("</title>", "<script></title>"));
    assert.ok(error, "a name that is markup would be noticed");
  });
});

describe("cite this", () => {
  const { parse: yaml } = createRequire(join(repository, "www/package.json"))("yaml");
  const software = yaml(readFileSync(join(repository, "CITATION.cff"), "utf8"));
  const [paper] = software.references;

  /** Whether a citation says everything that the file does, authors in their order. */
  function says(text, { title, authors, version, year, notes }) {
    const names = authors.map((author) => author.name ?? author["family-names"]);
    const places = names.map((name) => text.indexOf(name));
    const order = places.every((place, at) => place >= 0 && (at === 0 || place > places[at - 1]));
    const parts = [title, version, year, notes].filter((part) => part !== undefined);
    return order && parts.every((part) => text.includes(String(part)));
  }

  it("in words and as BibTeX it is what CITATION.cff says, and can be copied", async () => {
    await page.addInitScript(() => {
      Object.defineProperty(navigator, "clipboard", {
        value: { writeText: async (text) => (globalThis.copied = text) },
        configurable: true,
      });
    });
    await LabPage.open(page, site.url);
    for (const [name, work, entry] of [
      ["software", software, /^@software\{\w+,\n/],
      ["paper", paper, /^@article\{szegedy2013,\n/],
    ]) {
      const text = await page.getByTestId(`cite-${name}`).textContent();
      const bibtex = await page.getByTestId(`bibtex-${name}`).textContent();
      assert.match(bibtex, entry);
      assert.match(bibtex, /\n\}$/);
      for (const [form, words] of [
        ["text", text],
        ["bibtex", bibtex],
      ]) {
        assert.ok(says(words, work), words);
        const others = work.authors.toReversed();
        if (others.length > 1)
          assert.ok(!says(words, { ...work, authors: others }), "another order is noticed");
        assert.ok(!says(words, { ...work, title: `${work.title}!` }), "another title is noticed");
        await page.getByTestId(`copy-${name}-${form}`).click();
        await page.waitForFunction((words) => globalThis.copied === words, words);
      }
    }
    assert.deepEqual(await violations(page), []);
  });
});
