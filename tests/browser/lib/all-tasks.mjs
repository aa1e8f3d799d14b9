// A lesson of all five tasks, as a student goes through it, each task wrong first; and what is looked at on the way.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { violations } from "./axe.mjs";
import { assertQuiet, openPage } from "./browser.mjs";
import { nearAndFar, openLesson, PATIENCE, ways } from "./lesson.mjs";
import { overflow } from "./overflow.mjs";
import { repository } from "./server.mjs";

export const NETWORK = "fc100-100-10";
export const OTHERS = ["fc200-200-10", "ae400-10", "fc100-100-10-p1"];

/** Half way, with as few digits as a lesson's file keeps. */
const between = (a, b) => Number(((a + b) / 2).toFixed(6));

/** A lesson whose bars lie between two samples. */
export function lessonBetween({ near, far }) {
  return {
    blindspots: "lesson",
    version: 1,
    title: "Five tasks",
    words: "For the tests.",
    tasks: [
      {
        kind: "fool",
        network: NETWORK,
        distortion: between(near.szegedy, far.szegedy),
        hint: "Look at a 1.",
      },
      { kind: "fool-together", networks: [NETWORK, ...OTHERS], distortion: 0.4 },
      { kind: "resist", network: NETWORK, distortion: between(near.nearest, far.nearest) },
      { kind: "predict", network: NETWORK, networks: OTHERS, right: OTHERS.length },
      { kind: "unit-or-direction", network: NETWORK, answers: 3 },
    ],
  };
}

export const task = (page, kind) => page.locator(`[data-testid="task"][data-kind="${kind}"]`);
export const came = (page, kind) => task(page, kind).getByTestId("task-came");
export const isDone = (page, kind) =>
  page.locator(`[data-testid="task"][data-kind="${kind}"][data-done="true"]`).waitFor({ timeout: PATIENCE });

/** In the page: whether the focus is on or in its main part. */
export function inMain() {
  const { activeElement } = document.querySelector("bs-app").shadowRoot;
  return activeElement?.closest("main") != null;
}

/** Waits until an element of the page has the focus. */
export async function focusIs(page, control) {
  const element = (await control.elementHandle?.()) ?? control;
  await page
    .waitForFunction((one) => one.isConnected && one.getRootNode().activeElement === one, element, {
      timeout: 5000,
    })
    .catch(() => assert.fail(`the focus is not on ${control}`));
}

/** Runs the command line: its exit status and what it printed. */
export function command(...words) {
  const program = process.env.BLINDSPOTS ?? join(repository, "target/debug/blindspots");
  return new Promise((done) => {
    execFile(program, words, { encoding: "utf8" }, (error, out, err) =>
      done({ status: error?.code ?? 0, out, err }),
    );
  });
}

/** What the file of a download is called, and where it was put. */

export async function saved(page, folder, press) {
  const [download] = await Promise.all([page.waitForEvent("download"), press()]);
  const path = join(folder, `${Math.random().toString(36).slice(2)}-${download.suggestedFilename()}`);
  await download.saveAs(path);
  return path;
}

