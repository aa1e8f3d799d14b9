// Panels say how far their work is, and the visitor may end it.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

const PATIENCE = 120_000;

let browser;
let site;
before(async () => {
  browser = await launch({ webgpu: false });
  site = await host();
});
after(async () => {
  await browser.close();
  await site.close();
});

/** Opens a panel, and answers its element. */
async function openPanel(page, name, search) {
  await LabPage.open(page, `${site.url}?panel=${name}&backend=cpu${search}`);
  await page.locator("bs-experiments").scrollIntoViewIfNeeded();
  return page.locator(`bs-${name}`);
}

/** Ends what a panel does, sees that it rests, and begins again by the same button, which has kept the focus. */
async function cancelAndResume(page, panel, { ended, again, finished }) {
  await panel.getByRole("button", { name: "Cancel" }).click();
  await panel.getByText(ended).waitFor();
  assert.equal(await panel.getByRole("progressbar").count(), 0);
  await page.waitForTimeout(1500);
  assert.equal(await finished.count(), 0, "nothing goes on behind the visitor's back");
  await panel.getByRole("button", { name: again }).and(page.locator(":focus")).waitFor();
  await page.keyboard.press("Enter");
  await finished.waitFor({ timeout: PATIENCE });
  assert.equal(await panel.getByText(ended).count(), 0);
}

it("reading the plane is cancelled, and done after all", async () => {
  const { page, context, complaints } = await openPage(browser, { viewport: { width: 1300, height: 1200 } });
  const panel = await openPanel(page, "slice", "&method=nearest-boundary&model=cnn");
  await page.getByRole("button", { name: "Find it" }).click();
  await cancelAndResume(page, panel, {
    ended: "Reading the plane was cancelled.",
    again: "Read it again",
    finished: page.getByTestId("slice-done"),
  });
  // Another direction's plane is not cancelled with this one's.
  await panel.getByRole("button", { name: "Another random direction" }).click();
  await panel.getByRole("button", { name: "Cancel" }).click();
  await panel.getByRole("button", { name: "Another random direction" }).click();
  await page.getByTestId("slice-done").waitFor({ timeout: PATIENCE });
  assertQuiet(complaints);
  await context.close();
});

it("showing ten thousand digits to a layer is cancelled, and done after all", async () => {
  const { page, context, complaints } = await openPage(browser, { viewport: { width: 1300, height: 1200 } });
  const panel = await openPanel(page, "units", "&units=cnn.1");
  const shown = page.locator('[data-testid="units-shown"][data-fresh="true"]');
  await cancelAndResume(page, panel, {
    ended: "Showing the digits was cancelled.",
    again: "Show them again",
    finished: shown,
  });
  assertQuiet(complaints);
  await context.close();
});

it("a proof shows its progress, is cancelled, and made after all", async () => {
  const { page, context, complaints } = await openPage(browser, { viewport: { width: 1300, height: 1200 } });
  await LabPage.open(page, `${site.url}?panel=bounds&model=fc200-200-10&sample=3`);
  await page.evaluate(() => {
    globalThis.shares = [];
    const find = (root) =>
      [...root.querySelectorAll("*")].flatMap((element) => [
        ...(element.matches('progress[aria-label="Proof"]') ? [element] : []),
        ...(element.shadowRoot ? find(element.shadowRoot) : []),
      ]);
    const look = () => {
      for (const bar of find(document))
        if (globalThis.shares.at(-1) !== bar.value) globalThis.shares.push(bar.value);
      requestAnimationFrame(look);
    };
    look();
  });
  const panel = page.locator("bs-bounds");
  await page.locator("bs-experiments").scrollIntoViewIfNeeded();
  await panel.getByRole("button", { name: "Cancel" }).click();
  await panel.getByText("The proof was cancelled.").waitFor();
  // Nothing goes on behind the visitor's back.
  await page.waitForTimeout(1500);
  assert.equal(await panel.getByTestId("bounds-verdict").count(), 0);
  const began = performance.now();
  await panel.getByRole("button", { name: "Prove again" }).click();
  await panel.getByTestId("bounds-verdict").waitFor({ timeout: PATIENCE });
  console.log(`the proof took ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const shares = await page.evaluate(() => globalThis.shares);
  assert.ok(
    shares.some((share) => share > 0 && share < 1),
    `the bar stood at ${shares.join(", ")}`,
  );
  const proved = Number(await panel.getByTestId("bounds-verdict").getAttribute("data-safe"));
  assert.ok(proved > 0, `${proved}`);
  assertQuiet(complaints);
  await context.close();
});
