// Elements among the styles of a course: light and dark, sizes and texts are theirs as far as they help, and no farther.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, before, describe, it } from "node:test";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { digits, LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

let browser;
const sites = [];
before(async () => {
  browser = await launch({ webgpu: false });
});
after(async () => {
  await browser.close();
  for (const site of sites) await site.close();
});

/** The elements that docs/EMBEDDING.md shows, and what of a course is around them. */
const snippet = `<h1>A course</h1><div class="around"><bs-pad></bs-pad> <bs-attack></bs-attack>
  <bs-result></bs-result> <bs-readings></bs-readings></div>`;

/** A page of a course with this style and these elements, ready; how `done` is called. */
async function course({ css = "", body = snippet, html = "", head = "", options = {} }) {
  const page = `<!doctype html><html lang="en-GB" ${html}><meta charset="utf-8" /><title>A course</title>
    <link rel="icon" href="data:," /><style>${css}</style>${head}
    <body><main>${body}</main><script type="module" src="/lab/elements.js"></script></body></html>`;
  const site = await host({ folder: "/lab/", made: { "/course.html": Buffer.from(page) } });
  sites.push(site);
  const { page: tab, context, complaints } = await openPage(browser, options);
  await tab.goto(new URL("/course.html", site.url).href);
  const lab = new LabPage(tab);
  await lab.isReady();
  const done = async () => {
    assertQuiet(complaints);
    await context.close();
  };
  return { tab, lab, done };
}

/** How light what is behind an element's words is, from 0 to 255. */
const lightness = (locator) =>
  locator.evaluate((element) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = getComputedStyle(element).backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, opacity] = canvas.getImageData(0, 0, 1, 1).data;
    return opacity === 255 ? (red + green + blue) / 3 : null;
  });

describe("light and dark", () => {
  const white = "html { background: #fff; color: #222 }";
  const black = "html { background: #111; color: #eee }";
  for (const [what, css, colorScheme, dark] of [
    ["a white page that says nothing", white, "dark", false],
    ["a dark page that says so", `${black} html { color-scheme: dark }`, "light", true],
    ["a dark page that says nothing", black, "light", false],
    ["a page that leaves it to the visitor", ":root { color-scheme: light dark }", "dark", true],
    [
      "a dark box on a light page",
      `${white} .around { color-scheme: dark; background: #111 }`,
      "light",
      true,
    ],
  ]) {
    it(`${what}: the elements can be read, whatever the visitor prefers`, async () => {
      const { tab, lab, done } = await course({ css, options: { colorScheme } });
      await lab.draw(digits[2]);
      await lab.fool.click();
      await tab.getByTestId("fooled").waitFor();
      assert.deepEqual(await violations(tab), []);
      for (const name of ["bs-pad", "bs-readings"]) {
        const ground = await lightness(tab.locator(name));
        assert.ok(dark ? ground < 40 : ground > 220, `${name} is on ${ground}`);
      }
      const within = tab.locator("bs-readings bs-bars").first();
      assert.equal(await lightness(within), null, "elements within others have no ground of their own");
      // On paper all is light.
      await tab.emulateMedia({ media: "print" });
      assert.equal(await lightness(tab.locator("bs-pad")), 255);
      const ink = await tab.locator("bs-pad").evaluate((pad) => getComputedStyle(pad).color);
      assert.equal(ink, "rgb(18, 26, 22)");
      await done();
    });
  }

  it("the site's own page follows the visitor, and a course may set a colour", async () => {
    const site = await host();
    const { page, context, complaints } = await openPage(browser, { colorScheme: "dark" });
    await LabPage.open(page, site.url);
    assert.ok((await lightness(page.locator("bs-app"))) < 40);
    await page.emulateMedia({ colorScheme: "light" });
    assert.ok((await lightness(page.locator("bs-app"))) > 220);
    await page.evaluate(() => document.body.style.setProperty("--bs-page", "#000080"));
    assert.equal(await lightness(page.locator("bs-app")), 128 / 3);
    assertQuiet(complaints);
    await context.close();
    await site.close();
  });
});

