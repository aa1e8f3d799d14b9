// The five chapters: by mouse, touch and keyboard, with and without WebGPU; what they claim is what was measured.
// What the page around them does is in story.test.mjs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { assertQuiet, launch } from "./lib/browser.mjs";
import { inside, openStory, read, said, show } from "./lib/chapters.mjs";
import { LabPage } from "./lib/lab.mjs";
import { host, repository } from "./lib/server.mjs";

const PATIENCE = 240_000;

let browser, site;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());
beforeEach(async () => {
  site = await host();
});
afterEach(() => site.close());

describe("a blind spot", () => {
  const ways = {
    mouse: { press: (button) => button.click() },
    touch: { options: { hasTouch: true }, press: (button) => button.tap() },
    keyboard: { press: (button) => button.press("Enter") },
    "mouse, on WebGPU": { webgpu: true, press: (button) => button.click() },
  };
  for (const [name, { options, webgpu = false, press }] of Object.entries(ways)) {
    it(`is found by ${name}, and is as small as is said`, async (t) => {
      const by = webgpu ? await launch({ webgpu }) : browser;
      if (webgpu) t.after(() => by.close());
      const { page, context, complaints } = await openStory(by, site, options);
      if (webgpu) {
        const lab = new LabPage(page);
        await lab.isReady();
        await lab.use("webgpu");
      }
      const chapter = await show(page, "spots");
      await press(chapter.getByRole("button", { name: "Fool the network" }));
      const text = await said(page, "spots", /^Fooled: /);
      const measured = await inside(page, "spots", async (_, { fooling, engine }) => {
        const { original, image, slot, label } = fooling.example;
        const squares = image.reduce((sum, value, i) => sum + (value - original[i]) ** 2, 0);
        const read = async (pixels) => (await engine.classify(slot.model.id, pixels)).label;
        const distortion = Math.sqrt(squares / image.length);
        return {
          label,
          before: await read(original),
          after: await read(image),
          distortion,
          title: slot.title,
        };
      });
      const { before, after, distortion, title } = measured;
      const right = `Fooled: ${title} reads ${after} where it read ${before}, after a change of about ${(100 * distortion).toFixed(1)}% in each pixel.`;
      assert.equal(text, right);
      assert.equal(before, measured.label);
      assert.notEqual(after, before);
      const captions = await page.getByTestId("spots").locator("figcaption b").allTextContents();
      assert.deepEqual([captions[0], captions[2]], [`reads ${before}`, `reads ${after}`]);
      const { backend } = await inside(page, "spots", (_, { fooling }) => fooling.example.report);
      assert.equal(backend, webgpu ? "webgpu" : "cpu");
      // The lab below shows the same.
      assert.equal(await page.getByTestId("fooled").textContent(), `reads ${after}`);
      assertQuiet(complaints);
      await context.close();
    });
  }

  it("is looked for in what a visitor draws", async () => {
    const { page, context, complaints } = await openStory(browser, site);
    const chapter = await show(page, "spots");
    await chapter.getByRole("button", { name: "Draw your own" }).click();
    await chapter.getByRole("button", { name: "Clear" }).click();
    await chapter.getByRole("button", { name: "Fool the network" }).click();
    await said(page, "spots", /There is nothing to change yet: draw a digit/);
    const pad = chapter.getByTestId("pad");
    await pad.evaluate((element) => element.scrollIntoView({ block: "center" }));
    const { x, y, width, height } = await pad.boundingBox();
    const at = ([a, b]) => page.mouse.move(x + a * width, y + b * height, { steps: 4 });
    await at([0.5, 0.1]);
    await page.mouse.down();
    for (const point of [
      [0.5, 0.5],
      [0.5, 0.9],
    ])
      await at(point);
    await page.mouse.up();
    await page.waitForFunction(() => document.querySelector("bs-app").lab.reader.settled);
    await chapter.getByRole("button", { name: "Fool the network" }).click();
    await said(page, "spots", /^Fooled: FC100-100-10 reads \d where it read 1, /);
    assertQuiet(complaints);
    await context.close();
  });

  it("a search can be stopped, and the focus stays at the button", async () => {
    const { page, context, complaints } = await openStory(browser, site);
    const chapter = await show(page, "spots");
    // Searches that take as long as nobody ends them, whoever asks: the next chapter may look for a change, too.
    await inside(page, "spots", (_, { engine }) => {
      const { attack } = engine;
      globalThis.restoreAttack = () => (engine.attack = attack);
      engine.attack = ({ signal }) =>
        new Promise((_, stop) => signal.addEventListener("abort", () => stop(signal.reason)));
    });
    // Keys go to whatever has the focus.
    await chapter.getByRole("button", { name: "Fool the network" }).focus();
    await page.keyboard.press("Enter");
    await chapter.locator("#stop:focus").waitFor();
    await page.keyboard.press("Enter");
    await said(page, "spots", /^Cancelled\./);
    await page.evaluate(() => globalThis.restoreAttack());
    await chapter.locator("#go:focus").waitFor();
    await page.keyboard.press("Enter");
    await said(page, "spots", /^Fooled: /);
    assertQuiet(complaints);
    await context.close();
  });
});

