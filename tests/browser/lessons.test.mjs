// Lessons: five tasks from beginning to end, by touch and keyboard (by mouse: lessons-class), each with what a student
// sees when it is wrong; what is kept, and where the focus goes.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { allTasks, came, focusIs, isDone, lessonBetween, NETWORK, OTHERS, task } from "./lib/all-tasks.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { nearAndFar, openLesson, PATIENCE, ways } from "./lib/lesson.mjs";
import { overflow } from "./lib/overflow.mjs";
import { host } from "./lib/server.mjs";

let browser, site, folder;
before(async () => {
  [browser, site, folder] = await Promise.all([
    launch({ webgpu: false }),
    host(),
    mkdtemp(join(tmpdir(), "lessons-")),
  ]);
});
after(() => Promise.all([browser.close(), site.close(), rm(folder, { recursive: true })]));

describe("five tasks from beginning to end", () => {
  for (const name of ["touch", "keyboard"])
    it(`by ${name}`, () => allTasks(browser, site, folder, ways[name]));

  it("answers are kept while another task is looked at, and after a reload", async () => {
    const { page, context, complaints } = await openPage(browser);
    const lesson = {
      blindspots: "lesson",
      version: 1,
      title: "Rows",
      tasks: [
        { kind: "unit-or-direction", network: NETWORK, answers: 3 },
        { kind: "predict", network: NETWORK, networks: OTHERS, right: 1 },
      ],
    };
    await openLesson(page, site.url, lesson);
    const [quiz, predict] = [task(page, "unit-or-direction"), task(page, "predict")];
    const given = (text) => quiz.getByTestId("quiz-given").filter({ hasText: text }).waitFor();
    const answer = async () => {
      await quiz.locator('[data-testid="task-quiz"][data-fresh="true"]').waitFor({ timeout: PATIENCE });
      await quiz.getByRole("button", { name: "Row A is the unit" }).click();
    };
    await answer();
    await given("1 of 3");
    const [score] = (await quiz.getByTestId("units-score").innerText()).match(/\d of 1 right/);
    await predict.locator(".head").click();
    await predict.getByTestId("predict-another").click();
    await predict.getByTestId("task-check").waitFor({ timeout: PATIENCE });
    await predict.getByRole("checkbox").first().check();
    await quiz.locator(".head").click();
    await given("1 of 3");
    await quiz.getByTestId("units-score").filter({ hasText: score }).waitFor({ timeout: PATIENCE });
    await predict.locator(".head").click();
    assert.ok(await predict.getByRole("checkbox").first().isChecked(), "the predictions are kept, too");
    await quiz.locator(".head").click();
    await page.reload();
    await answer();
    await given("2 of 3");
    await quiz.getByRole("button", { name: "Next pair" }).click();
    await answer();
    await isDone(page, "unit-or-direction");
    await given("3 of 3");
    await page.reload();
    // What is done is folded.
    await quiz.locator(".head").click();
    await given("3 of 3");
    await quiz.getByTestId("quiz-again").click();
    await given("0 of 3");
    assert.equal((await came(page, "unit-or-direction").innerText()).trim(), "");
    assertQuiet(complaints);
    await context.close();
  });

  it("what is handed in while another task is measured is measured next", async () => {
    const { page, context, complaints } = await openPage(browser);
    const lesson = {
      blindspots: "lesson",
      version: 1,
      title: "Two at once",
      tasks: [
        { kind: "resist", network: NETWORK, distortion: 0.001 },
        { kind: "unit-or-direction", network: NETWORK, answers: 1 },
      ],
    };
    await openLesson(page, site.url, lesson);
    const both = await page
      .locator("bs-app bs-lab-task")
      .first()
      .evaluate(async ({ course, lab }) => {
        while (course.awaits !== null) await new Promise((later) => setTimeout(later, 20));
        const [original] = lab.gallery.images;
        const [label] = lab.gallery.labels;
        const works = [
          { kind: "resist", original, label },
          { kind: "unit-or-direction", layer: 2, seed: 1, chose: [0] },
        ];
        const marks = works.map((work, place) => course.mark(place, work));
        const measured = course.marking;
        return { measured, answers: await Promise.all(marks) };
      });
    assert.equal(both.measured, 0, "the first is being measured when the second is handed in");
    assert.deepEqual(
      both.answers.map((answer) => answer?.kind),
      ["resist", "unit-or-direction"],
    );
    await isDone(page, "unit-or-direction");
    assertQuiet(complaints);
    await context.close();
  });

  it("the change that was found last is the task’s, in the lab and in the lesson", async () => {
    const { page, context, complaints } = await openPage(browser);
    const networks = [NETWORK, ...OTHERS];
    const lesson = {
      blindspots: "lesson",
      version: 1,
      title: "One for all",
      tasks: [
        { kind: "fool-together", networks, distortion: 0.4 },
        { kind: "fool-together", networks: networks.slice(1) },
      ],
    };
    const lab = await openLesson(page, site.url, lesson);
    const [here, there] = [task(page, "fool-together").first(), page.locator("bs-task-line")];
    const now = (place) => place.getByTestId("task-now");
    const size = async () => {
      const [one, other] = [await now(here).innerText(), await now(there).innerText()];
      assert.equal(one, other, "both places say the same");
      return Number(one.match(/distortion of (\d\.\d+)/)[1]);
    };
    const searched = async (place) => {
      await place.getByTestId("task-together").click();
      await now(place).filter({ hasText: "is changed" }).waitFor({ timeout: PATIENCE });
      await place.locator('[data-testid="task-together"]:enabled').waitFor({ timeout: PATIENCE });
      return size();
    };
    const all = await searched(there);
    await lab.fool.click();
    await lab.isFooled();
    const alone = await size();
    assert.ok(alone < all, "what fools one network is nearer than what fools all");
    assert.equal(await searched(here), all);
    // Of another task nothing was searched for.
    await task(page, "fool-together").nth(1).locator(".head").click();
    await now(there)
      .filter({ hasText: `distortion of ${alone}` })
      .waitFor();
    await here.locator(".head").click();
    await there.getByTestId("task-check").click();
    await isDone(page, "fool-together");
    assertQuiet(complaints);
    await context.close();
  });

  it("the keyboard goes on where it was: no button takes the focus with it", async () => {
    const { page, context, complaints } = await openPage(browser);
    const lesson = {
      blindspots: "lesson",
      version: 1,
      title: "By keyboard",
      tasks: [
        { kind: "fool", network: "cnn", distortion: 0.9 },
        { kind: "fool-together", networks: [NETWORK, ...OTHERS], distortion: 0.9 },
        { kind: "predict", network: NETWORK, networks: OTHERS, right: 1 },
        { kind: "unit-or-direction", network: NETWORK, answers: 1 },
      ],
    };
    await openLesson(page, site.url, lesson);
    const [fool, together, predict, quiz] = lesson.tasks.map(({ kind }) => task(page, kind));
    const enter = async (control) => {
      await control.focus();
      await page.keyboard.press("Enter");
    };
    await enter(fool.getByTestId("task-choose"));
    await focusIs(page, fool.getByTestId("task-now"));
    await enter(together.locator(".head"));
    const search = together.locator('[data-testid="task-together"]:enabled');
    await search.waitFor({ timeout: PATIENCE });
    const button = await search.elementHandle();
    await enter(button);
    await together.locator('[data-testid="task-check"]:enabled').waitFor({ timeout: PATIENCE });
    await search.waitFor();
    await focusIs(page, button);
    await enter(together.getByTestId("task-check"));
    await isDone(page, "fool-together");
    await focusIs(page, together.getByTestId("task-check"));
    await enter(together.getByRole("button", { name: "Next task" }));
    await predict.getByTestId("predict-another").waitFor();
    await focusIs(page, predict.locator(".head"));
    for (let round = 0; round < 2; round += 1) {
      await enter(predict.getByTestId("predict-another"));
      await predict.getByTestId("task-check").waitFor({ timeout: PATIENCE });
      await focusIs(page, predict.getByRole("checkbox").first());
    }
    await enter(predict.getByTestId("task-check"));
    await predict.getByTestId("predict-seen").first().waitFor({ timeout: PATIENCE });
    await focusIs(page, predict.getByTestId("predict-another"));
    await enter(quiz.locator(".head"));
    const row = quiz.getByRole("button", { name: "Row A is the unit" });
    for (let round = 0; round < 2; round += 1) {
      await enter(row);
      await focusIs(page, quiz.getByTestId("quiz-again"));
      await isDone(page, "unit-or-direction");
      await page.keyboard.press("Enter");
      await row.waitFor({ timeout: PATIENCE });
      await focusIs(page, row);
    }
    assertQuiet(complaints);
    await context.close();
  });

  it("a prediction fits into the narrowest phone", async () => {
    const { page, context, complaints } = await openPage(browser, { viewport: { width: 320, height: 844 } });
    const lesson = {
      blindspots: "lesson",
      version: 1,
      title: "Narrow",
      tasks: [{ kind: "predict", network: NETWORK, networks: OTHERS, right: 1 }],
    };
    await openLesson(page, site.url, lesson);
    const predict = task(page, "predict");
    await predict.getByTestId("predict-another").click();
    await predict.getByTestId("task-check").waitFor({ timeout: PATIENCE });
    const right = (place) => place.evaluate((one) => one.getBoundingClientRect().right);
    const edge = await right(predict.locator(".body"));
    assert.ok(
      (await right(predict.locator("figure").last())) <= edge,
      "the pictures end where the task does",
    );
    assertQuiet(complaints);
    await context.close();
  });

  it("no word of the teacher’s is too long for the page", async () => {
    const { page, context, complaints } = await openPage(browser, { viewport: { width: 390, height: 844 } });
    const lesson = {
      blindspots: "lesson",
      version: 1,
      title: "x".repeat(200),
      words: "y".repeat(300),
      tasks: [
        { kind: "resist", network: NETWORK, distortion: 0.9, hint: `https://example.org/${"z".repeat(300)}` },
      ],
    };
    await openLesson(page, site.url, lesson);
    await task(page, "resist").locator("summary").click();
    await task(page, "resist").getByText("zzz").waitFor();
    assert.equal(await overflow(page), 0);
    await page.setViewportSize({ width: 1280, height: 844 });
    assert.equal(await overflow(page), 0);
    assertQuiet(complaints);
    await context.close();
  });

  it("what was done is there after a reload, in this tab alone", async () => {
    const { page, context, complaints } = await openPage(browser);
    await openLesson(page, site.url, "first");
    const bars = await nearAndFar(page, NETWORK, 2);
    const lesson = {
      ...lessonBetween(bars),
      tasks: [
        { kind: "unit-or-direction", network: NETWORK, answers: 1 },
        { kind: "resist", network: NETWORK, distortion: 0.9 },
      ],
    };
    await openLesson(page, site.url, lesson);
    await page.getByRole("button", { name: "Row A is the unit" }).click();
    await isDone(page, "unit-or-direction");
    await page.reload();
    await isDone(page, "unit-or-direction");
    assert.equal(await page.getByTestId("lesson-finished").textContent(), "1 of 2 tasks done");
    const other = await context.newPage();
    await openLesson(other, site.url, lesson);
    assert.equal(await other.getByTestId("lesson-finished").textContent(), "0 of 2 tasks done");
    assertQuiet(complaints);
    await context.close();
  });
});
