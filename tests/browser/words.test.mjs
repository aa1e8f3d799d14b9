// Words that are easily wrong: plurals, what citations lead to, and the card that a link to the page is shown with.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { filled, openFilled } from "./lib/panels.mjs";
import { host } from "./lib/server.mjs";

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
});
after(() => Promise.all([browser.close(), site.close()]));

/** In the page: all that it says, and the links that lead away from it. */
function contents() {
  const words = [];
  const links = [];
  const walk = (root) => {
    for (const node of root.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) words.push(node.data);
      if (!(node instanceof Element) || /^(style|script)$/.test(node.localName)) continue;
      for (const name of ["aria-label", "title", "aria-valuetext"]) words.push(node.getAttribute(name) ?? "");
      if (node.localName === "a" && node.origin !== location.origin) {
        links.push({ href: node.href, text: node.textContent.trim(), target: node.target, rel: node.rel });
      }
      walk(node);
      if (node.shadowRoot) walk(node.shadowRoot);
    }
  };
  walk(document.body);
  return { words: words.join(" ").replace(/\s+/g, " "), links };
}

/** "1 digits", and "2 digit". */
function wrongPlurals(words) {
  const nouns = "image|digit|unit|channel|direction|evaluation|pixel|row|parameter|network|label|sample";
  const one = new RegExp(`(?<![\\d.,:×] ?)\\b1 (gradient |test )?(${nouns})s\\b`, "g");
  const more = new RegExp(`\\b([2-9]|\\d[\\d,]*\\d) (gradient |test )?(${nouns})\\b(?!s)`, "g");
  return [...(words.match(one) ?? []), ...(words.match(more) ?? [])];
}

/** Who is cited where, by the numbers of arXiv. */
const CITED = {
  1312.6199: /Szegedy/,
  1412.6572: /Goodfellow.*2014/,
  1602.02697: /Papernot.*2016/,
  1610.08401: /Moosavi-Dezfooli.*2017/,
  1706.06083: /Madry.*2017/,
  "1802.00420": /Athalye.*2018/,
  1905.02175: /Ilyas.*2019/,
  1704.05796: /Bau.*2017/,
  1803.06959: /Morcos.*2018/,
  1811.00866: /CROWN.*2018/,
};

it("plurals are right, and every citation leads to what it names, in a tab of its own", async () => {
  const found = new Map();
  for (const panel of filled) {
    const { page, context, complaints } = await openPage(browser);
    await openFilled(page, site.url, panel);
    const { words, links } = await page.evaluate(contents);
    assert.ok(words.length > 5000, `${words.length} letters`);
    assert.deepEqual(wrongPlurals(words), [], panel);
    for (const { href, text, target, rel } of links) {
      const id = /^https:\/\/arxiv\.org\/abs\/(\d{4}\.\d{4,5})$/.exec(href)?.[1];
      assert.ok(id && CITED[id], `${href} is known`);
      assert.match(text, id === "1312.6199" ? /Szegedy|arXiv:1312\.6199/ : CITED[id]);
      assert.deepEqual([target, rel], ["_blank", "noopener noreferrer"], href);
      found.set(id, text);
    }
    assertQuiet(complaints);
    await context.close();
  }
  assert.deepEqual([...found.keys()].sort(), Object.keys(CITED).sort());
  assert.deepEqual(wrongPlurals("of 1 digits, 0.1 units, 3 image and 10,000 test digits, 1 row"), [
    "1 digits",
    "3 image",
  ]);
});

it("one gradient evaluation is one", async () => {
  const { page, complaints } = await openPage(browser);
  // A single step does not make the network that was trained to resist read a 4 as a 1.
  const lab = await LabPage.open(page, `${site.url}?model=cnn-robust&method=fgsm&target=1`);
  await lab.readings();
  await lab.fool.click();
  const message = page.getByTestId("message");
  await message.waitFor();
  const right = /after 1 gradient evaluation\b/;
  assert.match(await message.textContent(), right);
  assert.doesNotMatch("after 1 gradient evaluations", right);
  assertQuiet(complaints);
});

it("a link to the page is shown with a title, words and a picture of the right size", async () => {
  const { page, complaints } = await openPage(browser);
  await page.goto(site.url);
  const card = await page.evaluate(async () => {
    const of = (name) => document.querySelector(`meta[property="${name}"], meta[name="${name}"]`)?.content;
    const url = new URL(of("og:image"), location.href);
    const answer = await fetch(url);
    const bytes = await answer.blob();
    const picture = await createImageBitmap(bytes);
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, picture.width, picture.height).data.buffer);
    return {
      title: of("og:title"),
      same: document.title,
      words: of("og:description"),
      about: of("description"),
      alt: of("og:image:alt"),
      card: of("twitter:card"),
      said: [of("og:image:width"), of("og:image:height")].map(Number),
      size: [picture.width, picture.height],
      bytes: bytes.size,
      colours: new Set(pixels).size,
      here: url.origin === location.origin,
    };
  });
  assert.equal(card.title, card.same);
  for (const words of [card.words, card.about]) assert.ok(words.length > 60 && words.length < 240, words);
  assert.ok(card.alt.length > 20 && card.card === "summary_large_image" && card.here);
  assert.deepEqual(card.size, [1200, 630]);
  assert.deepEqual(card.said, card.size);
  assert.ok(card.bytes < 300_000, `${card.bytes} bytes`);
  assert.ok(card.colours > 100, "it is not blank");
  assertQuiet(complaints);
});
