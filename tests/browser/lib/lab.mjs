// The page as a visitor uses it: what one does, and what one then sees.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./server.mjs";

/** Digits as strokes, in units of the pad's side. */
export const digits = {
  2: [
    [
      [0.28, 0.3],
      [0.34, 0.18],
      [0.5, 0.12],
      [0.66, 0.18],
      [0.7, 0.32],
      [0.62, 0.48],
      [0.46, 0.66],
      [0.28, 0.86],
      [0.5, 0.85],
      [0.74, 0.86],
    ],
  ],
  7: [
    [
      [0.25, 0.18],
      [0.5, 0.17],
      [0.74, 0.16],
      [0.6, 0.45],
      [0.5, 0.66],
      [0.43, 0.9],
    ],
  ],
};

/** The names of the networks that ship with the site. */
export const bundled = JSON.parse(readFileSync(join(repository, "models/index.json"), "utf8")).map(
  ({ name }) => name,
);

/** Long enough for SwiftShader on a busy machine. */
const PATIENCE = 120_000;

/** The site's own page, in a tab or in a frame. */
export class LabPage {
  /** @param {import("playwright-core").Page | import("playwright-core").FrameLocator} place */
  constructor(place, page = place) {
    this.place = place;
    this.page = page;
  }

  /** Opens the page and waits until it can be used. */
  static async open(page, url) {
    await page.goto(url);
    const lab = new LabPage(page);
    await lab.isReady();
    return lab;
  }

  /** Opens the page and fools the chosen network, in whatever language. */
  static async openFooled(page, url) {
    const lab = await LabPage.open(page, url);
    await lab.readings();
    await page.locator("bs-attack #fool").click();
    await lab.isFooled();
    return lab;
  }

  /** The lab's own; a chapter above it may have one, too. */
  get pad() {
    return this.place.getByTestId("pad").last();
  }

  get fool() {
    return this.place.getByRole("button", { name: "Fool it" });
  }

  get cancel() {
    return this.place.getByRole("button", { name: "Cancel" });
  }

  get result() {
    return this.place.getByTestId("result");
  }

  /** One row of the list of readings. */
  row(model) {
    return this.place.locator(`[data-testid="reading"][data-model="${model}"]`);
  }

  /** Waits until every network but `failed` is loaded. */
  async isReady({ failed = [] } = {}) {
    for (const model of bundled) {
      const state = failed.includes(model) ? "failed" : "ready";
      const row = this.place.locator(`[data-testid="reading"][data-model="${model}"][data-state="${state}"]`);
      await row.waitFor({ timeout: PATIENCE });
    }
  }

  /** Draws with the mouse, moving as a hand does. */
  async draw(strokes) {
    await this.pad.scrollIntoViewIfNeeded();
    const box = await this.pad.boundingBox();
    const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
    const { mouse } = this.page;
    for (const [first, ...others] of strokes) {
      await mouse.move(...at(first));
      await mouse.down();
      for (const point of others) await mouse.move(...at(point), { steps: 4 });
      await mouse.up();
    }
  }

  /** Waits for all readings and gives them: model → digit. */
  async readings({ without = [] } = {}) {
    const readings = {};
    for (const model of bundled.filter((name) => !without.includes(name))) {
      const row = this.place.locator(`[data-testid="reading"][data-model="${model}"][data-label]`);
      await row.waitFor({ timeout: PATIENCE });
      readings[model] = Number(await row.getAttribute("data-label"));
    }
    return readings;
  }

  /** Switches the backend and waits for it. */
  async use(kind) {
    const title = { webgpu: "WebGPU", cpu: "CPU", auto: "Auto" }[kind];
    await this.place.getByRole("radio", { name: title }).check({ force: true });
    await this.place.locator(`[data-testid="backend"][data-kind="${kind}"]`).waitFor({ timeout: PATIENCE });
  }

  /** Chooses the network to fool. */
  async choose(model) {
    await this.place.getByLabel("Network to fool").selectOption(model);
  }

  /** Waits until the search has found something and everyone has seen it. */
  async isFooled() {
    await this.place.getByTestId("fooled").waitFor({ timeout: PATIENCE });
    await this.place
      .locator('[data-row="Gaussian noise"] [data-model]')
      .first()
      .waitFor({ timeout: PATIENCE });
  }

  /** The numbers below the result, by their names. */
  async measures() {
    const list = this.place.getByTestId("measures");
    const names = await list.locator("dt").allTextContents();
    const values = await list.locator("dd b").allTextContents();
    return Object.fromEntries(names.map((name, i) => [name.trim(), values[i].trim()]));
  }

  /** A row of the transfer table: model → { label, fooled }. */
  async transfer(row) {
    const cells = await this.place.locator(`[data-row="${row}"] [data-model]`).all();
    const entries = cells.map(async (cell) => [
      await cell.getAttribute("data-model"),
      {
        label: Number(await cell.locator(".read").textContent()),
        fooled: (await cell.getAttribute("data-fooled")) === "true",
      },
    ]);
    return Object.fromEntries(await Promise.all(entries));
  }

  /** Whether something is on the pad. */
  async hasDrawing() {
    return !(await this.place.getByRole("button", { name: "Clear" }).isDisabled());
  }
}

/** The core path of a visit: draws a 2, has it read, and fools a network with it. Gives what networks read then. */
export async function foolATwo(lab, model = "fc100-100-10") {
  await lab.draw(digits[2]);
  await lab.readings();
  await lab.choose(model);
  await lab.fool.click();
  await lab.isFooled();
  return assertFooled(lab, { model, digit: 2 });
}

/** Fails unless the page showed a whole, honest result for a drawn digit. */
export async function assertFooled(lab, { model, digit }) {
  const measures = await lab.measures();
  const number = (name) => Number(measures[name].replaceAll(",", ""));
  const [distortion, l2, linf] = ["Distortion", "L2", "L∞"].map(number);
  assert.ok(l2 > 0.01 && l2 < 15, `L2 is ${l2}`);
  assert.ok(linf > 0 && linf <= 1, `L∞ is ${linf}`);
  assert.ok(Math.abs(distortion - l2 / 28) < 1e-3, `distortion ${distortion} and L2 ${l2} agree`);
  assert.ok(number("Gradient evaluations") > 0);

  const original = await lab.transfer("Original");
  const adversarial = await lab.transfer("Adversarial");
  const noise = await lab.transfer("Gaussian noise");
  for (const row of [original, adversarial, noise]) {
    assert.deepEqual(Object.keys(row).sort(), [...bundled].sort());
  }
  assert.equal(original[model].label, digit);
  assert.notEqual(adversarial[model].label, digit);
  assert.ok(adversarial[model].fooled);
  assert.ok(!noise[model].fooled, "noise of the same size does not fool it");
  return { original, adversarial, noise };
}
