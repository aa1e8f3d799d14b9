// Text at twice its size fits a phone, and what a visitor does makes nothing jump.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { overflow } from "./lib/overflow.mjs";
import { filled, openFilled, panels } from "./lib/panels.mjs";
import { host } from "./lib/server.mjs";
import { jumpIsNoticed, shiftsSince, STEADY, watchShifts } from "./lib/shifts.mjs";

const PATIENCE = 240_000;

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
});
after(() => Promise.all([browser.close(), site.close()]));

for (const panel of filled) {
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
    await page
      .locator("bs-pad")
      .last()
      .evaluate((pad) => pad.style.setProperty("width", "900px"));
    assert.ok((await overflow(page)) > 50, "an overflow would be noticed");
    assertQuiet(complaints);
    await context.close();
  });
}

/** Puts an element at the top of the window, so that what follows it is seen. */
const toTop = (locator) => locator.evaluate((element) => element.scrollIntoView({ block: "start" }));

/** By panel: its controls, each with what is done to it, what then ends the work, and what goes before. */
const controls = {
  transfer: (page) => {
    const panel = page.locator("bs-transfer-matrix");
    const button = (name) => panel.getByRole("button", { name, exact: true });
    const done = () =>
      page.getByTestId("transfer-state").filter({ hasText: "Done" }).waitFor({ timeout: PATIENCE });
    const press = (name) => [button(name), () => button(name).click()];
    const choose = (name, option) => {
      const select = panel.getByLabel(name, { exact: true });
      return [select, () => select.selectOption(option)];
    };
    const slider = panel.getByRole("slider");
    return {
      "0.1, as in the paper": [...press("0.1, as in the paper"), done],
      "Magnify every change": [slider, () => slider.fill("0.2"), done],
      "As found": [...press("As found"), done],
      "Once more": press("Once more"),
      Start: [...press("Start"), done],
      Networks: choose("Networks", "All networks"),
      "Networks again": choose("Networks", "The paper's six"),
      Digits: choose("Digits", "the page's samples"),
      "Which digits": choose("Which digits", "only 3"),
      "Start for many": [...press("Start"), done],
      "many, magnified": [...press("0.1, as in the paper"), done],
      "The paper's cells": [panel.getByRole("checkbox"), () => panel.getByRole("checkbox").check()],
    };
  },
  slice: (page) => {
    const panel = page.locator("bs-slice");
    const press = (name) => {
      const button = panel.getByRole("button", { name, exact: true });
      return [button, () => button.click()];
    };
    const drawn = (name) =>
      page.getByTestId("slice-done").filter({ hasText: name }).waitFor({ timeout: PATIENCE });
    const another = async () => {
      await page.waitForURL(/seed=2/);
      await drawn("read by");
    };
    const select = panel.getByLabel("Network that reads");
    const slider = panel.getByRole("slider", { name: "Towards the twin" });
    return {
      "Find it": [
        ...press("Find it"),
        () => drawn("read by"),
        // Another digit, whose twin is not known yet.
        async () => {
          await page.locator('[data-sample="11"]').click();
          await page.getByTestId("slice-waiting").waitFor();
        },
      ],
      "Your digit": press("Your digit"),
      "Its twin": press("Its twin"),
      "Towards the twin": [slider, () => slider.fill("2")],
      "Another random direction": [...press("Another random direction"), another],
      "Read by": [select, () => select.selectOption("fc200-200-10"), () => drawn("FC200-200-10")],
    };
  },
  units: (page) => {
    const panel = page.locator("bs-units");
    const press = (name) => {
      const button = panel.getByRole("button", { name });
      return [button, () => button.click()];
    };
    const shown = () =>
      page.locator('[data-testid="units-shown"][data-fresh="true"]').waitFor({ timeout: PATIENCE });
    const choose = (name, option) => {
      const select = panel.getByLabel(name, { exact: true });
      return [select, () => select.selectOption(option), shown];
    };
    return {
      "Next pair": press("Next pair"),
      "Row A is the unit": press("Row A is the unit"),
      "Next rows": press("Next rows"),
      Shuffle: press("Shuffle"),
      "Hidden layer": choose("Hidden layer", "1"),
      "Compare all": [
        ...press(/^Compare all/),
        () => page.getByTestId("units-verdict").waitFor({ timeout: PATIENCE }),
      ],
      "Network to look into": choose("Network to look into", "ae400-10"),
    };
  },
  bounds: (page) => {
    const fresh = () =>
      page.locator('[data-testid="bounds-outcome"][data-fresh="true"]').waitFor({ timeout: PATIENCE });
    const select = page.getByLabel("Network to bound");
    const network = (name) => [select, () => select.selectOption(name), fresh];
    const sample = (number) => {
      const tile = page.locator(`[data-sample="${number}"]`);
      const choose = async () => {
        await tile.evaluate((one) => one.click());
        await page.locator('[data-testid="bounds-outcome"][data-fresh="false"]').waitFor();
      };
      // On a wide screen as one that is tall shows it: the panel stays in view.
      const wide = page.viewportSize().width > 1000;
      return [page.locator(wide ? "bs-experiments" : "bs-samples"), choose, fresh];
    };
    return {
      "another sample": sample(11),
      "a third": sample(45),
      "another network": network("fc200-200-10"),
      "a linear network": network("fc10-1"),
      "another sample for it": sample(62),
    };
  },
};