describe("noise", () => {
  /** In the page: how many of the chapter's noises the network misreads, made and read again one by one. */
  const again = async (element, { engine }, times) => {
    const { example } = element;
    const { original, label, slot, report } = example;
    const found = { wrong: 0, same: true, lengths: [] };
    for (const { seed, image, label: said } of element.draws.all) {
      const noisy = await engine.noise(original, times * report.distortion, seed);
      const { label: read } = await engine.classify(slot.model.id, noisy);
      if (read !== label) found.wrong += 1;
      found.same &&= read === said && noisy.every((value, i) => value === image[i]);
      const squares = noisy.reduce((sum, value, i) => sum + (value - original[i]) ** 2, 0);
      found.lengths.push(Math.sqrt(squares / noisy.length) / report.distortion);
    }
    return found;
  };

  it("of exactly the same size is counted as the engine reads it", async () => {
    const { page, context, complaints } = await openStory(browser, site);
    const chapter = await read(page, "noise");
    for (const count of [20, 40]) {
      const text = await said(page, "noise", new RegExp(`^Of ${count} random changes`));
      const found = await inside(page, "noise", again, 1);
      assert.ok(found.same, "the same noise, read the same");
      assert.equal(found.lengths.length, count);
      for (const length of found.lengths) assert.ok(Math.abs(length - 1) < 1e-3, `${length} times as long`);
      const [, percent, wrong] = /^Of \d+ random changes of ([\d.]+)% a pixel, (\d+) fools? /.exec(text);
      assert.equal(Number(wrong), found.wrong);
      const distortion = await inside(page, "noise", ({ example }) => example.report.distortion);
      assert.equal(percent, (100 * distortion).toFixed(1));
      assert.equal(await chapter.locator("li button").count(), count);
      await chapter.getByRole("button", { name: "More noise" }).click();
    }
    await said(page, "noise", /^Of 60 random changes/);
    // Much stronger noise is misread, and another count would be noticed.
    const strong = await inside(page, "noise", again, 12);
    assert.ok(strong.wrong > 0 && !strong.same, `${strong.wrong} of 60`);
    assertQuiet(complaints);
    await context.close();
  });

  it("can be looked at one by one, by keyboard too", async () => {
    const { page, context } = await openStory(browser, site);
    const chapter = await read(page, "noise");
    const third = chapter.getByRole("button", { name: /^Noise 3: read as \d$/ });
    await third.press("Space");
    assert.equal(await third.getAttribute("aria-pressed"), "true");
    await chapter.locator("figcaption").filter({ hasText: "random noise 3" }).waitFor();
    await context.close();
  });

  it("follows the digit, and a change that was found in the lab", async () => {
    const { page, context, complaints } = await openStory(browser, site);
    const chapter = await read(page, "noise");
    const seen = () => inside(page, "noise", ({ example }) => [...example.original].join());
    const first = await seen();
    await chapter.getByRole("button", { name: "Another digit" }).click();
    await page.waitForFunction(() => document.querySelector("bs-app").lab.sample === 43);
    await page.getByTestId("noise-draws").locator("li button").nth(19).waitFor({ timeout: PATIENCE });
    assert.notEqual(await seen(), first);
    await read(page, "spots");
    await read(page, "noise");
    assert.ok(await inside(page, "noise", ({ example }, { fooling }) => example === fooling.example));
    assertQuiet(complaints);
    await context.close();
  });
});

