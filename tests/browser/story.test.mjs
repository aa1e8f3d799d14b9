// The story on the page: it waits for the first reading, works in view only, leads into the lab, and stays where it is.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { chapters, openStory, PHONE, read, readAll, said, show, words } from "./lib/chapters.mjs";
import { LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";
import { shiftsSince, STEADY, watchShifts } from "./lib/shifts.mjs";

const PATIENCE = 240_000;

let browser, site;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());
beforeEach(async () => {
  site = await host();
});
afterEach(() => site.close());

it("reads a digit before it fetches a chapter, and fetches none that is not in view", async () => {
  const later = /\/(chapter|spots|noise|draws|finding|measured|units|bounds|outcome|quiz)-[^/]*\.js$/;
  site.held.push(/blindspots_bg.*\.gz$/);
  const { page, context, complaints } = await openStory(browser, site, { rest: false });
  await page.locator("bs-chapter-spots").evaluate((element) => element.scrollIntoView());
  await page.locator("bs-chapter-spots").getByText("Loading …").waitFor();
  const asked = () => site.asked.filter((path) => later.test(path));
  assert.deepEqual(asked(), []);
  site.release();
  await page.locator("bs-chapter-spots .live").waitFor();
  assert.ok(
    asked().some((path) => /\/spots-/.test(path)),
    asked().join(", "),
  );
  assert.ok(!asked().some((path) => /\/(units|bounds|quiz)-/.test(path)), asked().join(", "));
  assertQuiet(complaints);
  await context.close();
});

it("an experiment ends when it is out of view, and begins anew when it is seen again", async () => {
  const { page, context, complaints } = await openStory(browser, site);
  await new LabPage(page).isReady();
  await page.evaluate(() => {
    const { engine } = document.querySelector("bs-app").lab;
    const { certify } = engine;
    globalThis.signals = [];
    // A proof that takes as long as nobody ends it.
    engine.certify = (_model, _image, _label, { signal }) =>
      new Promise((_, stop) => {
        globalThis.signals.push(signal);
        signal.addEventListener("abort", () => stop(signal.reason));
      });
    globalThis.mend = () => (engine.certify = certify);
  });
  await show(page, "bounds");
  await page.waitForFunction(() => globalThis.signals.length === 1);
  assert.equal(await page.evaluate(() => globalThis.signals[0].aborted), false);
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForFunction(() => globalThis.signals[0].aborted);
  await page.evaluate(() => globalThis.mend());
  await read(page, "bounds");
  assertQuiet(complaints);
  await context.close();
});

it("every chapter leads into the lab, with the digit", async () => {
  const panels = { noise: "slice", transfer: "transfer", units: "units", bounds: "bounds" };
  const { page, context, complaints } = await openStory(browser, site);
  for (const [name, panel] of Object.entries(panels)) {
    const chapter = await show(page, name);
    const link = chapter.getByRole("link", { name: "Open in the lab" });
    assert.equal(new URL(await link.getAttribute("href")).searchParams.get("panel"), panel);
    await link.press("Enter");
    const tab = page.locator(`#tab-${panel}`);
    await page.waitForFunction((id) => {
      const { shadowRoot } = document.querySelector("bs-app").shadowRoot.querySelector("bs-experiments");
      return shadowRoot.activeElement?.id === id && shadowRoot.activeElement.ariaSelected === "true";
    }, `tab-${panel}`);
    const { y } = await tab.boundingBox();
    assert.ok(y >= 0 && y < 844, `the tab is at ${y}`);
  }
  assert.equal(context.pages().length, 1, "no other tab was opened");
  await (await show(page, "spots")).getByRole("link", { name: "Open in the lab" }).click();
  const pad = new LabPage(page).pad.last();
  await page.waitForFunction(() => scrollY > 3000);
  assert.ok((await pad.boundingBox()).y < 844);
  assertQuiet(complaints);
  await context.close();
});

it("a link that ends in a chapter's name begins there", async () => {
  const { page, context, complaints } = await openPage(browser, { viewport: PHONE });
  await page.goto(`${site.url}#units`);
  const chapter = page.locator("bs-chapter-units");
  await chapter.getByRole("button", { name: "Row A is the unit" }).waitFor({ timeout: PATIENCE });
  const top = async () => (await chapter.boundingBox()).y;
  assert.ok(Math.abs(await top()) < 10, `it is at ${await top()}`);
  assertQuiet(complaints);
  await context.close();
  // Another name, or none of ours, leaves the page where it is.
  for (const hash of ["#nothing", '#"]*{', "#"]) {
    const other = await openPage(browser, { viewport: PHONE });
    await other.page.goto(site.url + hash);
    await other.page
      .getByTestId("opening-made")
      .getByText(/on your machine/)
      .waitFor({ timeout: PATIENCE });
    assert.equal(await other.page.evaluate(() => scrollY), 0, hash);
    assertQuiet(other.complaints);
    await other.context.close();
  }
});

