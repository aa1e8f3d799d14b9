// The first ten seconds: two pictures, two readings and one sentence, without a click or scrolling.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";
import { jumpIsNoticed, shiftsSince, STEADY, watchShifts } from "./lib/shifts.mjs";

let browser, site, page, complaints;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());
beforeEach(async () => {
  site = await host();
  ({ page, complaints } = await openPage(browser, { viewport: { width: 390, height: 844 } }));
});
afterEach(() => site.close());

const made = (page) => page.getByTestId("opening-made");
const opening = (page) => page.locator("bs-opening");

/** What the opening shows. */
const found = (page) =>
  page.evaluate(() => {
    const within = (root) =>
      root.querySelector("bs-opening") ??
      [...root.querySelectorAll("*")].map((e) => e.shadowRoot && within(e.shadowRoot)).find(Boolean);
    const { label, read, distortion, original, example } = within(document).found;
    return { label, read, distortion, original: [...original], example: [...example] };
  });

/** What the network reads in an image. */
const reading = (page, image) =>
  page.evaluate(async (image) => {
    const { engine, slots } = document.querySelector("bs-app").lab;
    const { model } = slots.find(({ name }) => name === "fc100-100-10");
    return (await engine.classify(model.id, Float32Array.from(image))).label;
  }, image);

it("the point is seen without scrolling on a phone, before the engine is there and after", async () => {
  site.held.push(/blindspots_bg.*\.gz$/);
  await page.goto(site.url);
  await made(page)
    .getByText(/^A change of about \d\.\d% in each pixel, found when this page was built\./)
    .waitFor();
  const built = await found(page);
  for (const part of ["figure:not(.change) >> nth=0", "figure.fooled", ".point", "button"]) {
    const box = await opening(page).locator(part).boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height <= 844, `${part} ends at ${box.y + box.height}`);
  }
  assert.equal(
    (await opening(page).locator(".point").textContent()).replace(/\s+/g, " ").trim(),
    `To you, both are a ${built.label}. To a neural network, the second is a ${built.read}.`,
  );
  const height = async () => (await opening(page).boundingBox()).height;
  const before = await height();
  site.release();
  await made(page)
    .getByText(/, found on your machine just now, in [\d,]+ ms\.$/)
    .waitFor();
  assert.equal(await height(), before, "what follows keeps its place");
  const here = await found(page);
  assert.equal(here.label, built.label);
  assert.ok(Math.abs(here.distortion / built.distortion - 1) < 0.01, "the build found the same change");
  await new LabPage(page).readings();
  // Both pictures are read as they say; the originals are not read as their examples.
  for (const { label, read, original, example } of [built, here]) {
    assert.equal(await reading(page, original), label);
    assert.equal(await reading(page, example), read);
    assert.notEqual(label, read);
  }
  assertQuiet(complaints);
});

it("nothing moves while the engine arrives", async () => {
  await page.addInitScript(watchShifts);
  await page.goto(site.url);
  await made(page)
    .getByText(/on your machine/)
    .waitFor();
  await new LabPage(page).readings();
  const { shifts, moved } = await shiftsSince(page);
  assert.ok(shifts <= STEADY, `layout shift ${shifts}: ${moved}`);
  await jumpIsNoticed(page);
});

it("leads to the first chapter, and to the lab with its pad", async () => {
  await page.goto(site.url);
  await page.getByRole("button", { name: "Try it yourself" }).click();
  await page.waitForFunction(() => {
    const { activeElement } = document.querySelector("bs-app").shadowRoot;
    return activeElement?.localName === "bs-chapter-spots" && activeElement.getBoundingClientRect().top < 10;
  });
  await page.evaluate(() => scrollTo(0, 0));
  await page.getByRole("button", { name: "Open the lab" }).click();
  await page.waitForFunction(() => scrollY > 1000);
  const lab = new LabPage(page);
  await page.getByRole("heading", { name: "The lab" }).waitFor();
  assert.ok((await lab.pad.boundingBox()).y < 844, "the pad is seen");
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction(() => document.querySelector("bs-app").lab.strokes.length === 1);
});

it("makes room for what a link shows or hides", async () => {
  const lab = new LabPage(page);
  for (const search of ["?sample=3", "?hide=opening", "?panel=slice"]) {
    await page.goto(site.url + search);
    await lab.pad.waitFor();
    assert.equal(await opening(page).count(), 0, search);
  }
  await page.goto(`${site.url}?hide=about`);
  await opening(page).waitFor();
  // Without chapters it leads to the pad.
  await page.goto(`${site.url}?hide=chapters`);
  await page.getByRole("button", { name: "Try it yourself" }).click();
  await page.waitForFunction(
    () => document.querySelector("bs-app").shadowRoot.activeElement?.localName === "bs-pad",
  );
});
