// The line and the plane, in the library and on the page: what is read there is
// what the network reads in those very images, by mouse, touch and keyboard.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

const PATIENCE = 120_000;

/** A batch of another size sums in another order: absolute, of a probability. */
const SAME = 1e-4;

let browsers, site;
before(async () => {
  const kinds = [true, false].map((webgpu) => launch({ webgpu }));
  [browsers, site] = await Promise.all([Promise.all(kinds), host()]);
});
after(() => Promise.all([...browsers.map((browser) => browser.close()), site.close()]));

/** In the page: a plane of 9 × 9, a line of 9, and the same images read one by one. */
async function compare({ url, backend }) {
  const { BlindSpots, imageAt } = await import(`${url}blindspots.js`);
  const lab = await BlindSpots.open({ backend });
  const model = await lab.load("fc100-100-10");
  const { images, labels } = await lab.digits();
  const image = images.slice(784 * 42, 784 * 43);
  const { image: towards } = await lab.attack({
    model: model.id,
    image,
    label: labels[42],
    method: "nearest-boundary",
  });
  const of = { model: model.id, image, towards, seed: 3 };
  const fractions = [];
  const plane = await lab.plane({ ...of, points: 9, onprogress: ({ fraction }) => fractions.push(fraction) });
  const line = await lab.line({ ...of, points: 9 });
  const twice = await lab.line({ ...of, points: 9 });
  const other = await lab.line({ ...of, points: 9, seed: 4 });
  const found = [];
  for (const [column, row] of [
    [0, 0],
    [2, 4],
    [8, 1],
    [5, 7],
    [4, 4],
  ]) {
    const at = [plane.a[column], plane.b[row]];
    const reading = await lab.classify(model.id, imageAt(image, towards, plane.direction, at));
    const index = row * 9 + column;
    const there = [...plane.probabilities.slice(10 * index, 10 * index + 10)];
    found.push({ at, label: plane.labels[index], there, reading });
  }
  const refused = {};
  const attempt = async (name, options) => {
    refused[name] = await lab.line({ ...of, ...options }).then(
      () => null,
      ({ code }) => code,
    );
  };
  await attempt("the same image", { towards: image });
  await attempt("one point", { points: 1 });
  await attempt("no model", { model: 99 });
  await attempt("no image", { towards: image.slice(1) });
  await attempt("nowhere", { from: Number.NaN });
  await attempt("aborted", { signal: AbortSignal.abort() });
  const stop = new AbortController();
  const running = lab.plane({ ...of, points: 257, signal: stop.signal, onprogress: () => stop.abort() });
  refused["cancelled on the way"] = await running.then(
    () => null,
    ({ code }) => code,
  );
  const { kind } = lab.backend;
  lab.close();
  const same = JSON.stringify([...line.aside]) === JSON.stringify([...twice.aside]);
  const differs = JSON.stringify([...line.direction]) !== JSON.stringify([...other.direction]);
  return {
    kind,
    label: labels[42],
    a: [...plane.a],
    b: [...plane.b],
    found,
    fractions,
    refused,
    same,
    differs,
  };
}

describe("the library's line and plane", () => {
  for (const backend of ["cpu", "webgpu"]) {
    it(`reads the images that it says, on ${backend}`, async () => {
      const { page, complaints } = await openPage(browsers[0]);
      await page.goto(`${site.pages}blank.html`);
      const seen = await page.evaluate(compare, { url: site.url, backend });
      assert.equal(seen.kind, backend);
      assert.deepEqual(seen.a, [-1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3]);
      assert.deepEqual(seen.b, [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2]);
      const near = (found, wanted) => found.every((p, k) => Math.abs(p - wanted[k]) <= SAME);
      for (const { at, label, there, reading } of seen.found) {
        assert.ok(near(there, reading.probabilities), `at ${at}`);
        // At the example itself two classes are as likely as each other.
        if (at[0] !== 1) assert.equal(label, reading.label, `at ${at}`);
      }
      const [far, original] = [seen.found[2], seen.found[1]];
      assert.ok(!near(far.there, original.reading.probabilities), "other images are noticed");
      assert.equal(original.label, seen.label);
      assert.notEqual(far.label, seen.label);
      assert.ok(seen.same && seen.differs, "the seed makes the direction");
      const { fractions } = seen;
      assert.ok(
        fractions.every((share, i) => share <= 1 && share > (fractions[i - 1] ?? 0)),
        `${fractions}`,
      );
      assert.deepEqual(seen.refused, {
        "the same image": "no-direction",
        "one point": "bad-option",
        "no model": "no-such-model",
        "no image": "not-an-image",
        nowhere: "bad-option",
        aborted: "aborted",
        "cancelled on the way": "aborted",
      });
      assertQuiet(complaints);
    });
  }
});

/** The panel on the page. */
class SlicePanel {
  constructor(page) {
    this.page = page;
    this.view = page.getByTestId("slice-view");
  }

  static async open(page, search = "") {
    await LabPage.open(page, `${site.url}?panel=slice&method=nearest-boundary${search}`);
    await page.locator("bs-experiments").scrollIntoViewIfNeeded();
    return new SlicePanel(page);
  }