describe("transfer", () => {
  /** In the page: whom the change fools at both sizes, with images made and read one by one. */
  const again = async (element, { engine, ready }) => {
    const { original, image, label, slot } = element.example;
    const count = async (times) => {
      const shown = image.map((value, i) =>
        Math.min(1, Math.max(0, Math.fround(original[i] + times * (value - original[i])))),
      );
      const found = { fooled: 0, of: 0 };
      for (const { model, name } of ready) {
        if (name === slot.name) continue;
        if ((await engine.classify(model.id, original)).label !== label) continue;
        found.of += 1;
        if ((await engine.classify(model.id, shown)).label !== label) found.fooled += 1;
      }
      return found;
    };
    return { found: await count(1), magnified: await count(element.times) };
  };

  it("counts whom the change fools, as found and magnified", async () => {
    const { page, context, complaints } = await openStory(browser, site);
    const chapter = await read(page, "transfer");
    const check = async (times) => {
      const text = await said(page, "transfer", new RegExp(`; ${times} times as large, it fools \\d+\\.$`));
      const [, found, of, magnified] = /it fools (\d+) of the other (\d+) networks.*fools (\d+)\.$/.exec(
        text,
      );
      const right = await inside(page, "transfer", again);
      assert.deepEqual([found, of, magnified].map(Number), [
        right.found.fooled,
        right.found.of,
        right.magnified.fooled,
      ]);
      const cells = (column) => chapter.locator(`tbody td:nth-child(${column}).fooled`).count();
      // The network that it was made for is fooled at both sizes, and is none of the others.
      assert.equal(await cells(3), right.found.fooled + 1);
      assert.equal(await cells(4), right.magnified.fooled + 1);
      return right;
    };
    const twice = await check("2");
    assert.ok(twice.magnified.fooled > twice.found.fooled, "a larger change fools more");
    await chapter.getByRole("slider").fill("3");
    const thrice = await check("3");
    assert.ok(thrice.magnified.fooled >= twice.magnified.fooled);
    assertQuiet(complaints);
    await context.close();
  });

  it("quotes what the tables say of networks that saw different digits", async () => {
    const { page, context } = await openStory(browser, site);
    await show(page, "transfer");
    const text = (await page.getByTestId("transfer-tables").textContent()).replace(/\s+/g, " ");
    // Table 4 as `blindspots reproduce` wrote it, with the paper's figures in italics.
    const results = readFileSync(join(repository, "models/RESULTS.md"), "utf8");
    const table = results.slice(
      results.indexOf("## Table 4"),
      results.indexOf("### Noise as strong", results.indexOf("## Table 4")),
    );
    const half = (name) => (name.includes("′") ? 2 : 1);
    const means = (magnified) => {
      const cells = { ours: [], paper: [] };
      for (const line of table.split("\n")) {
        const [, name, rest] = /^\| made for ([^|,]+?)(, magnified to 0\.1)? \|/.exec(line) ?? [];
        if (!name || Boolean(rest) !== magnified) continue;
        const columns = line.split("|").slice(2, 5);
        ["FC100-100-10", "FC123-456-10", "FC100-100-10′"].forEach((column, at) => {
          if (half(column) === half(name)) return;
          const [, ours, paper] = /([\d.]+) \*\(([\d.]+)\)\*/.exec(columns[at]);
          cells.ours.push(Number(ours));
          cells.paper.push(Number(paper));
        });
      }
      const mean = (list) => Math.round(list.reduce((sum, one) => sum + one, 0) / list.length);
      assert.equal(cells.ours.length, 4);
      return [mean(cells.ours), mean(cells.paper)];
    };
    const [ours, paper] = means(false);
    const [oursMagnified, paperMagnified] = means(true);
    const [, ...shown] = /in (\d+)% of all cases as found, and in (\d+)% at.*it is (\d+)% and (\d+)%\./.exec(
      text,
    );
    assert.deepEqual(shown.map(Number), [paper, paperMagnified, ours, oursMagnified]);
    await context.close();
  });
});

