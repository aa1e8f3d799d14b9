// The elements on pages of others: beside another copy of the site, and many at once.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { digits, foolATwo, LabPage } from "./lib/lab.mjs";
import { panels } from "./lib/panels.mjs";
import { host, SITE } from "./lib/server.mjs";

let browser;
const sites = [];
before(async () => {
  browser = await launch({ webgpu: false });
});
after(async () => {
  await browser.close();
  for (const site of sites) await site.close();
});

const lab = `<bs-pad></bs-pad><bs-attack></bs-attack><bs-result></bs-result><bs-measures></bs-measures>
  <bs-transfer></bs-transfer><bs-readings></bs-readings>`;

/** A page with these scripts and elements. */
function page(scripts, body) {
  const modules = scripts.map((src) => `<script type="module" src="${src}"></script>`).join("\n");
  return `<!doctype html><html lang="en-GB"><meta charset="utf-8" /><title>A page of one's own</title>
    <link rel="icon" href="data:," />${modules}<body>${body}</body></html>`;
}

/** Two copies of the site on one host, and a page of that host. */
async function twoCopies(scripts, body) {
  const site = await host({
    folder: "/lab/",
    others: { "/courses/old/": SITE },
    made: { "/page.html": Buffer.from(page(scripts, body)) },
  });
  sites.push(site);
  const { page: tab, context, complaints } = await openPage(browser);
  await tab.goto(new URL("/page.html", site.url).href);
  return { tab, context, complaints };
}

for (const [title, scripts] of [
  ["two copies of the site in different folders", ["/lab/elements.js", "/courses/old/elements.js"]],
  ["the same copies the other way round", ["/courses/old/elements.js", "/lab/elements.js"]],
  ["one copy by two addresses", ["/lab/elements.js?a", "/lab/elements.js?b"]],
]) {
  it(`${title} live side by side on a page`, async () => {
    const { tab, context, complaints } = await twoCopies(
      scripts,
      `${lab}<bs-experiment name="slice"></bs-experiment>`,
    );
    const experiment = new LabPage(tab);
    await experiment.isReady();
    await foolATwo(experiment);
    // A part that is fetched later, too.
    await tab.locator("bs-experiment").scrollIntoViewIfNeeded();
    await tab.locator("bs-slice").getByRole("img").first().waitFor();
    const classes = await tab.evaluate(async (scripts) => {
      const [a, b] = await Promise.all(scripts.map((script) => import(script)));
      const used = customElements.get("bs-pad");
      return { two: a.BsPad !== b.BsPad, one: [a.BsPad, b.BsPad].filter((pad) => pad === used).length };
    }, scripts);
    // Where there are two of each class, one has the name.
    assert.equal(classes.one, classes.two ? 1 : 2);
    assert.equal(classes.two, !scripts[0].includes("?"), "the copies are two");
    assertQuiet(complaints);
    await context.close();
  });
}

it("a copy that comes second may bring a lab of its own", async () => {
  const { tab, context, complaints } = await twoCopies(["/lab/elements.js"], lab);
  await new LabPage(tab).isReady();
  const read = await tab.evaluate(async () => {
    const { Lab } = await import("/courses/old/elements.js");
    const own = new Lab("?sample=3");
    for (const element of document.querySelectorAll("bs-pad, bs-readings")) element.lab = own;
    await own.start();
    return [own instanceof (await import("/lab/elements.js")).Lab, own.label];
  });
  assert.equal(read[0], false, "the lab is the second copy's");
  const row = tab.locator('[data-testid="reading"][data-model="fc100-100-10"][data-label]');
  await row.waitFor();
  assert.equal(Number(await row.getAttribute("data-label")), read[1]);
  assertQuiet(complaints);
  await context.close();
});

