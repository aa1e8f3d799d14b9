// Pictures become digits: chosen, dropped and pasted, of all kinds that a browser shows, and of NumPy's and
// IDX files. What the page saves is read again as it was.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { gzipSync } from "node:zlib";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { gif, inkAt, npy, photograph, png, sample, samplesFile, turned } from "./lib/made.mjs";
import { host } from "./lib/server.mjs";

/** A photograph's image is nearer to its digit than this, and those of two digits are farther apart. */
const NEAR = 0.08;
const OTHER = 0.12;

/** A seven, which looks like no other digit when it is turned. */
const SEVEN = 0;

let browser, site, page, context, complaints, lab;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());
beforeEach(async () => {
  site = await host();
  ({ page, context, complaints } = await openPage(browser));
  lab = await LabPage.open(page, `${site.url}?sample=none&backend=cpu`);
});
afterEach(async () => {
  await context.close();
  await site.close();
});

const open = () => page.getByTestId("picture").click();
const file = (name, buffer, mimeType = "image/png") => ({ name, buffer, mimeType });

async function choose(...of) {
  if (!(await page.getByTestId("picture-dialog").isVisible())) await open();
  await page.getByTestId("picture-file").setInputFiles(file(...of));
}

/** Waits for what was found; what the page says of it. */
async function found() {
  const found = page.getByTestId("picture-found");
  await found.waitFor();
  return found.evaluate(({ dataset }) => ({ said: dataset.said, crop: dataset.crop.split(",").map(Number) }));
}

async function use() {
  await page.getByTestId("picture-use").click();
  await page.getByTestId("picture-dialog").waitFor({ state: "hidden" });
}

/** The lab's image, when it has one. */
async function image() {
  const has = () => document.querySelector("bs-app").lab.image !== null;
  await page.waitForFunction(has);
  return page.evaluate(() => [...document.querySelector("bs-app").lab.image]);
}

/** Most networks read this digit. */
async function isRead(digit) {
  const readings = Object.values(await lab.readings());
  const right = readings.filter((label) => label === digit).length;
  assert.ok(right >= 10, `${right} of ${readings.length} read a ${digit}`);
}

/** How far two images are apart, on the mean of all pixels. */
const apart = (a, b) => a.reduce((sum, value, at) => sum + Math.abs(value - b[at]), 0) / a.length;
const digitOf = (index) => [...sample(index)].map((byte) => byte / 255);

it("a photograph that is chosen becomes the digit", async () => {
  await choose("seven.png", photograph(sample(SEVEN)));
  const { said, crop } = await found();
  assert.equal(said, "");
  assert.ok(crop[2] > 9 * 10 && crop[3] > 9 * 14 && crop[0] > 9 * 3, crop.join());
  assert.deepEqual(await violations(page), []);
  await use();
  assert.ok(apart(await image(), digitOf(SEVEN)) < NEAR);
  await isRead(7);
  // A link cannot hold it, and says so; undo and clear know it.
  assert.match(await page.getByTestId("link-holds").textContent(), /no link can hold your picture/);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.waitForFunction(() => document.querySelector("bs-app").lab.image === null);
  await page.getByRole("button", { name: "Undo" }).click();
  assert.ok(apart(await image(), digitOf(SEVEN)) < NEAR);
  // The control: another digit is another image.
  assert.ok(apart(await image(), digitOf(SEVEN + 1)) > OTHER);
  assertQuiet(complaints);
});

/** Hands a file to the page as a paste or a drop does. */
async function hand(kind, bytes, name, type) {
  await page.evaluate(
    ([kind, bytes, name, type]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], name, { type }));
      const wish = { bubbles: true, cancelable: true, composed: true };
      const pad = document.querySelector("bs-app").shadowRoot.querySelector("bs-pad");
      if (kind === "drop") pad.dispatchEvent(new DragEvent("drop", { ...wish, dataTransfer: data }));
      else document.body.dispatchEvent(new ClipboardEvent("paste", { ...wish, clipboardData: data }));
    },
    [kind, [...bytes], name, type],
  );
}

