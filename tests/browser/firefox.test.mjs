// The way of every visitor in Firefox, on the processor: draw, read, fool, open the link again, embed.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, it } from "node:test";
import puppeteer from "puppeteer-core";
import { bundled, digits } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

const executablePath = [
  process.env.FIREFOX ?? "",
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox",
  "/Applications/Firefox.app/Contents/MacOS/firefox",
  "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
].find((path) => path !== "" && existsSync(path));
const skip = executablePath ? false : "Firefox is not installed: set FIREFOX to the path of one";

const MODEL = "fc100-100-10";
const PATIENCE = 120_000;

let browser;
let site;
before(async () => {
  if (skip) return;
  // The window has the size itself: to set it page by page asks for commands that older Firefoxes lack.
  browser = await puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: true,
    defaultViewport: null,
    args: ["--width=1300", "--height=1000"],
  });
  site = await host();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** A part of the page, through the elements' shadows, whose changes `waitForSelector` does not hear of. */
async function part(page, selector) {
  for (const start = Date.now(); Date.now() - start < PATIENCE;) {
    const found = await page.$(`>>> ${selector}`);
    if (found) return found;
    await new Promise((later) => setTimeout(later, 100));
  }
  return assert.fail(`${selector} has not come`);
}
const value = async (page, selector, name) =>
  (await part(page, selector)).evaluate((element, name) => element.dataset[name], name);
/** Presses the button with these words. */
async function press(page, words) {
  for (const button of await page.$$(">>> button")) {
    if ((await button.evaluate((element) => element.textContent.trim())) === words) return button.click();
  }
  return assert.fail(`no button says ${words}`);
}
const reading = (model, more = "") => `[data-testid="reading"][data-model="${model}"]${more}`;

/** The image that fooled a network. */
const example = (page) =>
  page.evaluate(() => [...document.querySelector("bs-app").lab.fooling.example.image]);

/** Opens an address in a tab of its own; `complaints` are of all tabs. */
async function open(url, complaints) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(url);
  return page;
}

it("draws, reads, fools, and hands on what it found as a link and a frame", { skip }, async () => {
  const complaints = [];
  const page = await open(`${site.url}?backend=cpu`, complaints);
  for (const model of bundled) await part(page, reading(model, '[data-state="ready"]'));

  const pad = await part(page, '[data-testid="pad"]');
  const box = await pad.boundingBox();
  for (const [first, ...others] of digits[2]) {
    await page.mouse.move(box.x + first[0] * box.width, box.y + first[1] * box.height);
    await page.mouse.down();
    for (const [x, y] of others) {
      await page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 4 });
    }
    await page.mouse.up();
  }
  for (const model of bundled) await part(page, reading(model, "[data-label]"));
  assert.equal(await value(page, reading(MODEL), "label"), "2");

  await (await part(page, "button.primary")).click();
  await part(page, '[data-testid="fooled"]');
  const cell = (row) => `[data-row="${row}"] [data-model="${MODEL}"]`;
  assert.equal(await value(page, cell("Adversarial"), "fooled"), "true");
  assert.equal(await value(page, cell("Original"), "fooled"), "false");
  assert.equal(await value(page, cell("Gaussian noise"), "fooled"), "false", "noise of the same size");
  const read = (row) => part(page, `${cell(row)} .read`).then((one) => one.evaluate((e) => e.textContent));
  assert.equal(await read("Original"), "2");
  assert.notEqual(await read("Adversarial"), "2");

  const found = await example(page);
  await page.evaluate(() =>
    Object.defineProperty(navigator, "clipboard", {
      value: { writeText: async (text) => (globalThis.copied = text) },
      configurable: true,
    }),
  );
  await press(page, "Copy link");
  const link = await page.evaluate(() => globalThis.copied);
  const again = await open(link, complaints);
  await part(again, '[data-testid="fooled"]');
  assert.deepEqual(await example(again), found, "the link finds the same image, bit for bit");
  await again.close();

  await press(page, "Embed …");
  const snippet = await (await part(page, '[data-testid="embed-code"]')).evaluate(({ value }) => value);
  const course = Buffer.from(
    `<!doctype html><meta charset="utf-8" /><title>A course</title><link rel="icon" href="data:," />${snippet}`,
  );
  const around = await host({ folder: "/nothing/", made: { "/course.html": course } });
  const lesson = await open(new URL("/course.html", around.url).href, complaints);
  const frame = await (await lesson.waitForSelector("iframe")).contentFrame();
  await part(frame, '[data-testid="fooled"]');
  assert.deepEqual(await example(frame), found, "and so does the frame");
  await around.close();
  assert.deepEqual(complaints, []);
});