it("on a page that runs from right to left they run from left to right, as their languages do", async () => {
  const { tab, context, complaints } = await twoCopies(["/lab/elements.js"], `${lab}<p>א 12.3 %</p>`);
  await tab.evaluate(() => (document.documentElement.dir = "rtl"));
  await new LabPage(tab).isReady();
  const directions = await tab.evaluate(() => {
    const all = (root) =>
      [...root.querySelectorAll("*")].flatMap((one) => [
        one,
        ...all(one.shadowRoot ?? document.createElement("p")),
      ]);
    const inside = [...document.querySelectorAll("bs-pad, bs-attack, bs-readings")].flatMap((one) => [
      one,
      ...all(one.shadowRoot),
    ]);
    const of = (elements) => [...new Set(elements.map((one) => getComputedStyle(one).direction))];
    return { page: of([...document.querySelectorAll("body > p")]), inside: of(inside), count: inside.length };
  });
  assert.ok(directions.count > 100, `${directions.count} elements`);
  assert.deepEqual([directions.page, directions.inside], [["rtl"], ["ltr"]]);
  assertQuiet(complaints);
  await context.close();
});

it("attributes that make no sense are named where they stand", async () => {
  const { tab, context, complaints } = await twoCopies(
    ["/lab/elements.js"],
    `<bs-chapter-noise number="x"></bs-chapter-noise><bs-chapter-spots number="7"></bs-chapter-spots>
     <bs-experiment name="sliec"></bs-experiment><bs-experiment></bs-experiment><bs-experiment name="bounds"></bs-experiment>`,
  );
  const said = tab.getByTestId("wrong-attribute");
  await said.nth(2).waitFor();
  await tab.locator("bs-chapter-spots h2").getByText("7").waitFor();
  assert.deepEqual(
    (await said.allTextContents()).map((text) => text.trim()),
    [
      "number is a number, not “x”.",
      `name is one of ${panels.join(", ")}, not “sliec”.`,
      `name is one of ${panels.join(", ")}, not “”.`,
    ],
  );
  assert.doesNotMatch(await tab.locator("bs-chapter-noise h2").textContent(), /NaN/);
  // Put right, it is shown.
  await tab.evaluate(() => (document.querySelector("bs-experiment").name = "slice"));
  await said.nth(2).waitFor({ state: "detached" });
  assert.equal(await said.count(), 2);
  assertQuiet(complaints);
  await context.close();
});

it("a hundred of an element are one lab, each of them in order", async () => {
  const { tab, context, complaints } = await twoCopies(["/lab/elements.js"], "<bs-pad></bs-pad>");
  await tab.waitForFunction(() => document.querySelector("bs-pad").shadowRoot?.querySelector("canvas"));
  await tab.waitForFunction(() =>
    document.querySelector("bs-pad").lab.slots.every(({ state }) => state === "ready"),
  );
  for (const name of ["bs-digit", "bs-pad", "bs-readings", "bs-bars", "bs-attack"]) {
    const took = await tab.evaluate(async (name) => {
      const began = performance.now();
      const elements = Array.from({ length: 100 }, () => document.createElement(name));
      if (name === "bs-digit")
        elements.forEach((digit, i) => (digit.pixels = new Float32Array(784).fill(i / 100)));
      document.body.append(...elements);
      await Promise.all(elements.map((element) => element.updateComplete));
      await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
      globalThis.many = elements;
      return performance.now() - began;
    }, name);
    console.log(`${name}: a hundred are there after ${took.toFixed(0)} ms`);
    if (name === "bs-digit") {
      const shades = await tab.evaluate(() =>
        globalThis.many.map((digit) => {
          const canvas = digit.shadowRoot.querySelector("canvas");
          return canvas.getContext("2d").getImageData(14, 14, 1, 1).data[3];
        }),
      );
      // Each shows its own image: ink as opaque as its pixels are dark.
      assert.equal(shades.length, 100);
      const off = shades.filter((opacity, i) => !(Math.abs(opacity - 2.55 * i) <= 1));
      assert.deepEqual(off, []);
    }
    if (name === "bs-pad") {
      // What is drawn on the first is on each of the others.
      await new LabPage(tab.locator("bs-pad").first(), tab).draw(digits[7]);
      await tab.waitForFunction(() => {
        const ink = (pad) => {
          const canvas = pad.shadowRoot.querySelector("canvas");
          return canvas
            .getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height)
            .data.reduce((sum, value) => sum + value, 0);
        };
        const [first, ...others] = [...document.querySelectorAll("bs-pad")].map(ink);
        return others.length === 100 && others.every((sum) => Math.abs(sum / first - 1) < 0.01);
      });
    }
    await tab.evaluate(() => globalThis.many.forEach((element) => element.remove()));
  }
  // The engine's worker and the importer's, which comes when the page has time for it.
  const workers = tab.workers().map((worker) => new URL(worker.url()).pathname);
  assert.ok(workers.length > 0);
  assert.equal(new Set(workers).size, workers.length, `no element has its own: ${workers.join(", ")}`);
  assertQuiet(complaints);
  await context.close();
});