describe("units", () => {
  it("answers a guess at once, and shows the digits that the engine names", async () => {
    const { page, context, complaints } = await openStory(browser, site);
    const chapter = await show(page, "units");
    await chapter.getByRole("button", { name: "Row B is the unit" }).press("Enter", { timeout: PATIENCE });
    const score = await page.getByTestId("units-score").textContent();
    const [rows, answer, tops, kinds] = await inside(
      page,
      "units",
      async ({ state }, { engine, gallery, slots }) => {
        const { rows, answer } = state.question;
        const images = new Float32Array(gallery.images.length * 784);
        gallery.images.forEach((image, at) => images.set(image, 784 * at));
        const model = slots.find(({ name }) => name === "fc100-100-10").model.id;
        const fresh = await engine.units({ model, layer: state.layer, images, labels: gallery.labels });
        const top = rows.map(
          ({ kind, index }) => (kind === "unit" ? fresh.units : fresh.directions).top[index],
        );
        const shown = rows.map(({ kind, index }) => state.rowsOf(kind).top[index]);
        await fresh.close();
        return [shown, answer, top, rows.map(({ kind }) => kind)];
      },
    );
    assert.deepEqual(rows, tops);
    assert.equal(rows[0].length, 8);
    assert.notDeepEqual(rows[0], tops[1], "another row is another");
    assert.equal(answer, 1);
    assert.match(
      score,
      kinds[1] === "unit" ? /^Right! 1 of 1 right/ : /^No, it was the other one\. 0 of 1 right/,
    );
    await chapter.getByRole("button", { name: "Next pair" }).press("Enter");
    await chapter.getByRole("button", { name: "Row A is the unit" }).waitFor();
    // Somebody who comes back finds the score.
    await show(page, "spots");
    await show(page, "units");
    assert.match(await page.getByTestId("units-score").textContent(), / of 1 right/);
    assertQuiet(complaints);
    await context.close();
  });
});

describe("bounds", () => {
  it("puts proofs and attack where the engine puts them", async () => {
    const { page, context, complaints } = await openStory(browser, site);
    const chapter = await read(page, "bounds");
    const right = await inside(page, "bounds", async (_, { engine, chosen, image, label }) => {
      const model = chosen.model.id;
      const { product, rows, radius } = await engine.certify(model, image, label);
      const { l2 } = await engine.attack({ model, image, label, method: "nearest-boundary" });
      return { A: rows ?? product, B: radius, C: l2 };
    });
    for (const [mark, length] of Object.entries(right)) {
      const shown = Number(await chapter.locator(`[data-mark="${mark}"]`).getAttribute("data-length"));
      assert.ok(Math.abs(shown / length - 1) < 1e-4, `${mark} is at ${shown}, not at ${length}`);
    }
    assert.ok(right.A < right.B && right.B < right.C, JSON.stringify(right));
    const verdict = chapter.getByTestId("bounds-verdict");
    assert.equal(Number(await verdict.getAttribute("data-safe")), right.B);
    assertQuiet(complaints);
    await context.close();
  });
});
