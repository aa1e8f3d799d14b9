// Whatever goes wrong, the page says what, stays usable, and keeps the drawing.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { digits, foolATwo, LabPage } from "./lib/lab.mjs";
import { host, repository } from "./lib/server.mjs";

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