it("what was taken away and put back shows what has changed since", async () => {
  const { tab, context, complaints } = await twoCopies(
    ["/lab/elements.js"],
    `${lab}<bs-backend></bs-backend><bs-strip></bs-strip><div id="other"></div>`,
  );
  const experiment = new LabPage(tab);
  await experiment.isReady();
  await tab.evaluate(() => {
    globalThis.away = [...document.querySelectorAll("bs-readings, bs-result, bs-measures, bs-strip")];
    for (const element of globalThis.away) element.remove();
  });
  await experiment.draw(digits[2]);
  await tab.waitForFunction(() => document.querySelector("bs-pad").lab.readings.size === 12);
  await experiment.fool.click();
  await tab.waitForFunction(() => document.querySelector("bs-pad").lab.fooling.example);
  await tab.evaluate(() => document.querySelector("#other").append(...globalThis.away));
  const row = tab.locator('[data-testid="reading"][data-model="cnn"]');
  await tab.getByTestId("fooled").waitFor({ timeout: 5000 });
  assert.equal(await row.getAttribute("data-label"), "2");
  assert.match(await tab.getByTestId("summary").textContent(), /networks read 2/);
  assertQuiet(complaints);
  await context.close();
});

it("a pad that is moved is as sharp as it is large, and its pen is up", async () => {
  const { tab, context, complaints } = await twoCopies(
    ["/lab/elements.js"],
    `<div id="a"><bs-pad></bs-pad></div><div id="b"></div><bs-readings></bs-readings>`,
  );
  const experiment = new LabPage(tab);
  await experiment.isReady();
  const move = (width) =>
    tab.evaluate((width) => {
      const [a, b, pad] = ["#a", "#b", "bs-pad"].map((name) => document.querySelector(name));
      b.style.width = `${width}px`;
      (a.contains(pad) ? b : a).append(pad);
    }, width);
  const sharp = () =>
    tab.waitForFunction(
      () => {
        const canvas = document.querySelector("bs-pad").shadowRoot.querySelector("canvas");
        return canvas.clientWidth > 0 && canvas.width === canvas.clientWidth;
      },
      undefined,
      { timeout: 5000 },
    );
  const strokes = () => tab.evaluate(() => document.querySelector("bs-pad").lab.strokes.length);
  await move(300);
  await sharp();
  await tab.evaluate(() => (document.querySelector("#b").style.width = "900px"));
  await sharp();
  // In the middle of a stroke.
  const { x, y } = await experiment.pad.boundingBox();
  await tab.mouse.move(x + 50, y + 50);
  await tab.mouse.down();
  await tab.mouse.move(x + 100, y + 100);
  await move(300);
  await tab.mouse.up();
  assert.equal(await strokes(), 1);
  await experiment.draw(digits[2]);
  await experiment.draw(digits[7]);
  assert.equal(await strokes(), 3, "every stroke is one of its own");
  // With the keyboard.
  await experiment.pad.focus();
  await tab.keyboard.press("Space");
  await move(300);
  await experiment.pad.focus();
  await tab.keyboard.press("ArrowRight");
  assert.match(await tab.getByTestId("pen").textContent(), /^Column/);
  assertQuiet(complaints);
  await context.close();
});
