// Whatever goes wrong, the page says what, stays usable, and keeps the drawing.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { digits, foolATwo, LabPage } from "./lib/lab.mjs";
import { broken, host, page as asPage, repository } from "./lib/server.mjs";

const fixture = (name) => join(repository, "tests/fixtures/onnx", name);

let browser, site, page, complaints;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());
beforeEach(async () => {
  site = await host();
  ({ page, complaints } = await openPage(browser));
});
afterEach(() => site.close());

it("a file that is no digit network is refused in words; the drawing and the networks stay", async () => {
  const lab = await LabPage.open(page, site.url);
  await lab.draw(digits[2]);
  const readings = await lab.readings();
  const input = page.getByLabel("Your ONNX file");
  const problem = page.getByTestId("own-problem");
  const said = new Set();
  for (const file of [
    "reject-text.onnx",
    "reject-truncated.onnx",
    "reject-non-max-suppression.onnx",
    "colour.onnx",
    "three-classes.onnx",
  ]) {
    await input.setInputFiles(fixture(file));
    await page.waitForFunction(
      ([before]) => {
        const find = (root) => {
          for (const element of root.querySelectorAll("*")) {
            if (element.dataset?.testid === "own-problem") return element;
            const inside = element.shadowRoot && find(element.shadowRoot);
            if (inside) return inside;
          }
          return null;
        };
        const text = find(document)?.textContent;
        return text && !before.includes(text);
      },
      [[...said]],
    );
    said.add(await problem.textContent());
    assert.deepEqual(await lab.readings(), readings);
    assert.ok(await lab.hasDrawing(), file);
  }
  assert.equal(said.size, 5, `each says something else: ${[...said].join(" | ")}`);

  // A right one is then welcome, and can be fooled.
  await input.setInputFiles(fixture("dynamo-dynamic.onnx"));
  await page.getByTestId("own-loaded").waitFor();
  assert.equal(await problem.count(), 0);
  await lab.choose("fc100-100-10");
  await lab.fool.click();
  await lab.isFooled();
  assertQuiet(complaints);
});

it("weights in a second file are asked for by its name, and taken where both are chosen", async () => {
  await LabPage.open(page, site.url);
  const [graph, weights] = ["external.onnx", "external.onnx.data"].map((name) =>
    join(repository, "tests/fixtures/graphs", name),
  );
  const input = page.getByLabel("Your ONNX file");
  const problem = page.getByTestId("own-problem");
  await input.setInputFiles(graph);
  await problem.getByText(/second file, “external\.onnx\.data”.*choose both files together/).waitFor();
  // In whatever order they come: then it is read, and found to be for other images.
  await input.setInputFiles([weights, graph]);
  await problem.getByText(/^external\.onnx: This network sorts images of 1 × 8 × 8/).waitFor();
  assertQuiet(complaints);
});

it("a file that takes long can be given up; the next one is read", async () => {
  const lab = await LabPage.open(page, site.url);
  const readings = await lab.readings();
  // Whatever an importer is asked now, it does not answer.
  await page.evaluate(() => {
    globalThis.post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, transfer) {
      if (!("options" in message)) post.call(this, message, transfer);
    };
  });
  const input = page.getByLabel("Your ONNX file");
  const cancel = page.getByTestId("own-cancel");
  assert.equal(await cancel.count(), 0);
  await input.setInputFiles(fixture("dynamo-dynamic.onnx"));
  await cancel.click();
  await page.getByTestId("own-problem").getByText("dynamo-dynamic.onnx: Cancelled.").waitFor();
  assert.equal(await cancel.count(), 0);
  assert.deepEqual(await lab.readings(), readings);
  await page.evaluate(() => {
    Worker.prototype.postMessage = globalThis.post;
  });
  await input.setInputFiles(fixture("dynamo-dynamic.onnx"));
  await page.getByTestId("own-loaded").waitFor();
  assertQuiet(complaints);
});

it("a missing model file is named; all other networks work", async () => {
  site.missing.push(/^models\/fc100-100-10\.onnx\.gz$/);
  await page.goto(site.url);
  const lab = new LabPage(page);
  await lab.isReady({ failed: ["fc100-100-10"] });
  await lab.row("fc100-100-10").locator("summary").click();
  await page
    .getByText(/fc100-100-10\.onnx\.gz is missing/)
    .first()
    .waitFor();

  await lab.draw(digits[2]);
  const readings = await lab.readings({ without: ["fc100-100-10"] });
  assert.equal(readings["fc200-200-10"], 2);
  await lab.choose("fc200-200-10");
  await lab.fool.click();
  await lab.isFooled();
  assert.equal(Object.keys(await lab.transfer("Adversarial")).length, 11);
  assertQuiet(complaints, /404/);
});

for (const { what, pattern, name } of [
  { what: "list of networks", pattern: /^models\/index\.json$/, name: /index\.json/ },
  { what: "engine", pattern: /\.wasm\.gz$/, name: /\.wasm/ },
]) {
  it(`a missing ${what} is named`, async () => {
    site.missing.push(pattern);
    await page.goto(site.url);
    await page.getByTestId("notice").getByText(name).waitFor();
    assert.ok(site.asked.some((path) => name.test(path)));
    assertQuiet(complaints, /404/);
  });
}