describe("a course's own text", () => {
  /** Sizes of all text in the elements, in pixels, from the smallest on. */
  const sizes = (tab) =>
    tab.evaluate(() => {
      const texts = (root) =>
        [...root.querySelectorAll("*")].flatMap((one) => [
          ...(one.shadowRoot ? texts(one.shadowRoot) : []),
          ...([...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())
            ? [Number.parseFloat(getComputedStyle(one).fontSize)]
            : []),
        ]);
      const all = [...document.querySelectorAll("bs-pad, bs-attack, bs-result, bs-readings")];
      return all.flatMap((one) => texts(one.shadowRoot)).sort((a, b) => a - b);
    });

  it("neither shrinks nor swells the elements; who enlarges the page enlarges them", async () => {
    const { tab, done } = await course({});
    const plain = await sizes(tab);
    assert.ok(plain.length > 50 && plain[0] >= 12 && plain[0] <= 14, `from ${plain[0]} px on`);
    const style = (css) => tab.locator("style").evaluate((style, css) => (style.textContent = css), css);
    for (const css of [
      "html { font-size: 62.5% } body { font-size: 1.6rem }",
      "html { font-size: 10px }",
      ".around { font-size: 40px }",
    ]) {
      await style(css);
      assert.deepEqual(await sizes(tab), plain, css);
    }
    const twice = plain.map((size) => 2 * size);
    for (const css of ["html { font-size: 200% }", "body { --bs-text: 32px }"]) {
      await style(css);
      assert.deepEqual(await sizes(tab), twice, css);
    }
    await done();
  });

  it("is not theirs: how it is aligned, spaced and cased stays outside", async () => {
    const { tab, done } = await course({});
    const looks = () =>
      tab.evaluate(() => {
        const names = `fontStyle fontVariant letterSpacing lineHeight textAlign textIndent textShadow
          textTransform whiteSpace wordBreak wordSpacing fontWeight cursor width`.split(/\s+/);
        const all = (root) =>
          [...root.querySelectorAll("*")].flatMap((one) => [
            one,
            ...(one.shadowRoot ? all(one.shadowRoot) : []),
          ]);
        const inside = [...document.querySelectorAll("bs-pad, bs-attack, bs-result, bs-readings")].flatMap(
          (one) => all(one.shadowRoot),
        );
        return inside.map((one) => {
          const style = getComputedStyle(one);
          return [one.localName, ...names.map((name) => `${name}: ${style[name]}`)].join("; ");
        });
      });
    const plain = await looks();
    assert.ok(plain.length > 100);
    await tab.locator(".around").evaluate((around) => {
      around.classList.add("set");
      document.querySelector("style").textContent = `.set { font-style: italic; font-variant: small-caps;
        font-weight: 900; letter-spacing: 0.2em; line-height: 3; text-align: center; text-indent: 40px;
        text-shadow: 1px 1px red; text-transform: uppercase; white-space: pre; word-break: break-all;
        word-spacing: 1em; cursor: wait }`;
    });
    assert.deepEqual(await looks(), plain);
    const { scrollWidth, clientWidth } = await tab.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return { scrollWidth, clientWidth };
    });
    assert.equal(scrollWidth, clientWidth, "nothing scrolls sideways");
    // The control: the page's typeface is theirs.
    await tab.locator(".around").evaluate((around) => (around.style.fontFamily = "monospace"));
    const font = await tab.locator("bs-pad .caption").evaluate((one) => getComputedStyle(one).fontFamily);
    assert.equal(font, "monospace");
    await done();
  });

  it("beside them in a row leaves the readings room, and more contrast is to be had", async () => {
    const { tab, done } = await course({ css: ".around { display: flex; gap: 1rem }" });
    const { width } = await tab.locator("bs-readings").boundingBox();
    assert.ok(width >= 288, `${width} px`);
    const muted = () => tab.locator("bs-pad aside .muted").evaluate((one) => getComputedStyle(one).color);
    assert.equal(await muted(), "rgb(74, 89, 80)");
    await tab.emulateMedia({ contrast: "more" });
    assert.equal(await muted(), "rgb(18, 26, 22)");
    await done();
  });
});