it("makes room for what a link shows or hides, and for frames", async () => {
  const { page, context } = await openStory(browser, site);
  const story = (place) => place.locator("bs-chapter-spots");
  await story(page).waitFor();
  for (const search of ["?sample=3", "?panel=slice", "?hide=opening", "?hide=chapters"]) {
    await page.goto(site.url + search);
    await page.getByTestId("pad").waitFor();
    assert.equal(await story(page).count(), 0, search);
  }
  await page.goto(`${site.pages}frame.html`);
  await page.evaluate((url) => {
    const frame = document.createElement("iframe");
    frame.src = url;
    frame.name = "lab";
    document.body.replaceChildren(frame);
  }, site.url);
  const frame = page.frameLocator('iframe[name="lab"]');
  await frame.getByTestId("pad").waitFor();
  assert.equal(await story(frame).count(), 0);
  await context.close();
});

it("axe finds nothing, in light and dark", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { page, context, complaints } = await openStory(browser, site, { colorScheme });
    await readAll(page);
    assert.deepEqual(await violations(page), [], colorScheme);
    await page
      .locator("bs-chapter-noise figcaption")
      .first()
      .evaluate((one) => {
        one.style.setProperty("color", "#999");
        one.style.setProperty("background", "#aaa");
      });
    assert.ok((await violations(page)).length > 0, "it would notice words that cannot be read");
    assertQuiet(complaints);
    await context.close();
  }
});

for (const [width, height] of [
  [390, 844],
  [1440, 900],
]) {
  it(`nothing moves while the story is read, ${width} pixels`, async (t) => {
    const { page, context, complaints } = await openPage(browser, { viewport: { width, height } });
    await page.addInitScript(watchShifts);
    await page.goto(site.url);
    await page
      .getByTestId("opening-made")
      .getByText(/on your machine/)
      .waitFor({ timeout: PATIENCE });
    const unsteady = [];
    /** What has moved since the last step. */
    const check = async (step) => {
      const { shifts, moved } = await shiftsSince(page);
      t.diagnostic(`${step}: ${shifts.toFixed(3)} ${moved.slice(0, 400)}`);
      if (shifts > STEADY) unsteady.push(`${step}: ${shifts}`);
    };
    await check("opening");
    for (const name of chapters) {
      await read(page, name);
      await check(name);
    }
    await page.locator("bs-chapter-bounds").getByRole("button", { name: "Another digit" }).click();
    await page.locator('[data-testid="bounds-story"][data-fresh="false"]').waitFor();
    await page.locator('[data-testid="bounds-story"][data-fresh="true"]').waitFor({ timeout: PATIENCE });
    await check("another digit");
    assert.deepEqual(unsteady, []);
    // The measure can fail.
    await page.locator("bs-chapter-bounds").evaluate((one) => one.style.setProperty("margin-top", "400px"));
    await page.waitForFunction((steady) => globalThis.shifts > steady, STEADY);
    assertQuiet(complaints);
    await context.close();
  });
}

it("a chapter can be placed on a page of one's own, under a strict policy, with what is locked", async (t) => {
  const body = `<bs-chapter-noise settings="lock=draw&amp;sample=7"></bs-chapter-noise>
    <bs-chapter-transfer></bs-chapter-transfer>
    <script type="module" src="/elements.js"></script>`;
  const policy =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
    "connect-src 'self'; worker-src 'self' blob:; font-src 'self'";
  const other = await host({
    made: {
      "/lesson.html": Buffer.from(
        `<!doctype html><html lang="en"><title>Lesson</title><link rel="icon" href="data:," /><main>${body}</main></html>`,
      ),
    },
    headers: { "Content-Security-Policy": policy },
  });
  t.after(() => other.close());
  const { page, context, complaints } = await openPage(browser);
  await page.goto(`${other.url}lesson.html`);
  const chapter = page.locator("bs-chapter-noise");
  await said(page, "noise", /^Of 20 random changes/);
  assert.equal(await chapter.getByRole("button", { name: "Another digit" }).count(), 0);
  assert.equal(
    await page.locator("bs-chapter-transfer").getByRole("button", { name: "Another digit" }).count(),
    0,
  );
  const link = new URL(await chapter.getByRole("link", { name: "Open in the lab" }).getAttribute("href"));
  assert.equal(link.href.replace(/\?.*/, ""), other.url);
  assert.deepEqual(Object.fromEntries(link.searchParams), { sample: "7", panel: "slice", lock: "draw" });
  assert.equal(await words(page, "spots").count(), 0);
  assert.equal(chapters.length, 5);
  assertQuiet(complaints);
  await context.close();
});
