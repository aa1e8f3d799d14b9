// Every picture of every panel can be seen: in forced colours, light and dark, and on paper; and what colour says
// is said without it, too.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { inflateSync } from "node:zlib";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { filled, openFilled } from "./lib/panels.mjs";
import { pictures } from "./lib/pictures.mjs";
import { host } from "./lib/server.mjs";

/** Least share of a picture's pixels that stand out: thin lines count for little. */
const SEEN = { digit: 0.01, pad: 0.01, map: 0.01, curves: 0.005, band: 0.003, clipping: 0.1, scale: 0.05 };
Object.assign(SEEN, { curve: 0.005, bar: 0.02, key: 0.1, control: 0.004 });

/** Kinds of pictures on every page, and in each panel. */
const EVERYWHERE = ["digit", "pad", "bar", "key", "control"];
const IN = {
  transfer: [],
  slice: ["map", "curves", "band"],
  units: ["curve"],
  bounds: ["scale"],
  story: ["scale"],
};

let browser, site, blank;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
  ({ page: blank } = await openPage(browser));
});
after(() => Promise.all([browser.close(), site.close()]));

/** What can hardly be seen, one line each. */
function unseen({ places }) {
  return places
    .filter(({ kind, share }) => share < SEEN[kind])
    .map(({ kind, name, share }) => `${kind} ${name}: ${(100 * share).toFixed(2)} %`);
}

/** Fails unless all kinds of pictures are there and can be seen. */
async function assertSeen(page, panel) {
  const seen = await pictures(page, blank);
  const kinds = new Set(seen.places.map(({ kind }) => kind));
  for (const kind of [...EVERYWHERE, ...IN[panel]]) assert.ok(kinds.has(kind), `there is a ${kind}`);
  assert.ok(seen.places.length > 60, `${seen.places.length} pictures and controls`);
  assert.deepEqual(unseen(seen), []);
  return seen;
}

/** In the page: takes away what keeps digits as they are painted. */
function spoilDigits(property, value) {
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.localName === "bs-digit") element.style.setProperty(property, value);
      if (element.shadowRoot) walk(element.shadowRoot);
    }
  };
  walk(document);
}

/**
 * In the page: words in the colour of the ground. Behind words a browser paints that ground, whatever is behind
 * them otherwise, unless their colours are kept.
 */
function unreadable() {
  const probe = document.createElement("div");
  probe.style.setProperty("color", "Canvas");
  document.body.append(probe);
  const ground = getComputedStyle(probe).color;
  probe.remove();
  const found = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      const words = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.data.trim(),
      );
      const { color, forcedColorAdjust } = getComputedStyle(element);
      if (words && element.checkVisibility() && forcedColorAdjust === "auto" && color === ground) {
        found.push(`${element.localName} ${element.textContent.trim().slice(0, 40)}`);
      }
    }
  };
  walk(document.body);
  return found;
}

for (const colorScheme of ["light", "dark"]) {
  describe(`forced colours, ${colorScheme}`, () => {
    for (const panel of filled) {
      it(`every picture can be seen: ${panel}`, async () => {
        const { page, context, complaints } = await openPage(browser, {
          viewport: { width: 1100, height: 900 },
          forcedColors: "active",
          colorScheme,
        });
        await openFilled(page, site.url, panel);
        const { ground } = await assertSeen(page, panel);
        assert.ok(colorScheme === "dark" ? ground < 0.05 : ground > 0.9, `the ground is ${ground}`);
        assert.deepEqual(await violations(page), []);
        assert.deepEqual(await page.evaluate(unreadable), []);
        const tab = page.getByRole("tab", { selected: true });
        await tab.evaluate((one) => one.style.setProperty("forced-color-adjust", "auto"));
        assert.equal((await page.evaluate(unreadable)).length, 1, "an unreadable tab would be noticed");

        // On the browser's own dark ground, as before, ink is not seen.
        await page.evaluate(`(${spoilDigits})("forced-color-adjust", "auto")`);
        const spoiled = unseen(await pictures(page, blank)).filter((line) => line.startsWith("digit"));
        assert.equal(spoiled.length > 5, colorScheme === "dark", spoiled.join("; "));
        assertQuiet(complaints);
        await context.close();
      });
    }
  });
}

it("what is red is also underlined, framed or named", async () => {
  const { page } = await openPage(browser);
  await openFilled(page, site.url, "transfer");
  const lines = await page.evaluate(() => {
    const found = { marked: 0, plain: [] };
    const walk = (root) => {
      for (const element of root.querySelectorAll(".fooled, .wrong")) {
        const text = element.querySelector(".read, .main") ?? element;
        const { textDecorationLine, fontWeight } = getComputedStyle(text);
        const said = /fooled|reads/.test(element.textContent);
        if (textDecorationLine === "underline" || (said && Number(fontWeight) >= 600)) found.marked += 1;
        else found.plain.push(element.outerHTML);
      }
      for (const element of root.querySelectorAll("*")) if (element.shadowRoot) walk(element.shadowRoot);
    };
    walk(document);
    return found;
  });
  assert.deepEqual(lines.plain, []);
  assert.ok(lines.marked > 6, `${lines.marked} are marked`);
});