/** What browsers say of a connection that breaks off. */
const BROKEN = /ERR_CONTENT_LENGTH_MISMATCH|ERR_CONNECTION|ERR_INCOMPLETE/;
const NETWORKS = /\.onnx\.gz$/;
const NONE = "None of the networks could be loaded.";

for (const { what, fail, reason } of [
  {
    what: "are missing",
    fail: () => site.missing.push(NETWORKS),
    reason: /onnx\.gz is missing: .* status 404/,
  },
  {
    what: "are web pages instead",
    fail: () => site.otherwise.push([NETWORKS, asPage("\n<!doctype html><title>Log in</title>")]),
    reason: /onnx\.gz is missing: .* a web page instead/,
  },
  {
    what: "break off",
    fail: () => site.otherwise.push([NETWORKS, broken]),
    reason: /^The (connection broke off while a file of this page was fetched|server did not answer)/,
  },
]) {
  it(`all networks ${what}: the page says so, has the rest, and tries again`, async () => {
    fail();
    await page.goto(site.url);
    const notice = page.getByTestId("notice");
    await notice.getByText(NONE).waitFor();
    await notice.getByText(reason).waitFor();
    assert.equal(await page.getByTestId("summary").textContent(), NONE);
    for (const name of ["Where it runs", "Use your own ONNX network", "In a lesson", "What the paper found"])
      await page.getByRole("heading", { name }).waitFor();
    site.missing.length = site.otherwise.length = 0;
    await notice.getByRole("button", { name: "Start again" }).click();
    await foolATwo(new LabPage(page));
    assert.equal(await notice.count(), 0);
    assertQuiet(complaints, /404/, BROKEN);
  });
}

it("without a list of networks none is waited for, and a visitor's own is read", async () => {
  site.missing.push(/^models\/index\.json$/);
  await page.goto(site.url);
  await page.getByTestId("summary").getByText(NONE).waitFor();
  await page.getByLabel("Your ONNX file").setInputFiles(fixture("dynamo-dynamic.onnx"));
  await page
    .getByTestId("summary")
    .getByText(/^One network reads \d$/)
    .waitFor();
  assertQuiet(complaints, /404/);
});

/** Breaks off the first answers for a file. */
const breaksOff = (pattern, times) => {
  const entry = [
    pattern,
    (...answer) => {
      times -= 1;
      if (times === 0) site.otherwise.splice(site.otherwise.indexOf(entry), 1);
      broken(...answer);
    },
  ];
  site.otherwise.push(entry);
};

it("a connection that breaks off once is tried again, with nothing to be said of it", async () => {
  const files = [/blindspots_bg.*\.wasm\.gz$/, /^models\/cnn\.onnx\.gz$/, /gallery-images/, /index\.json$/];
  for (const file of files) breaksOff(file, 1);
  const lab = await LabPage.open(page, `${site.url}?backend=cpu`);
  assert.deepEqual(site.otherwise, [], "all have broken off");
  await foolATwo(lab);
  assert.equal(await page.getByTestId("notice").count(), 0);
  assert.equal(await page.getByRole("radio", { name: "CPU" }).isChecked(), true);
  assertQuiet(complaints, BROKEN);
});

it("an engine that does not come says so without names of files, until it runs", async () => {
  site.otherwise.push([/blindspots_bg.*\.wasm\.gz$/, broken]);
  await page.goto(`${site.url}?backend=cpu`);
  const notice = page.getByTestId("notice");
  const words = "The connection broke off while a file of this page was fetched.";
  await notice.getByText(words).waitFor();
  // What is fetched then asks for the engine once more.
  await page.waitForLoadState("networkidle");
  await notice.getByText(words).waitFor();
  assert.equal(await notice.locator("p").count(), 1);
  assert.doesNotMatch(await notice.textContent(), /wasm|assets|\//);
  site.otherwise.length = 0;
  await notice.getByRole("button", { name: "Start again" }).click();
  const lab = new LabPage(page);
  await lab.isReady();
  assert.equal(await notice.count(), 0);
  await foolATwo(lab);
  assertQuiet(complaints, BROKEN);
});

it("a backend that is not to be had is said, with nothing to start again", async () => {
  await LabPage.open(page, `${site.url}?backend=webgpu`);
  const notice = page.getByTestId("notice");
  await notice.getByText(/WebGPU/).waitFor();
  assert.equal(await notice.getByRole("button", { name: "Start again" }).count(), 0);
  await page.locator("bs-backend label", { hasText: "CPU" }).click();
  await notice.waitFor({ state: "detached" });
  assertQuiet(complaints);
});

it("nothing drawn: the button says what to do first", async () => {
  const lab = await LabPage.open(page, site.url);
  // The page begins with a sample, so that there is something to see.
  await page.getByRole("button", { name: "Clear" }).click();
  await lab.fool.click();
  const message = page.getByTestId("message");
  await message.getByText(/draw a digit/i).waitFor();
  assert.equal(await page.getByTestId("fooled").count(), 0);
  await foolATwo(lab);
  assertQuiet(complaints);
});
