// Lessons where the engine has stopped: every task, and both of the teacher’s dialogs, bring the way on.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, before, describe, it } from "node:test";
import { inMain, isDone, NETWORK, OTHERS, task } from "./lib/all-tasks.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { crash, openLesson, PATIENCE } from "./lib/lesson.mjs";
import { host } from "./lib/server.mjs";

let browser, site;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
});
after(() => Promise.all([browser.close(), site.close()]));

describe("where the engine has stopped", () => {
  const lesson = {
    blindspots: "lesson",
    version: 1,
    title: "Stops",
    tasks: [
      { kind: "fool-together", networks: [NETWORK, ...OTHERS], distortion: 0.4 },
      { kind: "predict", network: NETWORK, networks: OTHERS, right: 1 },
      { kind: "unit-or-direction", network: NETWORK, answers: 1 },
      { kind: "resist", network: NETWORK, distortion: 0.001 },
    ],
  };
  /** All networks are there, and the page asks nothing more by itself. */
  const loaded = (page) =>
    page.waitForFunction(() => {
      const { slots, gallery } = document.querySelector("bs-app").lab;
      return gallery && slots.every(({ own, state, model }) => own || (state === "ready" && !model.early));
    });

  it("every task brings the button that starts it again, and goes on then", async () => {
    const { page, context, complaints } = await openPage(browser);
    await openLesson(page, site.url, lesson);
    const notice = page.getByTestId("notice");
    for (const [kind, press] of [
      ["fool-together", "task-together"],
      ["predict", "predict-another"],
      ["resist", "task-check"],
      ["unit-or-direction", null],
    ]) {
      await loaded(page);
      const here = task(page, kind);
      if (press) {
        if ((await here.locator(".head").getAttribute("aria-expanded")) === "false")
          await here.locator(".head").click();
        await here.locator(`[data-testid="${press}"]:enabled`).waitFor();
      }
      await crash(page);
      assert.equal(await notice.count(), 0, "nobody has asked");
      await (press ? here.getByTestId(press) : here.locator(".head")).click();
      await notice.getByRole("button", { name: "Start again" }).click();
      await notice.waitFor({ state: "detached" });
      assert.equal(await page.evaluate(inMain), true, "the focus goes on from there");
      await loaded(page);
      assert.doesNotMatch(await here.innerText(), /stopped unexpectedly/, "what is over is said no longer");
    }
    await task(page, "unit-or-direction").getByRole("button", { name: "Row A is the unit" }).click();
    await isDone(page, "unit-or-direction");
    // Nor beside the file's button.
    await page.getByTestId("student").fill("Ada L.");
    await crash(page);
    await page.getByTestId("save-result").click();
    await notice.getByRole("button", { name: "Start again" }).click();
    await loaded(page);
    assert.doesNotMatch(await page.getByTestId("result-said").innerText(), /stopped/);
    assertQuiet(complaints);
    await context.close();
  });

  it("a teacher can start it again from both dialogs, which go on then", async () => {
    const { page, context, complaints } = await openPage(browser);
    await page.goto(site.url);
    await loaded(page);
    await page.getByTestId("make-lesson").click();
    const form = page.locator("bs-lesson-form");
    await form.locator('[data-testid="copy-lesson"]:enabled').waitFor();
    await crash(page);
    await form.getByTestId("lesson-title").fill("Monday");
    await form.getByRole("button", { name: "Start again" }).click();
    await form.locator('[data-testid="copy-lesson"]:enabled').waitFor({ timeout: PATIENCE });
    assert.equal(await form.getByTestId("stopped").innerText(), "");
    await form.getByRole("button", { name: "Close" }).click();
    await page.getByTestId("check-results").click();
    const check = page.locator("bs-lesson-check");
    await loaded(page);
    await crash(page);
    const file = { name: "none.json", mimeType: "application/json", buffer: Buffer.from("{}") };
    await page.getByLabel("Results of students").setInputFiles(file);
    const again = check.getByRole("button", { name: "Start again" });
    await again.waitFor();
    assert.equal(await check.locator("progress").count(), 0, "nothing is being checked");
    assert.equal(await check.getByTestId("check-said").innerText(), "");
    await again.click();
    await check
      .getByTestId("check-said")
      .filter({ hasText: "0 of 1 verified." })
      .waitFor({ timeout: PATIENCE });
    assertQuiet(complaints);
    await context.close();
  });
});
