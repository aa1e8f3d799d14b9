// Text at twice its size fits a phone, and what a visitor does makes nothing jump.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { openFilled, panels } from "./lib/panels.mjs";
import { host } from "./lib/server.mjs";

const PATIENCE = 240_000;

/** What counts as a good score (web.dev/cls); here also of shifts that follow from an input. */
const STEADY = 0.1;

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
});
after(() => Promise.all([browser.close(), site.close()]));

/** How far the page can be scrolled sideways, in pixels. */
function overflow(page) {
  return page.evaluate(async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    scrollTo(1000, scrollY);
    const far = scrollX;
    scrollTo(0, scrollY);
    return far;
  });
}

for (const panel of panels) {
  it(`text of twice the size does not scroll sideways: ${panel}`, async () => {
    const { page, context, complaints } = await openPage(browser, { viewport: { width: 390, height: 844 } });
    await openFilled(page, site.url, panel);
    const set = (name, value) =>
      page.evaluate(
        ([name, value]) => document.documentElement.style.setProperty(name, value),
        [name, value],
      );
    await set("font-size", "200%");
    assert.equal(await overflow(page), 0, "a root font of 200 %");
    await set("font-size", "100%");
    await page.setViewportSize({ width: 780, height: 844 });
    await set("zoom", "2");
    assert.equal(await overflow(page), 0, "zoom 2 at 780 pixels");
    await page.locator("bs-pad").evaluate((pad) => pad.style.setProperty("width", "900px"));
    assert.ok((await overflow(page)) > 50, "an overflow would be noticed");
    assertQuiet(complaints);
    await context.close();
  });
}

/** Adds up what moves, whatever it follows from. */
function watchShifts() {
  globalThis.shifts = 0;
  globalThis.moved = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
      globalThis.shifts += value;
      globalThis.moved.push(
        `${value.toFixed(4)} ${sources.map(({ node }) => `${node?.getRootNode?.().host?.localName}/${node?.localName ?? node?.nodeName}.${node?.className ?? ""}`).join(" ")}`,
      );
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** Controls of each panel: what is done, and what ends it. */
const controls = {
  bounds: (page) => {
    const fresh = () =>
      page.locator('[data-testid="bounds-outcome"][data-fresh="true"]').waitFor({ timeout: PATIENCE });
    const network = (name) => () => page.getByLabel("Network to bound").selectOption(name).then(fresh);
    return {
      "another network": network("fc200-200-10"),
      "a linear network": network("fc10-1"),
    };
  },
};

describe("nothing jumps", () => {
  for (const panel of Object.keys(controls)) {
    it(panel, async (t) => {
      const { page, context, complaints } = await openPage(browser, {
        viewport: { width: 1440, height: 900 },
      });
      await openFilled(page, site.url, panel);
      await page.evaluate(watchShifts);
      const found = {};
      for (const [name, act] of Object.entries(controls[panel](page))) {
        await page.locator("bs-experiments").scrollIntoViewIfNeeded();
        await page.evaluate(() => new Promise((rest) => setTimeout(rest, 300)));
        await page.evaluate(() => {
          globalThis.shifts = 0;
          globalThis.moved = [];
        });
        await act();
        await page.evaluate(() => new Promise((rest) => setTimeout(rest, 300)));
        found[name] = await page.evaluate(() => globalThis.shifts);
        const moved = await page.evaluate(() => globalThis.moved);
        t.diagnostic(
          `${panel}: ${name}: ${found[name].toFixed(4)} ${found[name] > STEADY ? moved.join("; ").slice(0, 300) : ""}`,
        );
      }
      for (const [name, score] of Object.entries(found)) assert.ok(score <= STEADY, `${name}: ${score}`);

      await page.evaluate(() => {
        globalThis.shifts = 0;
        const block = document.createElement("div");
        block.style.setProperty("height", "300px");
        document.body.prepend(block);
        scrollTo(0, 0);
      });
      await page.waitForFunction((steady) => globalThis.shifts > steady, STEADY);
      assertQuiet(complaints);
      await context.close();
    });
  }
});
