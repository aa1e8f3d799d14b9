// What cannot fool a network: the library's bounds and proofs against what its
// attacks find, and the panel by mouse, finger and keyboard.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { violations } from "./lib/axe.mjs";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { digits, LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

/** Long enough for a busy machine. */
const PATIENCE = 120_000;

const fixture = (name) => new URL(`../fixtures/onnx/${name}`, import.meta.url);

let browsers, site;
before(async () => {
  [site, ...browsers] = await Promise.all([host(), launch({ webgpu: true }), launch({ webgpu: false })]);
});
after(() => Promise.all([...browsers.map((browser) => browser.close()), site.close()]));

/** In the page: bounds of three networks, proofs for some digits, what is refused. */
async function explore({ url, foreign }) {
  const { BlindSpots } = await import(`${url}blindspots.js`);
  const lab = await BlindSpots.open({ backend: "cpu" });
  const { images, labels } = await lab.digits();
  const [net, line, cnn] = await Promise.all(["fc100-100-10", "fc10-1", "cnn"].map((n) => lab.load(n)));
  const own = await lab.load(new Uint8Array(foreign));
  const bounds = [];
  for (const { id } of [net, line, cnn, own]) bounds.push(await lab.bounds(id));
  const digits = [];
  for (const place of [0, 1, 42]) {
    const image = images.slice(784 * place, 784 * (place + 1));
    const label = labels[place];
    const attack = async (model) =>
      (await lab.attack({ model, image, label, method: "nearest-boundary" })).l2;
    digits.push({
      net: { ...(await lab.certify(net.id, image, label)), found: await attack(net.id) },
      line: { ...(await lab.certify(line.id, image, label)), found: await attack(line.id) },
      cnn: { ...(await lab.certify(cnn.id, image, label)), found: await attack(cnn.id) },
      own: await lab.certify(own.id, image),
      wrong: await lab.certify(net.id, image, (label + 1) % 10),
    });
  }
  const refused = {};
  const attempt = async (name, work) => {
    refused[name] = await work().then(
      () => null,
      ({ code }) => code,
    );
  };
  const image = images.slice(0, 784);
  await attempt("no model", () => lab.bounds(99));
  await attempt("no model to certify", () => lab.certify(99, image));
  await attempt("no image", () => lab.certify(net.id, image.slice(1)));
  await attempt("no class", () => lab.certify(net.id, image, 12));
  await attempt("out of the box", () =>
    lab.certify(
      net.id,
      image.map(() => 2),
    ),
  );
  await attempt("aborted", () => lab.certify(net.id, image, 7, { signal: AbortSignal.abort() }));
  const stop = new AbortController();
  await attempt("cancelled on the way", () =>
    lab.certify(net.id, image, 7, { signal: stop.signal, onprogress: () => stop.abort() }),
  );
  lab.close();
  return { bounds, digits, refused };
}

it("the library proves no more than attacks allow, and says what it cannot prove", async () => {
  const { page, complaints } = await openPage(browsers[1]);
  await page.goto(`${site.pages}blank.html`);
  const foreign = [...(await readFile(fixture("ts-attention.onnx")))];
  const { bounds, digits, refused } = await page.evaluate(explore, { url: site.url, foreign });
  const [net, line, cnn, own] = bounds;
  assert.deepEqual(
    net.layers.map(({ what }) => what),
    ["dense 784 → 100", "sigmoid", "dense 100 → 100", "sigmoid", "dense 100 → 10"],
  );
  const product = net.layers.reduce((all, { constant }) => all * constant, 1);
  assert.ok(Math.abs(net.product / product - 1) < 1e-9);
  assert.equal(line.layers.length, 1);
  const convolutions = cnn.layers.filter(({ what }) => what.startsWith("convolution"));
  assert.ok(convolutions.length === 2 && convolutions.every(({ exact, constant }) => exact <= constant));
  assert.equal(own.product, null);
  assert.match(own.layers.find(({ unbounded }) => unbounded).unbounded, /multiplies/);
  assert.equal(own.layers.at(-1).fromImage, null);
  assert.equal(net.quoted.length, 8);
  for (const { net, line, cnn, own, wrong } of digits) {
    assert.ok(net.product > 0 && net.rows >= net.product && net.radius > net.rows && net.radius < net.found);
    // A linear network's bound is the distance itself; the attack's is f32.
    if (line.predicted === line.label) assert.ok(Math.abs(line.radius / line.found - 1) < 1e-3);
    assert.ok(cnn.radius === null && /convolution/.test(cnn.refused) && cnn.rows > 0 && cnn.rows < cnn.found);
    assert.ok(own.product === null && own.rows === null && own.radius === null);
    assert.deepEqual([wrong.product, wrong.rows, wrong.radius], [0, 0, 0]);
  }
  assert.deepEqual(refused, {
    "no model": "no-such-model",
    "no model to certify": "no-such-model",
    "no image": "not-an-image",
    "no class": "no-such-class",
    "out of the box": "out-of-box",
    aborted: "aborted",
    "cancelled on the way": "aborted",
  });
  assertQuiet(complaints);
});

