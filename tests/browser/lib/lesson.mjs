// A lesson as a student goes through it, and as a teacher makes one.

import { Buffer } from "node:buffer";
import { LabPage } from "./lab.mjs";

/** Long enough for a busy machine. */
export const PATIENCE = 240_000;

/** How a visitor presses, and picks the sample at a place of the page's row, from 0. */
export const ways = {
  mouse: {
    press: (control) => control.click(),
    pick: async (page, place) => (await samples(page)).nth(place).click(),
    type: (field, text) => field.fill(text),
  },
  touch: {
    options: { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } },
    press: (control) => control.tap(),
    pick: async (page, place) => (await samples(page)).nth(place).tap(),
    type: (field, text) => field.fill(text),
  },
  keyboard: {
    press: async (control) => {
      await control.focus();
      await control.page().keyboard.press("Enter");
    },
    pick: async (page, place) => {
      await page.locator('bs-samples [role="radio"][tabindex="0"]').focus();
      await page.keyboard.press("Home");
      for (let at = 0; at < place; at += 1) await page.keyboard.press("ArrowDown");
      await (await samples(page)).nth(place).and(page.locator('[aria-checked="true"]')).waitFor();
    },
    type: async (field, text) => {
      await field.focus();
      await field.page().keyboard.type(text);
    },
  },
};

async function samples(page) {
  const all = page.locator('bs-samples [role="radio"]');
  await all.first().waitFor({ timeout: PATIENCE });
  return all;
}

/** A lesson as it stands in an address. */
export const encoded = (lesson) => Buffer.from(JSON.stringify(lesson)).toString("base64url");

/** Opens the page with a lesson, "first" or one of the test's. */
export async function openLesson(page, url, lesson) {
  await page.goto(`${url}?lesson=${lesson === "first" ? lesson : encoded(lesson)}`);
  const lab = new LabPage(page);
  await lab.isReady();
  await page.getByTestId("lesson").waitFor();
  return lab;
}

/** Among the first samples of the page's row: the place of the one that a network is fooled nearest at, of the one
 *  that it is fooled farthest from, with both distortions. */
export function nearAndFar(page, network, count = 6) {
  return page.evaluate(
    async ([network, count]) => {
      const { lab } = document.querySelector("bs-app");
      const { engine, gallery, slots } = lab;
      const model = slots.find(({ name }) => name === network).model.id;
      const tiles = [
        ...document
          .querySelector("bs-app")
          .renderRoot.querySelector("bs-samples")
          .renderRoot.querySelectorAll("[data-sample]"),
      ];
      const found = [];
      for (const [place, tile] of tiles.slice(0, count).entries()) {
        const sample = Number(tile.dataset.sample);
        const [image, label] = [gallery.images[sample], gallery.labels[sample]];
        const { label: read } = await engine.classify(model, image);
        if (read !== label) continue;
        const of = async (method) => (await engine.attack({ model, image, label, method })).distortion;
        found.push({ place, szegedy: await of("szegedy"), nearest: await of("nearest-boundary") });
      }
      found.sort((a, b) => a.szegedy - b.szegedy);
      return { near: found.at(0), far: found.at(-1) };
    },
    [network, count],
  );
}

/** Has the engine stop as where it crashes; resolves when the page has heard of it. */
export async function crash(page) {
  const worker = page.workers().find((one) => /\/worker-/.test(one.url()));
  await worker.evaluate(() => void setTimeout(() => undefined.crash)).catch(() => undefined);
  await page.evaluate(async () => {
    const { engine, image, ready } = document.querySelector("bs-app").lab;
    const ask = () => engine.classify(ready[0].model.id, image);
    for (let code; code !== "crashed";)
      code = await ask().then(
        () => null,
        (error) => error.code,
      );
  });
}
