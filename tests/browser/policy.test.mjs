// The page under a strict Content-Security-Policy: nothing is refused, everything looks the same, and where
// WebAssembly may not run the page says what is to be added.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { openFilled, panels } from "./lib/panels.mjs";
import { host, repository } from "./lib/server.mjs";

const STRICT =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
  "connect-src 'self'; worker-src 'self' blob:; font-src 'self'";

/** A host that states a policy of all that it serves. */
const under = (policy) => host({ headers: { "Content-Security-Policy": policy } });

/** Parts of the page that do not say how long something took. */
const PARTS = [
  "bs-pad",
  "bs-samples",
  "bs-attack",
  "bs-result",
  "bs-transfer",
  "bs-readings",
  "bs-experiments",
];

/** How long two pictures may differ, in ms. */
const SETTLED = 10_000;

let browser, strict, site;
before(async () => {
  [browser, strict, site] = await Promise.all([launch({ webgpu: false }), under(STRICT), host()]);
});
after(() => Promise.all([browser, strict, site].map((one) => one.close())));

/** Remembers what the page's policy refuses, in the page and in what it contains. */
function watch() {
  globalThis.refused = [];
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) => {
    globalThis.refused.push(`${violatedDirective}: ${blockedURI} in ${sourceFile}`);
  });
}

const picture = async (page, part) => (await page.locator(part).first().screenshot()).toString("base64");

/** The parts of a filled page as pictures, and what was refused. */
async function visit(url, panel, options) {
  const { page, context, complaints } = await openPage(browser, {
    viewport: { width: 1100, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  await page.addInitScript(watch);
  await openFilled(page, url, panel);
  const pictures = {};
  for (const part of PARTS) pictures[part] = await picture(page, part);
  const refused = await page.evaluate(() => globalThis.refused);
  return { page, context, complaints, pictures, refused };
}

for (const panel of panels) {
  it(`looks the same under a strict policy: ${panel}`, async () => {
    const free = await visit(site.url, panel, { bypassCSP: true });
    assertQuiet(free.complaints);
    const { page, context, complaints, pictures, refused } = await visit(strict.url, panel);
    assert.deepEqual(refused, []);
    assertQuiet(complaints);
    for (const part of PARTS) {
      // What has just been drawn may come a moment later.
      for (const start = Date.now(); pictures[part] !== free.pictures[part];) {
        assert.ok(Date.now() - start < SETTLED, `${part} looks the same`);
        pictures[part] = await picture(page, part);
        free.pictures[part] = await picture(free.page, part);
      }
    }
    await free.context.close();

    // A style attribute is refused, noticed and seen.
    await page.locator("bs-pad").evaluate((pad) => {
      pad.shadowRoot.querySelector(".tools").setAttribute("style", "display: none");
    });
    assert.match((await page.evaluate(() => globalThis.refused)).join(), /^style-src-attr: inline/);
    await page.locator("bs-pad").evaluate((pad) => {
      pad.shadowRoot.querySelector(".tools").style.setProperty("display", "none");
    });
    const changed = await picture(page, "bs-pad");
    assert.notEqual(changed, free.pictures["bs-pad"]);
    await context.close();
  });
}

it("the built page states a policy of its own, as strict", async () => {
  const { page } = await openPage(browser);
  await page.addInitScript(watch);
  await LabPage.open(page, site.url);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.injected = true";
    document.body.append(script);
    document.body.setAttribute("style", "color: red");
    document.body.append(Object.assign(new Image(), { src: "https://example.org/x.png" }));
  });
  await page.waitForFunction(() => globalThis.refused.length >= 3);
  const refused = (await page.evaluate(() => globalThis.refused)).map((text) => text.split(":")[0]);
  assert.deepEqual(refused.sort(), ["img-src", "script-src-elem", "style-src-attr"]);
  assert.equal(await page.evaluate(() => globalThis.injected), undefined);
});

it("where Trusted Types are asked for, workers start by the policy “blindspots”", async () => {
  const visit = async (names) => {
    const asking = await under(`${STRICT}; require-trusted-types-for 'script'; trusted-types ${names}`);
    const { page, context, complaints } = await openPage(browser);
    await page.addInitScript(watch);
    const lab = await LabPage.open(page, asking.url);
    await lab.readings();
    const refused = await page.evaluate(() => globalThis.refused);
    const workers = page.workers().length;
    await context.close();
    await asking.close();
    return { refused, workers, complaints };
  };
  const { refused, workers, complaints } = await visit("blindspots lit-html");
  assert.deepEqual(refused, []);
  assert.ok(workers > 0, "the engine has a worker");
  assertQuiet(complaints);
  // Without that name the page works as well, without workers.
  const other = await visit("lit-html");
  assert.ok(other.refused.length > 0 && other.workers === 0, `${other.refused}, ${other.workers}`);
});

it("a visitor's file is read, and a picture saved, under a strict policy", async () => {
  const { page, complaints } = await openPage(browser);
  await page.addInitScript(watch);
  const lab = await LabPage.open(page, strict.url);
  const file = join(repository, "tests/fixtures/onnx/dynamo-dynamic.onnx");
  await page.getByLabel("Your ONNX file").setInputFiles(file);
  await page.getByTestId("own-loaded").waitFor();
  await lab.choose("fc10-1");
  await lab.fool.click();
  await lab.isFooled();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save PNG" }).click();
  assert.match((await saved).suggestedFilename(), /\.png$/);
  assert.deepEqual(await page.evaluate(() => globalThis.refused), []);
  assertQuiet(complaints);
});

describe("where WebAssembly may not run", () => {
  const without = STRICT.replace(" 'wasm-unsafe-eval'", "");
  const wasm = /Content-Security-Policy.*'wasm-unsafe-eval' to script-src/;

  it("the page says what the host has to add, in a worker and without one", async () => {
    for (const policy of [without, without.replace("worker-src 'self' blob:", "worker-src 'none'")]) {
      const forbidding = await under(policy);
      const { page, context } = await openPage(browser);
      await page.goto(forbidding.url);
      const notice = page.getByTestId("notice");
      await notice.waitFor();
      assert.match(await notice.textContent(), wasm, policy);
      await context.close();
      await forbidding.close();
    }
  });

  it("the library rejects with a code of its own; a policy that allows it is no obstacle", async () => {
    const open = async (policy, worker) => {
      const allowing = policy.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'");
      const one = await under(allowing);
      const { page, context } = await openPage(browser);
      await page.goto(`${one.pages}blank.html`);
      const code = await page.evaluate(
        async ({ url, worker }) => {
          const { BlindSpots } = await import(`${url}blindspots.js`);
          return BlindSpots.open({ backend: "cpu", worker }).then(
            () => null,
            ({ code }) => code,
          );
        },
        { url: one.url, worker },
      );
      await context.close();
      await one.close();
      return code;
    };
    for (const worker of [true, false]) {
      assert.equal(await open(without, worker), "forbidden-by-policy");
      assert.equal(await open(STRICT, worker), null);
    }
  });
});
