// The switch for 8 bits: with it a saved picture fools, read back from the file's own pixels.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { overflow } from "./lib/overflow.mjs";
import { host } from "./lib/server.mjs";

/** Samples whose smallest changes are small: there the rounding counts. */
const SAMPLES = [3, 11, 42, 45, 62];

let browser, site;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());
beforeEach(async () => {
  site = await host();
});
afterEach(() => site.close());

async function open(search = "", options = {}) {
  const { page, context, complaints } = await openPage(browser, options);
  const lab = await LabPage.open(page, site.url + search);
  await lab.readings();
  const close = async () => {
    assertQuiet(complaints);
    await context.close();
  };
  return { page, lab, close };
}

/** The bytes of the picture that the page saves. */
async function savedPng(page) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save PNG" }).click(),
  ]);
  return readFileSync(await download.path());
}

/** In the page: the greys of a picture, as the browser itself decodes them. */
async function greys(bytes) {
  const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  return Array.from({ length: data.length / 4 }, (_, pixel) => data[4 * pixel]);
}

/** In the page: what the network that was fooled reads in a picture, and whether it is the image that was found. */
async function reread(greys) {
  const { engine, fooling } = document.querySelector("bs-app").lab;
  const { slot, label, image, report } = fooling.example;
  const picture = Float32Array.from(greys, (grey) => grey / 255);
  const { label: read } = await engine.classify(slot.model.id, picture);
  return {
    fools: read !== label,
    same: picture.every((value, pixel) => value === image[pixel]),
    eightBit: report.eightBit,
    said: report.roundedStillFools,
  };
}

/** Fools with the page as it is, saves the picture, and reads what is in the file. */
async function fooledBySaved({ page, lab }, change = (greys) => greys) {
  await lab.fool.click();
  await lab.isFooled();
  const found = await page.evaluate(greys, [...(await savedPng(page))]);
  return page.evaluate(reread, change(found));
}

it("with the switch a saved picture is the image that was found, and fools", async () => {
  for (const sample of SAMPLES) {
    const opened = await open(`?backend=cpu&bits=8&sample=${sample}`);
    assert.ok(await opened.page.getByTestId("bits").isChecked());
    assert.deepEqual(
      await fooledBySaved(opened),
      { fools: true, same: true, eightBit: true, said: true },
      `sample ${sample}`,
    );
    assert.equal((await opened.lab.measures())["Rounded to 8 bits"], "the same image");
    await opened.close();
  }
  // A picture that was saved with fewer shades is another one.
  const spoiled = await open(`?backend=cpu&bits=8&sample=${SAMPLES[0]}`);
  const coarse = (greys) => greys.map((grey) => 32 * Math.floor(grey / 32));
  assert.equal((await fooledBySaved(spoiled, coarse)).same, false);
  await spoiled.close();
});

it("without the switch a picture only comes near, and the page says whether it fools", async () => {
  for (const sample of SAMPLES) {
    const opened = await open(`?backend=cpu&sample=${sample}`);
    assert.equal(await opened.page.getByTestId("bits").isChecked(), false);
    const found = await fooledBySaved(opened);
    assert.deepEqual(found, { fools: found.said, same: false, eightBit: false, said: found.said });
    assert.doesNotMatch((await opened.lab.measures())["Rounded to 8 bits"], /same image/);
    await opened.close();
  }
});

it("a link keeps the switch, an embedded page does, and a lock holds it", async () => {
  const { page, lab, close } = await open("?backend=cpu&sample=3&method=nearest-boundary");
  await page.getByLabel("Find one that a saved picture keeps (8 bits)").check();
  await page.waitForURL(/method=nearest-boundary&bits=8/);
  assert.match(await page.getByTestId("link-holds").textContent(), /nearest boundary, 8 bits and the noise$/);
  await lab.fool.click();
  await lab.isFooled();
  await page.waitForURL(/result=/);
  const { search } = new URL(page.url());
  await page.getByRole("button", { name: "Embed …" }).click();
  assert.match(await page.getByTestId("embed-code").inputValue(), /&amp;bits=8/);
  await page.getByLabel("the 8 bits", { exact: true }).check();
  assert.match(await page.getByTestId("embed-code").inputValue(), /lock=bits/);
  await close();

  const again = await open(`${search}&lock=bits`);
  await again.lab.isFooled();
  const state = await again.page.evaluate(() => {
    const { choices, fooling, notice } = document.querySelector("bs-app").lab;
    return { bits: choices.bits, eightBit: fooling.example.report.eightBit, notice };
  });
  assert.deepEqual(state, { bits: 8, eightBit: true, notice: null });
  assert.ok(await again.page.getByTestId("bits").isDisabled());
  await again.close();

  const hidden = await open("?backend=cpu&hide=bits&bits=9");
  assert.equal(await hidden.page.getByTestId("bits").count(), 0);
  assert.match(await hidden.page.getByTestId("notice").textContent(), /bits is 8 or nothing, not “9”/);
  await hidden.close();
});

it("on a phone the switch fits, and pressing it moves nothing", async () => {
  const { page, close } = await open("?backend=cpu&sample=3", { viewport: { width: 390, height: 844 } });
  const places = () =>
    page.evaluate(() => {
      const { renderRoot } = document.querySelector("bs-app").renderRoot.querySelector("bs-attack");
      return ["#fool", ".bits", ".say"].map((name) => {
        const { top, height } = renderRoot.querySelector(name).getBoundingClientRect();
        return [name, Math.round(top + scrollY), Math.round(height)];
      });
    });
  const before = await places();
  await page.getByTestId("bits").check();
  assert.deepEqual(await places(), before);
  assert.equal(await overflow(page), 0);
  assert.deepEqual(await violations(page), []);
  await page.getByTestId("bits").evaluate((box) => {
    box.parentElement.append("more words ".repeat(20));
  });
  assert.notDeepEqual(await places(), before, "a control that grows would be noticed");
  await close();
});