for (const kind of ["paste", "drop"]) {
  it(`a ${kind} is taken`, async () => {
    await hand(kind, photograph(sample(SEVEN)), "seven.png", "image/png");
    assert.equal((await found()).said, "");
    await use();
    await isRead(7);
    assertQuiet(complaints);
  });
}

it("a saved adversarial image is read again as it is, bit for bit", async () => {
  await page.goto(`${site.url}?sample=42&backend=cpu`);
  await lab.isReady();
  await lab.fool.click();
  await lab.place.locator('[data-testid="result"][data-phase="done"]').waitFor();
  const wanted = await page.evaluate(() =>
    [...document.querySelector("bs-app").lab.fooling.example.image].map((v) =>
      Math.fround(Math.round(v * 255) / 255),
    ),
  );
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save PNG" }).click(),
  ]);
  const bytes = readFileSync(await download.path());
  await choose("adversarial.png", bytes);
  assert.deepEqual(await found(), { said: "", crop: [0, 0, 28, 28] });
  await use();
  await page.waitForFunction(() => document.querySelector("bs-app").lab.picture);
  await page.waitForFunction(() => document.querySelector("bs-app").lab.reader.settled);
  const got = await image();
  assert.deepEqual(got, wanted);
  // The control: a file with one grey more somewhere is another image.
  const greys = got.map((value) => Math.round(value * 255));
  greys[400] += greys[400] < 255 ? 1 : -1;
  await choose(
    "other.png",
    png(28, 28, 1, (y) => greys.slice(28 * y, 28 * (y + 1))),
  );
  await found();
  await use();
  await page.waitForFunction(() => document.querySelector("bs-app").lab.reader.settled);
  assert.notDeepEqual(await image(), wanted);
  assertQuiet(complaints);
});

it("a photograph that says it lies on its side is turned", async () => {
  // A quarter to the left, as a phone keeps what it took upright.
  const jpeg = Buffer.from(
    await page.evaluate(
      async (bytes) => {
        const bitmap = await createImageBitmap(new Blob([Uint8Array.from(bytes)]));
        const canvas = new OffscreenCanvas(bitmap.height, bitmap.width);
        const context = canvas.getContext("2d");
        context.rotate(-Math.PI / 2);
        context.drawImage(bitmap, -bitmap.width, 0);
        const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
        return [...new Uint8Array(await blob.arrayBuffer())];
      },
      [...photograph(sample(SEVEN))],
    ),
  );
  const read = async (bytes) => {
    await choose("phone.jpg", bytes, "image/jpeg");
    await found();
    await use();
    await page.waitForFunction(() => document.querySelector("bs-app").lab.reader.settled);
    return image();
  };
  assert.ok(apart(await read(turned(jpeg, 6)), digitOf(SEVEN)) < 0.05);
  // The control: without that word it lies on its side.
  assert.ok(apart(await read(jpeg), digitOf(SEVEN)) > 0.05);
  assertQuiet(complaints);
});

it("what is clear is paper, and of a moving picture the first frame counts", async () => {
  const side = 28 * 7;
  const clear = png(side, side, 4, (y) =>
    Array.from({ length: side }, (_, x) => [0, 0, 0, Math.round(255 * inkAt(sample(SEVEN), 7, x, y))]).flat(),
  );
  await choose("clear.png", clear);
  assert.equal((await found()).said, "");
  await use();
  assert.ok(apart(await image(), digitOf(SEVEN)) < 0.04);
  const frame = (index) =>
    Array.from({ length: side * side }, (_, at) =>
      Math.round(127 * (1 - inkAt(sample(index), 7, at % side, Math.floor(at / side)))),
    );
  await choose("moving.gif", gif(side, [frame(SEVEN), frame(SEVEN + 1)]), "image/gif");
  assert.equal((await found()).said, "");
  await use();
  assert.ok(apart(await image(), digitOf(SEVEN)) < 0.04);
  assertQuiet(complaints);
});

