// The results of a class, checked on the page and by the command line; what is forged in them is named.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { allTasks, command, NETWORK, saved } from "./lib/all-tasks.mjs";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { PATIENCE, ways } from "./lib/lesson.mjs";
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

describe("a class's results", () => {
  it("come from five tasks by mouse", async () => {
    await copyFile(await allTasks(browser, site, folder, ways.mouse), join(folder, "good.json"));
  });

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
    const csv = await readFile(
      await saved(page, folder, () => page.getByTestId("check-csv").click()),
      "utf8",
    );
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
