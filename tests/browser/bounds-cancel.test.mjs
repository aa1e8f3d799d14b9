// The panel of bounds says how far a proof is, and the visitor may end it.

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
