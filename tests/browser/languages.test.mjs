// The page in each of its languages: as its address, the elements' surroundings or the browser say.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { overflow } from "./lib/overflow.mjs";
import { filled, openFilled } from "./lib/panels.mjs";
import { host } from "./lib/server.mjs";
import { paragraphs, said } from "./lib/words.mjs";

let browser, site;
const hosts = [];
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
  hosts.push(site);
});
after(async () => {
  await browser.close();
  for (const one of hosts) await one.close();
});

/** One button of the page, and how the page calls its language. */
const LANGUAGES = {
  en: { keyboard: "Keyboard", tag: "en-GB" },
  de: { keyboard: "Tastatur", tag: "de" },
  es: { keyboard: "Teclado", tag: "es" },
  fr: { keyboard: "Clavier", tag: "fr" },
  zh: { keyboard: "键盘", tag: "zh-Hans" },
};

/** Waits until a page has its words in a language. */
async function speaksButton(page, code) {
  await page.getByRole("button", { name: LANGUAGES[code].keyboard, exact: true }).waitFor();
}

/** Waits for that, and sees that the page says so of itself. */
async function speaks(page, code) {
  const { tag } = LANGUAGES[code];
  await speaksButton(page, code);
  const app = page.locator("bs-app").first();
  assert.equal(await app.evaluate((element) => element.closest("[lang]").lang), tag);
}

it("the address chooses the language, and a region's is its language", async () => {
  const { page, complaints } = await openPage(browser, { locale: "de-AT" });
  for (const code of Object.keys(LANGUAGES)) {
    await page.goto(`${site.url}?lang=${code}`);
    await speaks(page, code);
    assert.equal(await page.getByTestId("notice").count(), 0);
  }
  await page.goto(`${site.url}?lang=fr-CA`);
  await speaks(page, "fr");
  assertQuiet(complaints);
});

it("title, way to the lab and languages stand in one row on a phone", async () => {
  const { page, context, complaints } = await openPage(browser, { viewport: { width: 390, height: 844 } });
  for (const code of Object.keys(LANGUAGES)) {
    await page.goto(`${site.url}?lang=${code}`);
    await speaks(page, code);
    const all = page.locator("header").locator("h1, button, bs-language");
    for (const width of [390, 360, 320]) {
      await page.setViewportSize({ width, height: 844 });
      const rows = await all.evaluateAll((parts) =>
        parts.map((part) => part.getBoundingClientRect()).map(({ top, bottom }) => (top + bottom) / 2),
      );
      assert.equal(rows.length, 3, code);
      assert.ok(Math.max(...rows) - Math.min(...rows) < 2, `${code}, ${width} pixels: ${rows.join(", ")}`);
    }
  }
  assertQuiet(complaints);
  await context.close();
});

it("the browser's languages choose it on the site's own page: the first that there is, or English", async () => {
  for (const [locale, code] of [
    ["es-MX", "es"],
    ["zh-CN", "zh"],
    ["pt-BR", "en"],
    ["en-US", "en"],
  ]) {
    const { page, context, complaints } = await openPage(browser, { locale });
    await page.goto(site.url);
    await speaks(page, code);
    assertQuiet(complaints);
    await context.close();
  }
});

it("an unknown language is named once, in English", async () => {
  const { page, complaints } = await openPage(browser, { locale: "de" });
  await page.goto(`${site.url}?lang=tlh`);
  await speaks(page, "en");
  const notice = page.getByTestId("notice");
  await notice.getByText("lang is one of en, de, es, fr, zh, not “tlh”.").waitFor();
  assert.equal(await notice.count(), 1);
  assertQuiet(complaints);
});

it("another language can be chosen, and nothing else changes", async () => {
  const { page, complaints } = await openPage(browser);
  const lab = await LabPage.open(page, `${site.url}?method=nearest-boundary`);
  await lab.readings();
  await lab.fool.click();
  await lab.isFooled();
  const shown = () =>
    page.evaluate(() => {
      const { lab } = document.querySelector("bs-app");
      return [lab.sample, [...lab.fooling.example.image], [...lab.readings]];
    });
  const before = await shown();
  for (const [code, name] of [
    ["de", "Deutsch"],
    ["zh", "简体中文"],
    ["en", "English"],
  ]) {
    await page.locator("bs-language select").selectOption({ label: name });
    await speaks(page, code);
    assert.deepEqual(await shown(), before);
    await page.waitForFunction((code) => new URLSearchParams(location.search).get("lang") === code, code);
  }
  assertQuiet(complaints);
});