it("from one pixel to a hundred million", async () => {
  await choose(
    "dot.png",
    png(1, 1, 1, () => [7]),
  );
  assert.equal((await found()).said, "nothing");
  assert.equal(await page.getByTestId("picture-use").count(), 0);
  // 12,000 × 9,000 of one bit a pixel, with a digit in the middle.
  const [width, height, times] = [12000, 9000, 240];
  const [left, top] = [(width - 28 * times) / 2, (height - 28 * times) / 2];
  const rows = new Map();
  const row = (y) => {
    const line = Math.floor((y - top) / times);
    if (rows.has(line)) return rows.get(line);
    const bytes = new Uint8Array(width / 8).fill(255);
    for (let x = 0; x < 28 * times && line >= 0 && line < 28; x++) {
      const dark = sample(SEVEN)[line * 28 + Math.floor(x / times)] > 127;
      if (dark) bytes[(left + x) >> 3] &= ~(128 >> ((left + x) & 7));
    }
    rows.set(line, bytes);
    return bytes;
  };
  await choose("huge.png", png(width, height, 1, row, 1));
  await page.locator('[data-testid="picture-found"][data-said=""]').waitFor({ timeout: 60_000 });
  await use();
  await isRead(7);
  assertQuiet(complaints);
});

it("where ink and paper cannot be told apart there is nothing to use", async () => {
  const board = (y) =>
    Uint8Array.from({ length: 200 }, (_, x) => ((Math.floor(x / 10) + Math.floor(y / 10)) % 2 ? 245 : 10));
  await choose("board.png", png(200, 200, 1, board));
  assert.equal((await found()).said, "busy");
  await page.getByText("cannot be told from what is around it").waitFor();
  assert.equal(await page.getByTestId("picture-use").count(), 0);
  // Two digits are busy, too, and can be used.
  await choose("two.png", two());
  await page.getByTestId("picture-use").waitFor();
  assertQuiet(complaints);
});

/** Two digits side by side. */
const side = 28 * 7;
function two() {
  const ink = (x, y) => inkAt(sample(x < side ? SEVEN : SEVEN + 1), 7, x % side, y);
  return png(2 * side, side, 1, (y) =>
    Array.from({ length: 2 * side }, (_, x) => Math.round(255 * (1 - ink(x, y)))),
  );
}

/** Waits until what was found is said to be this. */
const says = (said) => page.locator(`[data-testid="picture-found"][data-said="${said}"]`).waitFor();

it("a frame that is drawn in a picture says where the digit is", async () => {
  await choose("two.png", two());
  await says("busy");
  const crop = page.getByTestId("crop");
  const box = await crop.boundingBox();
  await page.mouse.move(box.x + 5, box.y + 5);
  await page.mouse.down();
  await page.mouse.move(box.x + 60, box.y + 60);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height - 2);
  await page.mouse.up();
  await says("");
  const [left, , width] = (await found()).crop;
  assert.ok(left + width < side, `${left} and ${width} of the left half`);
  assert.deepEqual(await violations(page), []);
  await page.getByTestId("picture-whole").press("Enter");
  assert.ok(await page.getByTestId("crop").evaluate((crop) => crop.getRootNode().activeElement === crop));
  await says("busy");
  assert.equal(await page.getByTestId("picture-whole").count(), 0);
  // A slip changes nothing.
  await page.mouse.move(box.x + 50, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + 53, box.y + 53);
  await page.mouse.up();
  assert.equal(await page.getByTestId("picture-whole").count(), 0);
  // By keys: the frame gets narrower by 4 % of the shorter side, until it ends between the digits.
  await crop.focus();
  const presses = Math.ceil(side / Math.round(0.04 * side));
  // As fast as a key that is held: what is used is what was found in the last frame.
  for (let press = 0; press < presses; press++) await page.keyboard.press("Shift+ArrowLeft");
  await use();
  assert.ok(apart(await image(), digitOf(SEVEN)) < NEAR);
  await isRead(7);
  assertQuiet(complaints);
});