/** The panel on the page. */
class BoundsPanel {
  constructor(page) {
    this.page = page;
    this.verdict = page.getByTestId("bounds-verdict");
    this.network = page.getByLabel("Network to bound");
  }

  static async open(page, search = "") {
    const lab = await LabPage.open(page, `${site.url}?panel=bounds${search}`);
    await page.locator("bs-experiments").scrollIntoViewIfNeeded();
    const panel = new BoundsPanel(page);
    await panel.isDone();
    return { lab, panel };
  }

  async isDone() {
    await this.page
      .locator('[data-testid="bounds-outcome"][data-fresh="true"]')
      .waitFor({ timeout: PATIENCE });
    await this.verdict.waitFor();
  }

  /** The lengths on the scale. */
  async marks() {
    const length = async (letter) => {
      const text = await this.page.locator(`[data-mark="${letter}"]`).getAttribute("data-length");
      return text === "" ? null : Number(text);
    };
    return { norms: await length("A"), relaxation: await length("B"), attack: await length("C") };
  }
}

for (const webgpu of [true, false]) {
  describe(`the panel ${webgpu ? "with" : "without"} WebGPU`, () => {
    const open = async (options, search) => {
      const { page, complaints } = await openPage(browsers[webgpu ? 0 : 1], options);
      return { page, complaints, ...(await BoundsPanel.open(page, search)) };
    };
    const backend = webgpu ? "&backend=webgpu" : "";

    it("proves for a sample, and for a drawing by mouse", async () => {
      const { page, complaints, lab, panel } = await open({}, backend);
      const { norms, relaxation, attack } = await panel.marks();
      assert.ok(0 < norms && norms < relaxation && relaxation < attack, `${norms} ${relaxation} ${attack}`);
      const words = await page.locator("bs-scale [role=img]").getAttribute("aria-label");
      assert.match(words, /Nothing shorter than 0\.\d+ fools it\. One of [\d.]+ does\./);
      await page.getByRole("button", { name: "Clear" }).click();
      await page.getByTestId("bounds-waiting").waitFor({ timeout: PATIENCE });
      await lab.draw(digits[7]);
      await panel.isDone();
      assert.match(await panel.verdict.textContent(), /misread\s+this\s+7/);
      assert.notDeepEqual(await panel.marks(), { norms, relaxation, attack });
      assertQuiet(complaints);
    });

    it("follows a finger and the keyboard to other networks", async () => {
      const { page, complaints, panel } = await open({
        hasTouch: true,
        viewport: { width: 390, height: 844 },
      });
      await panel.network.selectOption("fc10-1e-2");
      await panel.verdict.filter({ hasText: "FC10(10⁻²)" }).waitFor({ timeout: PATIENCE });
      const exact = await panel.marks();
      assert.ok(Math.abs(exact.relaxation / exact.attack - 1) < 1e-3, "exact for a linear network");
      await panel.network.focus();
      await page.keyboard.press("End");
      await page.locator('[data-mark="B"]', { hasText: "convolution" }).waitFor({ timeout: PATIENCE });
      assert.equal((await panel.marks()).relaxation, null);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.ok(!wide, "nothing hangs over the side");
      assertQuiet(complaints);
    });
  });
}

it("names what it cannot bound in a visitor's own network", async () => {
  const { page, complaints } = await openPage(browsers[1]);
  const { panel } = await BoundsPanel.open(page);
  await page.locator('input[type="file"]').first().setInputFiles(fixture("ts-attention.onnx").pathname);
  await page.getByTestId("bounds-layers").getByText("no bound").first().waitFor({ timeout: PATIENCE });
  assert.match(await page.getByTestId("bounds-product").textContent(), /unknown/);
  // It was not trained: what it reads counts as right, so that there is something to prove.
  const other = await page.getByText(/reads this \d as \d/).textContent({ timeout: PATIENCE });
  // Misread as it is, the attack needs no change.
  assert.deepEqual(await panel.marks(), { norms: null, relaxation: null, attack: 0 });
  await page.getByLabel("True digit").selectOption(/as (\d)/.exec(other)[1]);
  await panel.verdict.filter({ hasText: "unknown" }).waitFor({ timeout: PATIENCE });
  const { norms, relaxation } = await panel.marks();
  assert.deepEqual([norms, relaxation], [null, null]);
  assertQuiet(complaints);
});

for (const colorScheme of ["light", "dark"]) {
  it(`axe finds nothing serious, ${colorScheme}`, async () => {
    const { page, complaints } = await openPage(browsers[1], { colorScheme });
    await BoundsPanel.open(page);
    assert.deepEqual(await violations(page), []);
    assertQuiet(complaints);
  });
}