const WIDTHS = [
  [1440, 900],
  [390, 844],
];

describe("nothing jumps", () => {
  for (const panel of panels) {
    for (const [width, height] of WIDTHS) {
      it(`${panel}, ${width} pixels`, async (t) => {
        const { page, context, complaints } = await openPage(browser, { viewport: { width, height } });
        await openFilled(page, site.url, panel);
        await page.evaluate(watchShifts);
        const rest = () => page.evaluate(() => new Promise((rest) => setTimeout(rest, 300)));
        const found = {};
        for (const [name, [control, act, ended, prepare]] of Object.entries(controls[panel](page))) {
          await prepare?.();
          await toTop(control);
          await rest();
          await shiftsSince(page);
          await act();
          await ended?.();
          await rest();
          const { shifts, moved } = await shiftsSince(page);
          found[name] = shifts;
          t.diagnostic(`${shifts.toFixed(3)} ${name}`);
          if (shifts > STEADY) t.diagnostic(moved.slice(0, 600));
        }
        const unsteady = Object.entries(found).filter(([, score]) => score > STEADY);
        assert.deepEqual(unsteady, []);
        await jumpIsNoticed(page);
        assertQuiet(complaints);
        await context.close();
      });
    }
  }
});

/** Addresses of what stands above the rest when all has arrived, and what that is. */
const ABOVE = {
  "a lesson": ["?lesson=first", "lesson"],
  "a lesson that is none": ["?lesson=%7Bbad", "notice"],
  "a lesson that cannot be read": ["?lesson=bad", "lesson-problem"],
  "a network that is not there": ["?model=nobody", "notice"],
  "several words that mean nothing": ["?hide=nothing&times=-1&panel=none&lesson=!", "notice"],
};

for (const [width, height] of WIDTHS) {
  for (const [what, [address, shown]] of Object.entries(ABOVE))
    it(`nothing jumps where an address names ${what}, ${width} pixels`, async () => {
      const { page, context, complaints } = await openPage(browser, { viewport: { width, height } });
      await page.addInitScript(watchShifts);
      // The typeface comes after what it is for, as on a bad line.
      await page.route(/\.woff2$/, async (route) => {
        await new Promise((later) => setTimeout(later, 1500));
        await route.continue();
      });
      await page.goto(`${site.url}${address}`);
      await page.getByTestId(shown).waitFor();
      await page.getByTestId("pad").last().waitFor();
      await page.evaluate(() => document.fonts.ready);
      await page.evaluate(() => new Promise((rest) => setTimeout(rest, 500)));
      const { shifts, moved } = await shiftsSince(page);
      assert.ok(shifts <= STEADY, `${shifts}: ${moved}`);
      await jumpIsNoticed(page);
      assertQuiet(complaints);
      await context.close();
    });
}
