// A teacher makes a lesson: the form, its file and its link.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { focusIs, NETWORK, saved } from "./lib/all-tasks.mjs";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { PATIENCE } from "./lib/lesson.mjs";
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
    const path = await saved(page, folder, () => form.getByTestId("save-lesson").click());
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
