// Lessons: five tasks from beginning to end, by mouse, touch and keyboard, each with what a student sees when it is
// wrong; the result in a file, checked on the page and by the command line; what is forged in it is named.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { crash, nearAndFar, openLesson, PATIENCE, ways } from "./lib/lesson.mjs";
import { overflow } from "./lib/overflow.mjs";
import { host, repository } from "./lib/server.mjs";

const NETWORK = "fc100-100-10";
const OTHERS = ["fc200-200-10", "ae400-10", "fc100-100-10-p1"];

let browser, site, folder;
before(async () => {
  [browser, site, folder] = await Promise.all([
    launch({ webgpu: false }),
    host(),
    mkdtemp(join(tmpdir(), "lessons-")),
  ]);
});
after(() => Promise.all([browser.close(), site.close(), rm(folder, { recursive: true })]));

/** Half way, with as few digits as a lesson's file keeps. */
const between = (a, b) => Number(((a + b) / 2).toFixed(6));

/** A lesson whose bars lie between two samples. */
function lessonBetween({ near, far }) {
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

const task = (page, kind) => page.locator(`[data-testid="task"][data-kind="${kind}"]`);
const came = (page, kind) => task(page, kind).getByTestId("task-came");
const isDone = (page, kind) =>
  page.locator(`[data-testid="task"][data-kind="${kind}"][data-done="true"]`).waitFor({ timeout: PATIENCE });

/** In the page: whether the focus is on or in its main part. */
function inMain() {
  const { activeElement } = document.querySelector("bs-app").shadowRoot;
  return activeElement?.closest("main") != null;
}

/** Waits until an element of the page has the focus. */
async function focusIs(page, control) {
  const element = (await control.elementHandle?.()) ?? control;
  await page
    .waitForFunction((one) => one.isConnected && one.getRootNode().activeElement === one, element, {
      timeout: 5000,
    })
    .catch(() => assert.fail(`the focus is not on ${control}`));
}

/** Runs the command line: its exit status and what it printed. */
function command(...words) {
  const program = process.env.BLINDSPOTS ?? join(repository, "target/debug/blindspots");
  return new Promise((done) => {
    execFile(program, words, { encoding: "utf8" }, (error, out, err) =>
      done({ status: error?.code ?? 0, out, err }),
    );
  });
}

/** What the file of a download is called, and where it was put. */
async function saved(page, press) {
  const [download] = await Promise.all([page.waitForEvent("download"), press()]);
  const path = join(folder, `${Math.random().toString(36).slice(2)}-${download.suggestedFilename()}`);
  await download.saveAs(path);
  return path;
}

/** One task after the other, each wrong first; ends with the result's file. */
async function goThrough(page, lab, { near, far }, { press, pick, type }) {
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
  const path = await saved(page, () => press(page.getByTestId("save-result")));
  const code = await page.getByTestId("code").textContent();
  return { path, code };
}

describe("five tasks from beginning to end", () => {
  for (const [name, way] of Object.entries(ways)) {
    it(`by ${name}`, async () => {
      const { page, context, complaints } = await openPage(browser, {
        acceptDownloads: true,
        ...way.options,
      });
      await openLesson(page, site.url, "first");
      const bars = await nearAndFar(page, NETWORK);
      const lesson = lessonBetween(bars);
      const lab = await openLesson(page, site.url, lesson);
      const { path, code } = await goThrough(page, lab, bars, way);
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
      if (name === "mouse") await writeFile(join(folder, "good.json"), await readFile(path));
      assertQuiet(complaints);
      await context.close();
    });
  }

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

describe("a class's results", () => {
  /** The good file, spoiled. */
  async function spoiled(name, spoil) {
    const result = JSON.parse(await readFile(join(folder, "good.json"), "utf8"));
    const path = join(folder, `${name}.json`);
    await writeFile(path, JSON.stringify(spoil(result) ?? result));
    return path;
  }

  const flipped = (base64) => {
    const bytes = Buffer.from(base64, "base64");
    const pixels = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    pixels[400] = pixels[400] > 0.5 ? 0 : 1;
    return Buffer.from(pixels.buffer).toString("base64");
  };
  const forgeries = {
    code: [(result) => void (result.code = result.code === "0000-0000" ? "0000-0001" : "0000-0000"), /code/],
    image: [(result) => void (result.answers[0].image = flipped(result.answers[0].image)), /image/],
    network: [(result) => void (result.answers[0].networks[0].sha256 = "0".repeat(64)), /network/],
    result: [(result) => void (result.answers[0].distortion /= 2), /claims.*task 1: /s],
    version: [(result) => void (result.version = 2), /version/],
  };

  it("are checked at once on the page, and what is forged is named; the table is saved as CSV", async () => {
    const paths = [join(folder, "good.json")];
    for (const [name, [spoil]] of Object.entries(forgeries)) paths.push(await spoiled(name, spoil));
    const damaged = join(folder, "damaged.json");
    await writeFile(damaged, (await readFile(join(folder, "good.json"), "utf8")).slice(0, 2000));
    paths.push(damaged);
    // Another name on the same images; a forged code tells it, but need not.
    paths.push(await spoiled("copied", (result) => void (result.student = "Ben")));
    const { page, context, complaints } = await openPage(browser, { acceptDownloads: true });
    await page.goto(site.url);
    await page.getByTestId("check-results").click();
    await page.getByLabel("Results of students").setInputFiles(paths);
    await page
      .getByTestId("check-said")
      .filter({ hasText: "1 of 8 verified." })
      .waitFor({ timeout: PATIENCE });
    const rows = page.getByTestId("check-row");
    assert.equal(await rows.nth(0).getAttribute("data-verified"), "true");
    for (const [place, [name, [, words]]] of Object.entries(forgeries).entries()) {
      assert.equal(await rows.nth(place + 1).getAttribute("data-verified"), "false", name);
      assert.match(await rows.nth(place + 1).textContent(), words, name);
    }
    assert.match(await rows.nth(6).textContent(), /damaged/);
    const copied = page.getByTestId("check-copy");
    await copied.first().waitFor();
    assert.match(
      await rows.nth(0).textContent(),
      /verified.*task 1: the same image as .*Ben \(copied\.json\)/s,
    );
    assert.match(
      await rows.nth(7).textContent(),
      /task 1: the same image as .*Ada L\. \(good\.json\).* and \d more/s,
    );
    assert.equal(await rows.nth(6).getByTestId("check-copy").count(), 0);
    assert.deepEqual(await violations(page), []);
    const csv = await readFile(await saved(page, () => page.getByTestId("check-csv").click()), "utf8");
    const lines = csv.trim().split("\r\n");
    assert.equal(lines.length, 9);
    assert.match(lines[1], /Ada L\..*yes,5,5,passed.*task 1 has the same image as copied\.json/);
    const forged = lines[2 + Object.keys(forgeries).indexOf("result")];
    assert.match(forged, /task 1: /, "the task is named");
    assertQuiet(complaints);
    await context.close();

    const native = join(folder, "native.csv");
    const { status, out } = await command("verify", ...paths, "--csv", native);
    assert.equal(status, 1, out);
    const table = (await readFile(native, "utf8")).replaceAll(join(folder, "/"), "");
    assert.equal(csv, table, "page and command line write the same table");
  });

  it("one file that no program reads stops no other, and of different lessons none counts", async () => {
    const good = join(folder, "good.json");
    const odd = join(folder, "odd.json");
    await writeFile(odd, '{"blindspots": "lesson", "networks": 3}');
    const lesson = (title) => ({
      blindspots: "lesson",
      version: 1,
      title,
      tasks: [{ kind: "fool", network: NETWORK, distortion: 0.2 }],
    });
    const written = async (name, title, encoding) => {
      const path = join(folder, name);
      await writeFile(path, encoding(lesson(title)));
      return path;
    };
    // As a shell of Windows writes it, its fields in another order.
    const utf16 = ({ tasks, ...rest }) =>
      Buffer.from(`\ufeff${JSON.stringify({ tasks, ...rest })}`, "utf16le");
    const [first, second] = [
      await written("a.json", "A", JSON.stringify),
      await written("z.json", "Z", utf16),
    ];
    const { page, context, complaints } = await openPage(browser);
    await page.goto(site.url);
    await page.getByTestId("check-results").click();
    const choose = (...paths) => page.getByLabel("Results of students").setInputFiles(paths);
    const says = (hasText) =>
      page.getByTestId("check-said").filter({ hasText }).waitFor({ timeout: PATIENCE });
    await choose(odd, good);
    await says("1 of 2 verified.");
    assert.match(await page.getByTestId("check-row").nth(0).textContent(), /odd\.json.*damaged/s);
    // Two lessons that came together, and one that came among results.
    const alert = page.locator("bs-lesson-check").getByRole("alert");
    await choose(first, second);
    await alert.filter({ hasText: /“A” \(.*a\.json.*\) and “Z” \(.*z\.json.*\)/ }).waitFor();
    assert.equal(await page.getByTestId("check-lesson").count(), 0);
    await choose(first);
    await page.getByTestId("check-lesson").filter({ hasText: "“A”" }).waitFor();
    await says("0 of 2 verified.");
    await choose(good, second);
    await alert.filter({ hasText: /“A” and “Z” \(.*z\.json.*\)/ }).waitFor();
    assert.match(await page.getByTestId("check-lesson").textContent(), /“A”/);
    assert.equal(await page.getByTestId("check-said").textContent(), "", "nothing is being checked");
    assert.equal(await page.locator("bs-lesson-check progress").count(), 0);
    // Alone it is the teacher's word.
    await choose(second);
    await page.getByTestId("check-lesson").filter({ hasText: "“Z”" }).waitFor();
    assertQuiet(complaints);
    await context.close();
  });

  it("a file that the browser cannot read is no result, and a network that did not arrive is named", async () => {
    const good = join(folder, "good.json");
    const { page, context, complaints } = await openPage(browser);
    await page.goto(site.url);
    await page.getByTestId("check-results").click();
    // As of a folder that was dropped.
    await page.evaluate(() => {
      const whole = File.prototype.arrayBuffer;
      File.prototype.arrayBuffer = function () {
        if (this.name === "folder.json") return Promise.reject(new DOMException("none", "NotFoundError"));
        return whole.call(this);
      };
    });
    const folders = { name: "folder.json", mimeType: "application/json", buffer: Buffer.from("{}") };
    const read = { name: "good.json", mimeType: "application/json", buffer: await readFile(good) };
    await page.getByLabel("Results of students").setInputFiles([folders, read]);
    await page
      .getByTestId("check-said")
      .filter({ hasText: "1 of 2 verified." })
      .waitFor({ timeout: PATIENCE });
    assert.match(await page.getByTestId("check-row").nth(0).textContent(), /folder\.json.*cannot be read/s);
    assertQuiet(complaints);
    await context.close();

    site.missing.push(/models\/ae400-10\.onnx/);
    try {
      const other = await openPage(browser);
      await other.page.goto(site.url);
      await other.page.getByTestId("check-results").click();
      await other.page.getByLabel("Results of students").setInputFiles(good);
      const alert = other.page.locator("bs-lesson-check").getByRole("alert");
      await alert.filter({ hasText: /could not be loaded: .*Reload/ }).waitFor({ timeout: PATIENCE });
      assert.equal(await other.page.getByTestId("check-row").count(), 0, "nothing was judged");
      await other.context.close();
    } finally {
      site.missing.pop();
    }
  });

  it("whoever they are of, their files are named, and no name hides what was found", async () => {
    const long = "W".repeat(200);
    const paths = [
      await spoiled("long", (result) => void (result.student = long)),
      await spoiled("again", (result) => void (result.student = "Ada L.")),
    ];
    for (const width of [390, 1280]) {
      const { page, context, complaints } = await openPage(browser, { viewport: { width, height: 844 } });
      await page.goto(site.url);
      await page.getByTestId("check-results").click();
      await page.getByLabel("Results of students").setInputFiles(paths);
      const rows = page.getByTestId("check-row");
      await rows.nth(1).waitFor({ timeout: PATIENCE });
      const widths = await rows
        .first()
        .locator("td")
        .evaluateAll((cells) => cells.map(({ clientWidth }) => clientWidth));
      assert.ok(widths[0] < 300 && widths[3] > 100, `${width}: ${widths}`);
      assert.deepEqual(await page.getByTestId("check-file").allInnerTexts(), ["long.json", "again.json"]);
      assertQuiet(complaints);
      await context.close();
    }
  });

  it("of thirty students are checked in two minutes", async () => {
    const good = await readFile(join(folder, "good.json"));
    const { page, context, complaints } = await openPage(browser);
    await page.goto(site.url);
    await page.getByTestId("check-results").click();
    const files = Array.from({ length: 30 }, (_, place) => ({
      name: `${place}.json`,
      mimeType: "application/json",
      buffer: good,
    }));
    const begun = performance.now();
    await page.getByLabel("Results of students").setInputFiles(files);
    await page
      .getByTestId("check-said")
      .filter({ hasText: "30 of 30 verified." })
      .waitFor({ timeout: PATIENCE });
    const seconds = (performance.now() - begun) / 1000;
    console.log(`30 results in ${seconds.toFixed(1)} s`);
    assert.ok(seconds < 120, `${seconds} s`);
    assertQuiet(complaints);
    await context.close();
  });
});

describe("a teacher", () => {
  it("finds the form no wider than a phone, in every language", async () => {
    for (const lang of ["en", "de", "es", "fr", "zh"]) {
      const { page, context } = await openPage(browser, { viewport: { width: 320, height: 844 } });
      await page.goto(`${site.url}?lang=${lang}`);
      await page.getByTestId("make-lesson").click();
      await page.getByTestId("draft-task").first().waitFor();
      const room = () =>
        page
          .locator("bs-lesson-form dialog")
          .evaluate(({ clientWidth, scrollWidth }) => scrollWidth - clientWidth);
      assert.equal(await room(), 0, lang);
      await page
        .locator("bs-lesson-form select")
        .first()
        .evaluate((select) => (select.style.minWidth = "500px"));
      assert.ok((await room()) > 0, "what is too wide is not noticed");
      await context.close();
    }
  });

  it("opens a lesson’s file however an editor wrote it, and of what is none keeps the draft", async () => {
    const { page, context, complaints } = await openPage(browser);
    await page.goto(`${site.url}?lang=de`);
    await page.getByTestId("make-lesson").click();
    const form = page.locator("bs-lesson-form");
    const title = form.getByTestId("lesson-title");
    await title.fill("Meine Stunde");
    await form.locator('[data-testid="copy-lesson"]:enabled').waitFor();
    const open = (name, buffer) =>
      form.locator('input[type="file"]').setInputFiles({ name, mimeType: "application/json", buffer });
    const unopened = form.getByTestId("form-unopened");
    const text = (named) =>
      JSON.stringify({
        version: 1,
        title: named,
        tasks: [{ kind: "resist", network: "cnn", distortion: 0.05 }],
        blindspots: "lesson",
      });
    for (const [name, bytes, why] of [
      ["kaputt.json", Buffer.from(text("x").slice(0, 60)), /line 1 column 60/],
      ["ergebnis.json", Buffer.from('{"blindspots":"result","version":1}'), /it is a result/],
      ["riesig.json", Buffer.alloc(200_000, " "), /zu groß/],
    ]) {
      await open(name, bytes);
      await unopened.filter({ hasText: name }).waitFor();
      const words = await unopened.innerText();
      assert.match(words, /nicht geöffnet; die Lektion unten/);
      assert.match(words, why);
      assert.equal(await title.inputValue(), "Meine Stunde");
      assert.ok(await form.getByTestId("copy-lesson").isEnabled(), "the draft is still whole");
    }
    const utf16 = (named) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text(named), "utf16le")]);
    for (const [named, bytes] of [
      ["Größe 8", Buffer.from(text("Größe 8"))],
      ["Größe 8 BOM", Buffer.from(`\ufeff${text("Größe 8 BOM")}`)],
      ["Größe 16", utf16("Größe 16")],
      ["Größe 16 BE", utf16("Größe 16 BE").swap16()],
    ]) {
      await open("lektion.json", bytes);
      while ((await title.inputValue()) !== named) await page.waitForTimeout(20);
      assert.equal(await unopened.innerText(), "");
    }
    assertQuiet(complaints);
    await context.close();
  });

  it("finds the draft again after the form was closed", async () => {
    const { page, context, complaints } = await openPage(browser);
    await page.goto(site.url);
    await page.getByTestId("make-lesson").click();
    const form = page.locator("bs-lesson-form");
    await form.getByTestId("lesson-title").fill("Monday");
    await form.getByLabel("Distortion of at most").first().fill("0.07");
    await page.keyboard.press("Escape");
    await form.waitFor({ state: "detached" });
    await page.getByTestId("make-lesson").click();
    assert.equal(await form.getByTestId("lesson-title").inputValue(), "Monday");
    assert.equal(await form.getByLabel("Distortion of at most").first().inputValue(), "0.07");
    assertQuiet(complaints);
    await context.close();
  });

  it("keeps the focus in the form, with the task that it belongs to", async () => {
    const { page, context, complaints } = await openPage(browser);
    await page.goto(site.url);
    await page.getByTestId("make-lesson").click();
    const tasks = page.locator("bs-lesson-form").getByTestId("draft-task");
    const button = (place, name) => tasks.nth(place).getByRole("button", { name });
    const enter = async (control) => {
      await control.focus();
      await page.keyboard.press("Enter");
    };
    await enter(button(2, "Move up"));
    await focusIs(page, button(1, "Move up"));
    await page.keyboard.press("Enter");
    await focusIs(page, button(0, "Move up"));
    const add = page.getByTestId("add-task");
    for (let count = await tasks.count(); count < 20; count += 1) await enter(add);
    await tasks.nth(19).waitFor();
    await focusIs(page, add);
    await page.keyboard.press("Enter");
    await enter(button(19, "Remove"));
    await focusIs(page, button(18, "Remove"));
    assert.equal(await tasks.count(), 19);
    for (let count = 19; count > 1; count -= 1) await page.keyboard.press("Enter");
    await focusIs(page, button(0, "Remove"));
    assert.equal(await tasks.count(), 1);
    await page.keyboard.press("Enter");
    assert.equal(await tasks.count(), 1, "one task stays");
    assertQuiet(complaints);
    await context.close();
  });

  it("writes a lesson without touching JSON, and its link shows it", async () => {
    const { page, context, complaints } = await openPage(browser, { acceptDownloads: true });
    await page.goto(site.url);
    await page.getByTestId("make-lesson").click();
    const form = page.locator("bs-lesson-form");
    await form.getByTestId("lesson-title").fill("Monday, 8 o’clock");
    const tasks = form.getByTestId("draft-task");
    while ((await tasks.count()) > 1) await tasks.last().getByRole("button", { name: "Remove" }).click();
    await tasks.first().getByLabel("What to do").selectOption("resist");
    await tasks.first().getByLabel("Not fooled within a distortion of").fill("0.07");
    await form.getByTestId("add-task").click();
    await tasks.nth(1).getByLabel("What to do").selectOption("unit-or-direction");
    await tasks.nth(1).getByLabel("Answers").fill("0");
    await tasks.nth(1).getByLabel("Answers").press("Tab");
    await form
      .getByTestId("form-problem")
      .filter({ hasText: /task 2/i })
      .waitFor();
    assert.ok(await form.getByTestId("copy-lesson").isDisabled(), "what is wrong cannot be given out");
    await tasks.nth(1).getByLabel("Answers").fill("7");
    await tasks.nth(1).getByLabel("Answers").press("Tab");
    await tasks.nth(1).getByRole("combobox").nth(1).selectOption("fc10-1");
    await form
      .getByTestId("form-problem")
      .filter({ hasText: /task 2: FC10\(1\) has no hidden units/i })
      .waitFor({ timeout: PATIENCE });
    assert.ok(await form.getByTestId("copy-lesson").isDisabled(), "what nobody can do cannot be given out");
    await tasks.nth(1).getByRole("combobox").nth(1).selectOption(NETWORK);
    await tasks.nth(1).getByLabel("Answers").fill("7");
    await tasks.nth(1).getByLabel("Answers").press("Tab");
    await form.locator('[data-testid="copy-lesson"]:enabled').waitFor();
    // What is no number is no bound left out.
    await tasks.nth(0).getByLabel("What to do").selectOption("fool-together");
    const bound = tasks.nth(0).getByLabel("Distortion of at most");
    await bound.press("ControlOrMeta+a");
    await bound.pressSequentially("0.1e");
    await bound.press("Tab");
    await form
      .getByTestId("form-problem")
      .filter({ hasText: /task 1: a distortion is a number/i })
      .waitFor();
    await bound.fill("");
    await bound.press("Tab");
    await form.locator('[data-testid="copy-lesson"]:enabled').waitFor();
    const link = await form.getByTestId("try-lesson").boundingBox();
    assert.ok(link.height >= 44, `the link is ${link.height} pixels high`);
    await tasks.nth(0).getByLabel("What to do").selectOption("resist");
    await tasks.nth(0).getByLabel("Not fooled within a distortion of").fill("0.07");
    // Tasks change places, and their fields with them.
    const kinds = async () => [
      await tasks.nth(0).getByLabel("What to do").inputValue(),
      await tasks.nth(1).getByLabel("What to do").inputValue(),
    ];
    assert.deepEqual(await kinds(), ["resist", "unit-or-direction"]);
    await tasks.nth(1).getByRole("button", { name: "Move up" }).click();
    await tasks.nth(0).getByLabel("Answers").waitFor();
    assert.deepEqual(await kinds(), ["unit-or-direction", "resist"]);
    await tasks.nth(1).getByRole("button", { name: "Move up" }).click();
    await tasks.nth(1).getByLabel("Answers").waitFor();
    await form.locator('[data-testid="copy-lesson"]:enabled').waitFor();
    assert.deepEqual(await violations(page), []);
    const path = await saved(page, () => form.getByTestId("save-lesson").click());
    const lesson = JSON.parse(await readFile(path, "utf8"));
    assert.deepEqual(lesson, {
      blindspots: "lesson",
      version: 1,
      title: "Monday, 8 o’clock",
      tasks: [
        { kind: "resist", network: lesson.tasks[0].network, distortion: 0.07 },
        { kind: "unit-or-direction", network: lesson.tasks[1].network, answers: 7 },
      ],
    });
    const address = await form.getByTestId("try-lesson").getAttribute("href");
    await page.goto(address);
    await page.getByRole("heading", { name: "Monday, 8 o’clock" }).waitFor();
    assert.equal(await page.getByTestId("task").count(), 2);
    // The file can be opened again.
    await page.getByTestId("make-lesson").click();
    await page.getByLabel("A lesson’s file").setInputFiles(path);
    await page.waitForFunction(
      () =>
        document
          .querySelector("bs-app")
          .renderRoot.querySelector("bs-lesson")
          .renderRoot.querySelector("bs-lesson-form")?.checked?.lesson.title === "Monday, 8 o’clock",
    );
    assertQuiet(complaints);
    await context.close();
  });

  for (const [name, word, words] of [
    ["cut short", "eyJibGluZHNwb3RzIjoi", /cannot be shown/],
    [
      "of another version",
      Buffer.from('{"blindspots":"lesson","version":2,"title":"x","tasks":[]}').toString("base64url"),
      /version/,
    ],
    [
      "of networks that there are not",
      Buffer.from(
        '{"blindspots":"lesson","version":1,"title":"x","tasks":[{"kind":"resist","network":"nobody","distortion":0.1}]}',
      ).toString("base64url"),
      /names a network that is not here: nobody\./,
    ],
  ]) {
    it(`is told that a lesson is ${name}, and the lab works`, async () => {
      const { page, context, complaints } = await openPage(browser);
      await page.goto(`${site.url}?lesson=${word}`);
      await page.getByTestId("lesson-problem").filter({ hasText: words }).waitFor({ timeout: PATIENCE });
      await page.getByRole("button", { name: "Fool it" }).waitFor();
      assertQuiet(complaints);
      await context.close();
    });
  }
});
