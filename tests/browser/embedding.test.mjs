// The site on pages of course systems: draw, read and fool in each, with one table of what was seen.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { foolATwo, LabPage } from "./lib/lab.mjs";
import { ofCanvas, ofCleanedMoodle, ofTrustedMoodle } from "./lib/sanitised.mjs";
import { host } from "./lib/server.mjs";

/** What docs/EMBEDDING.md says a strict policy has to allow. */
const STRICT =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
  "connect-src 'self'; worker-src 'self' blob:; font-src 'self'; frame-src 'self'";

let browser;
const seen = [];
before(async () => {
  browser = await launch({ webgpu: false });
});
after(async () => {
  await browser.close();
  console.table(seen);
});

const written = (name) => readFile(new URL(`./pages/embedding/${name}.html`, import.meta.url), "utf8");

/** A page as a course system makes it of what a teacher has written. */
const within = async (clean) => {
  const html = await written("frame");
  const [, body] = /<body>([\s\S]*)<\/body>/.exec(html);
  return html.replace(body, () =>
    clean(body.replaceAll(/\s*\n\s*/g, " ").replaceAll(" ></iframe>", "></iframe>")),
  );
};

/** A page with its frame in a sandbox with these permissions only. */
const sandboxed = async (permissions) =>
  (await written("frame")).replace(/sandbox="[^"]*"/, `sandbox="${permissions}"`);

const ways = [
  { name: "plain HTML, frame", page: () => written("frame"), frame: true, fits: true },
  { name: "plain HTML, elements", page: () => written("elements"), frame: false },
  { name: "strict policy, frame", page: () => written("frame"), policy: STRICT, frame: true, fits: true },
  { name: "strict policy, elements", page: () => written("elements"), policy: STRICT, frame: false },
  { name: "strictest sandbox", page: () => sandboxed("allow-scripts"), frame: true, fits: true },
  { name: "MkDocs", page: () => written("mkdocs"), frame: true, fits: true },
  { name: "Jupyter Book", page: () => written("jupyter-book"), frame: true, fits: true },
  { name: "Moodle, trusted", page: () => within(ofTrustedMoodle), frame: true, fits: true },
  { name: "Canvas", page: () => within(ofCanvas), frame: true, fits: false },
];

for (const { name, page: make, policy, frame, fits } of ways) {
  it(`${name}: draws, reads and fools`, async () => {
    const site = await host({
      folder: "/lab/",
      made: { "/lesson.html": Buffer.from(await make()) },
      headers: policy ? { "Content-Security-Policy": policy } : {},
    });
    const { page, context, complaints } = await openPage(browser, {
      viewport: { width: 1100, height: 1500 },
    });
    try {
      await page.goto(new URL("/lesson.html", site.url).href);
      const lab = new LabPage(frame ? page.frameLocator("iframe") : page, page);
      if (frame) await page.locator("iframe").scrollIntoViewIfNeeded();
      await lab.isReady();
      const { adversarial } = await foolATwo(lab);
      const height = frame && (await page.locator("iframe").evaluate(({ clientHeight }) => clientHeight));
      seen.push({
        page: name,
        shown: frame ? "frame" : "elements",
        read: 2,
        fooled: adversarial["fc100-100-10"].label,
        height: frame ? height : "its own",
        complaints: complaints.length,
      });
      if (frame) {
        const inside = await (
          await (await page.$("iframe")).contentFrame()
        ).evaluate(() => Math.ceil(document.documentElement.getBoundingClientRect().height));
        assert.equal(height === inside, fits, `the frame has ${height} px, the page in it ${inside}`);
        if (!fits) assert.equal(height, 1600, "as its height attribute says");
      }
      assertQuiet(complaints);
    } finally {
      await context.close();
      await site.close();
    }
  });
}

it("a policy without WebAssembly, the control, keeps the page from computing", async () => {
  const site = await host({
    folder: "/lab/",
    made: { "/lesson.html": Buffer.from(await written("elements")) },
    headers: { "Content-Security-Policy": STRICT.replace(" 'wasm-unsafe-eval'", "") },
  });
  const { page, context } = await openPage(browser);
  await page.goto(new URL("/lesson.html", site.url).href);
  await page
    .locator('[data-testid="reading"][data-state="ready"]')
    .first()
    .waitFor({ timeout: 8000 })
    .then(
      () => assert.fail("it computes all the same"),
      () => undefined,
    );
  await context.close();
  await site.close();
});

it("Moodle's forums and Canvas leave no script, and Moodle's forums no frame", async () => {
  assert.match(await within(ofTrustedMoodle), /<script src/);
  const canvas = await within(ofCanvas);
  assert.doesNotMatch(canvas, /<script|loading=/);
  assert.match(canvas, /<iframe src="\/lab\/" title="[^"]+" sandbox="allow-scripts allow-downloads" width/);
  assert.doesNotMatch(await within(ofCleanedMoodle), /<iframe|<script/);
});