it("on a page of others, elements speak what it says around them, whatever the browser speaks", async () => {
  const body = (lang, around, element) =>
    Buffer.from(`<!doctype html><html ${lang}><meta charset="utf-8" /><title>A page of one's own</title>
      <link rel="icon" href="data:," /><script type="module" src="/lab/elements.js"></script>
      <body>${around.replace("…", `<bs-app ${element}></bs-app>`)}</body></html>`);
  const made = {
    "/page.html": body('lang="fr-FR"', "<div>…</div>", ""),
    "/around.html": body('lang="fr"', '<div lang="zh-CN"><p>…</p></div>', ""),
    "/own.html": body('lang="fr"', '<div lang="zh-CN">…</div>', 'lang="es"'),
    "/settings.html": body('lang="fr"', "…", 'lang="es" settings="lang=de"'),
    "/none.html": body("", "…", ""),
    "/other.html": body('lang="it"', "…", ""),
    "/unknown.html": body('lang="it"', "…", 'lang=""'),
  };
  const others = await host({ folder: "/lab/", made });
  hosts.push(others);
  const { page, complaints } = await openPage(browser, { locale: "de-DE" });
  for (const [path, code] of [
    ["page", "fr"],
    ["around", "zh"],
    ["own", "es"],
    ["settings", "de"],
    ["none", "en"],
    ["other", "en"],
    ["unknown", "de"],
  ]) {
    await page.goto(new URL(`/${path}.html`, others.url).href);
    await speaksButton(page, code);
    const tag = await page.locator("bs-app").evaluate((element) => element.closest("[lang]").lang);
    assert.equal(tag.split("-")[0], code, path);
  }
  // A page that changes its language takes them with it.
  await page.goto(new URL("/page.html", others.url).href);
  await speaksButton(page, "fr");
  await page.evaluate(() => (document.documentElement.lang = "es"));
  await speaksButton(page, "es");
  await page.evaluate(() => (document.documentElement.lang = "nl"));
  await speaksButton(page, "en");
  // So do those that are left when the first of them is taken away.
  await page.evaluate(() => {
    document.body.append(document.createElement("bs-own"));
    document.querySelector("bs-app").remove();
    document.documentElement.lang = "de";
  });
  await page.locator("bs-own h2").getByText("Nimm dein eigenes ONNX-Netz").waitFor();
  assertQuiet(complaints);
});

it("words that cannot be fetched are said to be missing, and the page works in English", async () => {
  const { page, complaints } = await openPage(browser, { locale: "de" });
  await page.route(/\/de-[^/]*\.js$/, (route) => route.abort());
  const lab = await LabPage.open(page, site.url);
  await page.getByTestId("notice").getByText("The page's words in Deutsch could not be loaded.").waitFor();
  await speaks(page, "en");
  await lab.readings();
  assertQuiet(complaints, /\/de-[^/]*\.js/, /ERR_FAILED/);
});

/** Chooses a language on the page, and waits until all of it is shown. */
async function choose(page, code) {
  await page.locator("bs-language select").selectOption(code);
  await speaks(page, code);
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  );
}

/** What is the same in every language: names of networks, methods, files and people; formulas. */
const NAMES = [
  /^(FC|AE|CNN|P[12]$|P[12] |L-BFGS|ONNX|WebGPU|Softmax|MNIST|Blind Spots$)/,
  /^(DDN|Carlini–Wagner|DeepFool|PGD|FGSM) \(\d{4}\)$/,
  /^(L2|L∞|PNG|SVG|NPY|JSON|CSV|BibTeX|CPU|p|α|r|x|l|c|A|B|C|ms|s)$/,
  /^(Network Dissection|arXiv:1312\.6199|\.onnx\.data|CROWN, 2018|DeepFool)$/,
  /^[·‖+()[\] ]*(loss|\d|[rxlc∈²,‖()+·\s])+[\]. ]*$/,
  /^\d[\d.,]* (ms|s)$/,
  /^(Bau|Morcos) et al\., \d{4}$/,
];
/** Words that a language shares with English. */
const SHARED = {
  de: ["Autoencoder", "Quiz", /^in [\d.,]+ m?s$/],
  es: ["original"],
  fr: ["Pixels", "Perturbation", "Image", "Quiz", "Directions", /^Direction \d+$/],
  zh: [],
};

/** What of these words is English though it should not be. */
function english(words, before, code) {
  const same = [...NAMES, ...SHARED[code]];
  const known = (text) => same.some((one) => (typeof one === "string" ? one === text : one.test(text)));
  return words.filter((text) => before.includes(text) && !known(text));
}

/** Paragraphs with a space between two sentences, which Chinese has not. */
function spaced(paragraphs) {
  return paragraphs.filter((text) => /[。？！；] /.test(text));
}

for (const panel of filled) {
  it(`nothing is left in English, accessible and narrow enough: ${panel}`, async () => {
    const { page, context, complaints } = await openPage(browser, { viewport: { width: 390, height: 844 } });
    await openFilled(page, site.url, panel);
    const before = await page.evaluate(said);
    assert.ok(before.length > 150, `${before.length} texts`);
    assert.ok(english(before, before, "de").length > 100, "English is found");
    const whole = await page.evaluate(paragraphs);
    const withSpaces = spaced(whole.map((text) => text.replaceAll(".", "。")));
    assert.ok(withSpaces.length > 5, "paragraphs are found, and English has spaces");
    for (const code of ["de", "es", "fr", "zh"]) {
      await choose(page, code);
      let words = await page.evaluate(said);
      // What is read aloud of a reading comes a moment after it.
      for (let tries = 0; tries < 40 && english(words, before, code).length > 0; tries += 1) {
        await page.waitForTimeout(250);
        words = await page.evaluate(said);
      }
      assert.ok(words.length > 150, `${words.length} texts`);
      assert.deepEqual(english(words, before, code), [], code);
      if (code === "zh") assert.deepEqual(spaced(await page.evaluate(paragraphs)), []);
      assert.deepEqual(await violations(page), [], code);
      assert.equal(await overflow(page), 0, `${code} at 390 pixels`);
      const size = (size) => page.evaluate((size) => (document.documentElement.style.fontSize = size), size);
      await size("200%");
      assert.equal(await overflow(page), 0, `${code}, text of twice the size`);
      await size("");
    }
    assertQuiet(complaints);
    await context.close();
  });
}