/** One task after the other, each wrong first; ends with the result's file. */
async function goThrough(page, lab, { near, far }, folder, { press, pick, type }) {
  const handIn = (kind) => task(page, kind).getByTestId("task-check");
  const look = async (kind) => {
    const head = task(page, kind).locator(".head");
    if ((await head.getAttribute("aria-expanded")) === "false") await press(head);
  };

  await look("fool");
  await task(page, "fool").getByText("A hint").waitFor();
  await press(task(page, "fool").locator("summary"));
  await task(page, "fool").getByText("Look at a 1.").waitFor();
  for (const [{ place }, right] of [
    [far, /Not yet: it fools, but its distortion is 0\.\d+/],
    [near, /Done: the distortion is 0\.0\d+\./],
  ]) {
    await pick(page, place);
    await press(lab.fool);
    await lab.isFooled();
    await press(handIn("fool"));
    await came(page, "fool").filter({ hasText: right }).waitFor({ timeout: PATIENCE });
  }
  await isDone(page, "fool");

  await press(task(page, "fool").getByRole("button", { name: "Next task" }));
  // What was found for one network alone.
  await press(handIn("fool-together"));
  await came(page, "fool-together")
    .filter({ hasText: /Not yet: .* still reads? a \d\./ })
    .waitFor({ timeout: PATIENCE });
  await press(task(page, "fool-together").getByTestId("task-together"));
  await task(page, "fool-together").getByTestId("task-together").waitFor({ timeout: PATIENCE });
  await press(handIn("fool-together"));
  await came(page, "fool-together")
    .filter({ hasText: /Done: / })
    .waitFor({ timeout: PATIENCE });

  await look("resist");
  for (const [{ place }, right] of [
    [near, /Not yet: a change with a distortion of 0\.0\d+ fools/],
    [far, /Done: the nearest change that fools .* has a distortion of 0\.\d+\./],
  ]) {
    await pick(page, place);
    await press(handIn("resist"));
    await came(page, "resist").filter({ hasText: right }).waitFor({ timeout: PATIENCE });
  }

  await look("predict");
  const predict = task(page, "predict");
  for (const [wrong, right] of [
    [true, /Not yet: you were right about 0 of 3/],
    [false, /Done: you were right about 3 of 3/],
    // What was done stays done, and what came of this round is said.
    [true, /Not yet: you were right about 0 of 3.*done all the same/],
  ]) {
    await press(predict.getByTestId("predict-another"));
    await predict.getByTestId("task-check").waitFor({ timeout: PATIENCE });
    assert.equal((await came(page, "predict").innerText()).trim(), "", "that of the round before is gone");
    const fooled = await page.locator("bs-task-predict").evaluate(async ({ round, task, lab }) => {
      const of = async (name) => {
        const { model } = lab.slots.find((slot) => slot.name === name);
        return (await lab.engine.classify(model.id, round.image)).label !== round.label;
      };
      return Promise.all(task.networks.map(of));
    });
    const boxes = predict.getByRole("checkbox");
    for (const [place, falls] of fooled.entries()) {
      if (falls === wrong) continue;
      const box = boxes.nth(place);
      if (press === ways.keyboard.press) await box.press("Space");
      else await press(box);
    }
    await press(predict.getByTestId("task-check"));
    await came(page, "predict").filter({ hasText: right }).waitFor({ timeout: PATIENCE });
    const seen = await predict.getByTestId("predict-seen").allTextContents();
    assert.equal(seen.filter((text) => /you were wrong/.test(text)).length, wrong ? 3 : 0);
  }

  await look("unit-or-direction");
  const quiz = task(page, "unit-or-direction");
  await quiz.locator('[data-testid="task-quiz"][data-fresh="true"]').waitFor({ timeout: PATIENCE });
  for (let answer = 0; answer < 3; answer += 1) {
    await press(quiz.getByRole("button", { name: "Row A is the unit" }));
    await quiz.getByText(/Right!|No, it was the other one\./).waitFor();
    if (answer < 2) await press(quiz.getByRole("button", { name: "Next pair" }));
  }
  await came(page, "unit-or-direction")
    .filter({ hasText: /Done: [0-3] of 3 right/ })
    .waitFor({ timeout: PATIENCE });

  assert.equal(await page.getByTestId("lesson-finished").textContent(), "5 of 5 tasks done");
  assert.ok(await page.getByTestId("save-result").isDisabled(), "nobody has said who it is");
  await type(page.getByTestId("student"), "Ada L.");
  const path = await saved(page, folder, () => press(page.getByTestId("save-result")));
  const code = await page.getByTestId("code").textContent();
  return { path, code };
}

/** Goes through the lesson by mouse, touch or keyboard in a page of its own, and has the command line verify the result:
 *  where its file is. */
export async function allTasks(browser, { url }, folder, way) {
  const { page, context, complaints } = await openPage(browser, { acceptDownloads: true, ...way.options });
  await openLesson(page, url, "first");
  const bars = await nearAndFar(page, NETWORK);
  const lesson = lessonBetween(bars);
  const lab = await openLesson(page, url, lesson);
  const { path, code } = await goThrough(page, lab, bars, folder, way);
  assert.deepEqual(await violations(page), []);
  assert.equal(await overflow(page), 0);
  const result = JSON.parse(await readFile(path, "utf8"));
  assert.equal(result.code, code);
  assert.equal(result.student, "Ada L.");
  assert.deepEqual(result.lesson, lesson);
  const lessonFile = join(folder, "lesson.json");
  await writeFile(lessonFile, JSON.stringify(lesson));
  const { status, out, err } = await command("verify", path, "--lesson", lessonFile);
  assert.equal(status, 0, `${out}${err}`);
  assert.match(out, /Ada L\..*5 of 5/);
  assertQuiet(complaints);
  await context.close();
  return path;
}
