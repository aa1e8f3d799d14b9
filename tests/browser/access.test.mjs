// The page for everyone: any width, light and dark, and by the rules of axe.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { digits, LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
});
after(() => Promise.all([browser.close(), site.close()]));

/** How far the page can be scrolled sideways, in pixels. */
function overflow(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}

async function fool(lab) {
  await lab.draw(digits[2]);
  await lab.readings();
  await lab.choose("fc100-100-10");
  await lab.fool.click();
  await lab.isFooled();
}

for (const colorScheme of ["light", "dark"]) {
  it(`axe finds nothing serious, ${colorScheme}`, async () => {
    const { page, complaints } = await openPage(browser, { colorScheme });
    const lab = await LabPage.open(page, site.url);
    assert.deepEqual(await violations(page), []);
    await fool(lab);
    assert.deepEqual(await violations(page), []);
    assertQuiet(complaints);

    // axe does see into the page: a button without a name is noticed.
    await page.evaluate(() => document.body.append(document.createElement("button")));
    assert.match((await violations(page)).join(), /button-name/);
  });
}

it("never scrolls sideways, from a small phone to a wide screen", async () => {
  const { page, complaints } = await openPage(browser, { viewport: { width: 320, height: 700 } });
  const lab = await LabPage.open(page, site.url);
  const check = async (when) => {
    for (const width of [320, 390, 768, 1024, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      assert.equal(await overflow(page), 0, `${width} pixels wide, ${when}`);
    }
  };
  await check("empty");
  await page.setViewportSize({ width: 390, height: 844 });
  await fool(lab);
  await check("with a result");
  await page.evaluate(() => {
    const wide = document.createElement("div");
    wide.style.width = "3000px";
    wide.textContent = "wide";
    document.body.append(wide);
  });
  assert.ok((await overflow(page)) > 1000, "an overflow would be noticed");
  assertQuiet(complaints);
});