/** How often a PDF chooses each colour to fill shapes with. */
function fills(pdf) {
  const colours = new Map();
  const text = pdf.toString("latin1");
  for (let at = 0; (at = text.indexOf("stream\n", at)) >= 0; at += 7) {
    if (text.startsWith("end", at - 3)) continue;
    const end = text.indexOf("endstream", at);
    try {
      const content = inflateSync(pdf.subarray(at + 7, end)).toString("latin1");
      for (const [, ...rgb] of content.matchAll(/(\S+) (\S+) (\S+) rg\b/g)) {
        const colour = rgb.map((share) => Math.round(255 * Number(share))).join(" ");
        colours.set(colour, (colours.get(colour) ?? 0) + 1);
      }
    } catch {
      // A picture or a font.
    }
  }
  return colours;
}

/** In the page: takes away what is drawn pixel by pixel. */
function dropCanvases() {
  const walk = (root) => {
    for (const element of [...root.querySelectorAll("*")]) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (element.localName === "canvas") element.remove();
    }
  };
  walk(document);
}

/** What the buttons say that only act, and are shown. */
function acting() {
  const shown = (button) =>
    button.checkVisibility() && !button.matches("[aria-pressed], [role]") && button.childElementCount === 0;
  const walk = (root) => [
    ...[...root.querySelectorAll("button")].filter(shown).map((button) => button.textContent.trim()),
    ...[...root.querySelectorAll("*")].flatMap(({ shadowRoot }) => (shadowRoot ? walk(shadowRoot) : [])),
  ];
  return walk(document);
}

const RED = "191 44 31";
const GREEN = "61 119 89";

describe("on paper", () => {
  for (const panel of filled) {
    it(`a dark page is printed light, with the colours that mean something: ${panel}`, async () => {
      const { page, context, complaints } = await openPage(browser, {
        viewport: { width: 1100, height: 900 },
        colorScheme: "dark",
      });
      await openFilled(page, site.url, panel);
      assert.notDeepEqual(await page.evaluate(acting), []);
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      assert.deepEqual(await page.evaluate(acting), [], "buttons have nothing to say on paper");
      const { ground } = await assertSeen(page, panel);
      assert.ok(ground > 0.9, `the ground is ${ground}`);

      assertQuiet(complaints);

      // Pixels of pictures would take minutes; no background is among them.
      await page.evaluate(dropCanvases);
      // As a browser prints that leaves backgrounds out wherever it may.
      await page.emulateMedia({ media: null, colorScheme: "dark" });
      const printed = fills(await page.pdf({ printBackground: false }));
      // Bars, legends, fooled cells.
      assert.ok(printed.has(RED) && printed.has(GREEN), [...printed.keys()].join(", "));

      await page.evaluate(() => {
        const walk = (root) => {
          for (const { shadowRoot } of root.querySelectorAll("*")) if (shadowRoot) walk(shadowRoot);
          const sheet = new CSSStyleSheet();
          sheet.replaceSync("*, *::before { print-color-adjust: economy !important }");
          root.adoptedStyleSheets.push(sheet);
        };
        walk(document);
      });
      const spoiled = fills(await page.pdf({ printBackground: false }));
      for (const colour of [RED, GREEN]) {
        const [kept, left] = [printed.get(colour), spoiled.get(colour) ?? 0];
        assert.ok(left < kept, `what is left out would be noticed: ${kept} and ${left} of ${colour}`);
      }
      await context.close();
    });
  }

  it("the table of all networks is as wide as a sheet of A4", async () => {
    // 210 mm less the margins that browsers leave.
    const { page, context, complaints } = await openPage(browser, { viewport: { width: 718, height: 1000 } });
    const lab = await LabPage.open(page, `${site.url}?panel=transfer&method=nearest-boundary&backend=cpu`);
    await lab.readings();
    await page.locator("bs-experiments").scrollIntoViewIfNeeded();
    await page.getByLabel("Networks", { exact: true }).selectOption("All networks");
    await page.locator("bs-transfer-matrix").getByRole("button", { name: "Start" }).click();
    await page.getByTestId("transfer-state").filter({ hasText: "Done" }).waitFor({ timeout: 240_000 });
    const beyond = () =>
      page.locator("bs-transfer-matrix table").evaluate((table) => {
        const around = table.parentElement.getBoundingClientRect();
        return Math.round(Math.max(table.getBoundingClientRect().right - around.right, 0));
      });
    assert.ok((await beyond()) > 0, "the control: on screen it is wider, and scrolls");
    await page.emulateMedia({ media: "print" });
    assert.equal(await beyond(), 0);
    const shown = await page.locator("bs-transfer-matrix thead th").evaluateAll((heads) => {
      const wide = heads.filter((head) => head.scrollWidth > head.clientWidth + 1);
      return { count: heads.length, wide: wide.map((head) => head.textContent.trim()) };
    });
    assert.ok(shown.count >= 13, `${shown.count} heads`);
    assert.deepEqual(shown.wide, [], "no head is cut");
    assertQuiet(complaints);
    await context.close();
  });
});
