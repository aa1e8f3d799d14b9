// Each panel of the page with something to see in it, after the same actions.

import { readAll } from "./chapters.mjs";
import { LabPage } from "./lab.mjs";

/** Ten thousand digits go through a network on a busy machine. */
const PATIENCE = 240_000;

/** What a panel takes to be filled, by its name. */
const fill = {
  async transfer(page) {
    await page.locator("bs-transfer-matrix").getByRole("button", { name: "Start" }).click();
    await page.getByTestId("transfer-state").filter({ hasText: "Done" }).waitFor({ timeout: PATIENCE });
  },
  async slice(page) {
    await page.getByTestId("slice-done").waitFor({ timeout: PATIENCE });
    await page.locator("bs-slice").getByRole("button", { name: "As far, at random" }).click();
  },
  async units(page) {
    await page.locator('[data-testid="units-shown"][data-fresh="true"]').waitFor({ timeout: PATIENCE });
    await page
      .locator("bs-units-numbers")
      .getByRole("button", { name: /^Compare all/ })
      .click();
    await page.getByTestId("units-verdict").waitFor({ timeout: PATIENCE });
    await page.locator("bs-units-quiz").getByRole("button", { name: "Row A is the unit" }).click();
    await page.getByText("an image is being made").first().waitFor({ state: "detached", timeout: PATIENCE });
  },
  async bounds(page) {
    await page.getByTestId("bounds-verdict").waitFor({ timeout: PATIENCE });
  },
};

/** Names of the panels, in the order of their tabs. */
export const panels = Object.keys(fill);

/** The panels, and the page that tells the story. */
export const filled = [...panels, "story"];

/** Makes what is left to chance the same on every visit. */
const fixed = () => {
  let last = 1;
  Math.random = () => (last = (last * 16807) % 2147483647) / 2147483647;
};

/** Opens the page with a panel, fools a network on the page's first sample, and fills the panel; or reads the story. */
export async function openFilled(page, url, panel) {
  await page.addInitScript(fixed);
  if (panel === "story") {
    const lab = await LabPage.open(page, url);
    await readAll(page);
    await page.mouse.move(0, 0);
    return lab;
  }
  const lab = await LabPage.open(page, `${url}?panel=${panel}&method=nearest-boundary&backend=cpu`);
  await lab.readings();
  await lab.fool.click();
  await lab.isFooled();
  await page.locator("bs-experiments").scrollIntoViewIfNeeded();
  await fill[panel](page);
  // The pointer rests on nothing that shows it.
  await page.mouse.move(0, 0);
  return lab;
}