it("of several files the first is read, and that is said", async () => {
  await open();
  const input = page.getByTestId("picture-file");
  await input.evaluate((input) => (input.multiple = true));
  const [first, second] = [SEVEN, SEVEN + 1].map((index) => photograph(sample(index)));
  await input.setInputFiles([file("one.png", first), file("two.png", second)]);
  await says("");
  await page.getByTestId("picture-others").filter({ hasText: "first one" }).waitFor();
  await choose("two.png", second);
  assert.equal((await page.getByTestId("picture-others").textContent()).trim(), "");
});

it("what is no digit, or no picture, is said in words", async () => {
  const blank = png(200, 100, 1, () => new Uint8Array(200).fill(200));
  await choose("blank.png", blank);
  assert.equal((await found()).said, "nothing");
  await choose("two.png", two());
  assert.equal((await found()).said, "busy");
  const dark = (x, y) => ((x >> 4) + (y >> 4)) % 2 === 0;
  await choose(
    "board.png",
    png(256, 256, 1, (y) => Array.from({ length: 256 }, (_, x) => (dark(x, y) ? 0 : 255))),
  );
  assert.notEqual((await found()).said, "");
  const problem = page.getByTestId("picture-problem");
  const damaged = photograph(sample(SEVEN)).subarray(0, 60);
  for (const [name, bytes, type] of [
    ["damaged.png", damaged, "image/png"],
    ["text.txt", Buffer.from("a digit"), "text/plain"],
    ["drawing.svg", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), "image/svg+xml"],
    ["empty.png", Buffer.alloc(0), "image/png"],
  ]) {
    await choose(name, bytes, type);
    await problem.filter({ hasText: "no picture" }).waitFor();
    await choose("blank.png", blank);
    await problem.waitFor({ state: "detached" });
  }
  await choose("wide.npy", npy([20, 20], Buffer.alloc(400)), "");
  await problem.filter({ hasText: "[20, 20]" }).waitFor();
  await choose("cut.npy", npy([28, 28], Buffer.alloc(700)), "");
  await problem.filter({ hasText: "784" }).waitFor();
  assert.deepEqual(await violations(page), []);
});

it("digits of files are shown to choose from", async () => {
  const hundred = samplesFile.subarray(16);
  const digits = page.getByTestId("picture-digits").getByRole("button");
  for (const [name, bytes, count] of [
    ["one.npy", npy([28, 28], Buffer.from(sample(3))), 1],
    ["many.npy", npy([150, 1, 28, 28], Buffer.concat([hundred, hundred.subarray(0, 50 * 784)])), 100],
    ["images-idx3-ubyte", samplesFile, 100],
    ["images-idx3-ubyte.gz", gzipSync(samplesFile), 100],
  ]) {
    await choose(name, bytes, "");
    await digits.nth(count - 1).waitFor();
    assert.equal(await digits.count(), count);
    await digits.nth(count === 1 ? 0 : 3).click();
    await page.getByTestId("picture-dialog").waitFor({ state: "hidden" });
    await page.waitForFunction(() => document.querySelector("bs-app").lab.reader.settled);
    assert.ok(apart(await image(), digitOf(3)) < 1e-6, name);
  }
  await choose("many.npy", npy([150, 784], Buffer.concat([hundred, hundred.subarray(0, 50 * 784)])), "");
  assert.deepEqual(await violations(page), []);
  await page.getByTestId("picture-next").click();
  await digits.nth(49).waitFor();
  assert.equal(await digits.count(), 50);
  assertQuiet(complaints);
});