  /** Makes the example and waits until the plane is as fine as it will be. */
  async find() {
    await this.page.getByRole("button", { name: "Find it" }).click();
    await this.isDone();
  }

  async isDone() {
    await this.page.getByTestId("slice-done").waitFor({ timeout: PATIENCE });
  }

  /** Where the visitor looks, and what is read there. */
  async seen() {
    const [a, b, label] = await Promise.all(
      ["data-a", "data-b", "data-label"].map((name) => this.view.getAttribute(name)),
    );
    return { a: Number(a), b: Number(b), label: Number(label) };
  }

  /** A point of the map, in pixels of the window. */
  async point(a, b) {
    const map = this.page.locator("bs-regions");
    await map.scrollIntoViewIfNeeded();
    const box = await map.boundingBox();
    return [box.x + (box.width * (a + 1)) / 4, box.y + box.height * (1 - (b + 2) / 4)];
  }
}

for (const webgpu of [true, false]) {
  describe(`the panel ${webgpu ? "with" : "without"} WebGPU`, () => {
    const open = async (options, search) => {
      const { page, complaints } = await openPage(browsers[webgpu ? 0 : 1], options);
      return { page, complaints, panel: await SlicePanel.open(page, search) };
    };
    const backend = webgpu ? "&backend=webgpu" : "";

    it("shows where the digit changes, by mouse", async () => {
      const { page, complaints, panel } = await open({}, backend);
      await panel.find();
      const digit = Number(await page.getByLabel("True digit").inputValue());
      await page.mouse.move(...(await panel.point(0, 0.5)));
      const before = await panel.seen();
      assert.ok(Math.abs(before.a) < 0.05 && Math.abs(before.b - 0.5) < 0.05, JSON.stringify(before));
      assert.equal(before.label, digit);
      await page.mouse.move(...(await panel.point(2, 0)));
      const beyond = await panel.seen();
      assert.notEqual(beyond.label, digit);
      // The curves say the same as the map.
      const words = await page
        .locator('[data-testid="curves-along"] [role="img"]')
        .getAttribute("aria-label");
      assert.match(
        words,
        new RegExp(`reads ${digit} from -1\\.00 to (0\\.9|1\\.0)\\d(,| and) ${beyond.label} from`),
      );
      assert.match(await page.getByTestId("slice-lesson").textContent(), /not mean that anything jumps/);
      await page.mouse.move(...(await panel.point(-1, 0)));
      assert.match(await page.getByTestId("slice-clipped").textContent(), /by \d\.\d\d of/);
      assertQuiet(complaints);
    });

    it("follows a finger and the keyboard", async () => {
      const { page, complaints, panel } = await open({
        hasTouch: true,
        viewport: { width: 390, height: 844 },
      });
      await panel.find();
      await page.touchscreen.tap(...(await panel.point(2, 1)));
      const tapped = await panel.seen();
      assert.ok(Math.abs(tapped.a - 2) < 0.1 && Math.abs(tapped.b - 1) < 0.1, JSON.stringify(tapped));
      const slider = page.getByRole("slider", { name: "Towards the twin" });
      await slider.focus();
      await page.keyboard.press("Home");
      assert.equal((await panel.seen()).a, -1);
      for (let i = 0; i < 4; i += 1) await page.keyboard.press("ArrowRight");
      assert.ok(Math.abs((await panel.seen()).a + 0.8) < 0.03);
      assert.match(await slider.getAttribute("aria-valuetext"), /^reads \d, .* sure$/);
      await page.getByRole("button", { name: "Your digit" }).press("Enter");
      const home = await panel.seen();
      assert.deepEqual([home.a, home.b], [0, 0]);
      assertQuiet(complaints);
    });
  });
}

it("is read by another network, in another direction, and hides what a link hides", async () => {
  const { page, complaints } = await openPage(browsers[1]);
  const panel = await SlicePanel.open(page);
  await panel.find();
  const words = () => page.locator('[data-testid="curves-aside"] [role="img"]').getAttribute("aria-label");
  const first = await words();
  await page.getByLabel("Network that reads").selectOption("fc200-200-10");
  await page.getByTestId("slice-done").filter({ hasText: "FC200-200-10" }).waitFor({ timeout: PATIENCE });
  assert.match(await words(), /FC200-200-10/);
  assert.notEqual(await words(), first);
  await page.waitForURL(/model=fc200-200-10/);
  await page.getByRole("button", { name: "Another random direction" }).click();
  await page.waitForURL(/seed=2/);
  await panel.isDone();
  // A new digit needs a new change.
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByTestId("slice-waiting").waitFor({ timeout: PATIENCE });

  const flat = await SlicePanel.open(page, "&hide=plane,about");
  await page.getByRole("button", { name: "Find it" }).click();
  await flat.view.waitFor({ timeout: PATIENCE });
  assert.equal(await page.locator("bs-regions").count(), 0);
  assertQuiet(complaints);
});

for (const colorScheme of ["light", "dark"]) {
  it(`axe finds nothing serious, ${colorScheme}`, async () => {
    const { page, complaints } = await openPage(browsers[1], { colorScheme });
    const panel = await SlicePanel.open(page);
    assert.deepEqual(await violations(page), []);
    await panel.find();
    assert.deepEqual(await violations(page), []);
    assertQuiet(complaints);
  });
}
