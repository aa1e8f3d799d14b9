// Files of the site that are not those it was built with: each is noticed and named, and nothing of it runs.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { pathToFileURL } from "node:url";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { LabPage } from "./lib/lab.mjs";
import { broken, host, page as asPage, repository, SITE } from "./lib/server.mjs";

let browser;
before(async () => {
  // A name that leads here, whose pages are not from a safe origin as those of 127.0.0.1 are.
  const more = ["--host-resolver-rules=MAP plain.test 127.0.0.1"];
  browser = await launch({ webgpu: false, more });
});
after(() => browser.close());

const onnx = readFileSync(join(repository, "tests/fixtures/onnx/dynamo-dynamic.onnx")).toString("base64");

/** What becomes of each use of the site's files where those that match are damaged. */
async function uses(pattern, { address = (url) => url, worker = true, packed = false } = {}) {
  const site = await host({ packed });
  if (pattern) site.damaged.push(pattern);
  const { page, context } = await openPage(browser);
  await page.goto(address(`${site.pages}blank.html`));
  const found = await page.evaluate(
    async ({ url, onnx, worker }) => {
      const { BlindSpots, BlindSpotsError } = await import(`${url}blindspots.js`);
      const outcome = async (attempt) => {
        try {
          await attempt();
          return "fine";
        } catch (error) {
          return error instanceof BlindSpotsError ? `${error.code}: ${error.message}` : String(error);
        }
      };
      let lab;
      const open = await outcome(async () => (lab = await BlindSpots.open({ worker })));
      const file = Uint8Array.from(atob(onnx), (letter) => letter.charCodeAt(0));
      const found = {
        open,
        list: await outcome(() => BlindSpots.bundled()),
        bundled: lab && (await outcome(() => lab.load("fc10-1"))),
        gallery: lab && (await outcome(() => lab.digits())),
        test: lab && (await outcome(() => lab.digits("test"))),
        file: lab && (await outcome(() => lab.load(file))),
      };
      lab?.close();
      return { found, secure: isSecureContext };
    },
    { url: address(site.url), onnx, worker },
  );
  await context.close();
  await site.close();
  return found;
}

/** Of these uses only the named ones fail, and name the file. */
async function assertNoticed(pattern, name, failing, options) {
  const { found, secure } = await uses(pattern, options);
  assert.ok(secure);
  for (const [use, result] of Object.entries(found)) {
    if (result === undefined) continue;
    if (failing.includes(use)) assert.match(result, new RegExp(`^damaged-file: “${name}”`), use);
    else assert.equal(result, "fine", `${use} without ${name}`);
  }
  assert.equal(failing.filter((use) => found[use] === undefined).length, 0);
}

it("whole files are taken as they are", async () => {
  const { found } = await uses(null);
  assert.deepEqual([...new Set(Object.values(found))], ["fine"]);
});

it("a damaged engine does not run", async () => {
  await assertNoticed(/blindspots_bg-.*\.wasm\.gz$/, "assets/blindspots_bg-.*\\.wasm\\.gz", ["open"]);
});

it("nor does it on the page's own thread", async () => {
  const name = "assets/blindspots_bg-.*\\.wasm\\.gz";
  await assertNoticed(/blindspots_bg-.*\.wasm\.gz$/, name, ["open"], { worker: false });
});

it("a damaged importer does not run", async () => {
  const [pattern, name] = [/importer_bg-.*\.wasm\.gz$/, "assets/blindspots_importer_bg-.*\\.wasm\\.gz"];
  await assertNoticed(pattern, name, ["bundled", "file"]);
});

it("a damaged network, card, list or set of digits is not read", async () => {
  await assertNoticed(/fc10-1\.onnx\.gz$/, "models/fc10-1\\.onnx\\.gz", ["bundled"]);
  await assertNoticed(/fc10-1\.json$/, "models/fc10-1\\.json", ["bundled"]);
  await assertNoticed(/index\.json$/, "models/index\\.json", ["list"]);
  await assertNoticed(/t10k-labels/, "models/t10k-labels-idx1-ubyte\\.gz", ["test"]);
  // The gallery is also what a visitor's file is shown.
  await assertNoticed(/gallery-images/, "models/gallery-images-idx3-ubyte\\.gz", ["gallery", "file"]);
});

it("what a host has unpacked on the way is the same file, or a damaged one", async () => {
  const { found } = await uses(null, { packed: true });
  assert.deepEqual([...new Set(Object.values(found))], ["fine"]);
  const options = { packed: true };
  await assertNoticed(/t10k-labels/, "models/t10k-labels-idx1-ubyte\\.gz", ["test"], options);
  await assertNoticed(/fc10-1\.onnx\.gz$/, "models/fc10-1\\.onnx\\.gz", ["bundled"], options);
});

it("where the browser computes no hashes, files are taken as they come", async () => {
  const plain = { address: (url) => url.replace("127.0.0.1", "plain.test") };
  const whole = await uses(null, plain);
  assert.deepEqual([whole.secure, ...new Set(Object.values(whole.found))], [false, "fine"]);
  const { found } = await uses(/fc10-1\.json$/, plain);
  assert.doesNotMatch(found.bundled, /^damaged-file/, "the last byte of a card is a line's end");
  // A packed file says itself how long it is.
  const network = await uses(/fc10-1\.onnx\.gz$/, plain);
  assert.match(network.found.bundled, /^damaged-file: “models\/fc10-1\.onnx\.gz”/);
});

it("the page says which network's file is damaged, and the others work", async () => {
  const site = await host();
  site.damaged.push(/^models\/cnn\.onnx\.gz$/);
  const { page, complaints } = await openPage(browser);
  await page.goto(site.url);
  const lab = new LabPage(page);
  await lab.isReady({ failed: ["cnn"] });
  await lab.row("cnn").locator("summary").click();
  await page
    .getByText(/“models\/cnn\.onnx\.gz” is not the file that this site was built with/)
    .first()
    .waitFor();
  assertQuiet(complaints);
  await site.close();
});

it("every script and style that the page begins with has its hash, and none runs that is damaged", async () => {
  const html = readFileSync(join(SITE, "index.html"), "utf8");
  const tags = html.match(/<script[^>]*>|<link rel="(?:stylesheet|modulepreload)[^>]*>/g);
  const hashed = tags.filter((tag) => / integrity="sha384-[\w+/]{64}"/.test(tag));
  // What says that the others are missing must load wherever it is.
  const others = tags.filter((tag) => !hashed.includes(tag));
  assert.ok(hashed.length >= 4 && others.length === 1 && others[0].includes("start.js"), html);
  // All that these import is among them.
  const files = [...html.matchAll(/\.\/assets\/([\w.-]+\.js)/g)].map(([, name]) => name);
  for (const name of files) {
    const code = readFileSync(join(SITE, "assets", name), "utf8");
    const imported = [...code.matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g)];
    for (const [, other] of imported) assert.ok(files.includes(other), `${name} imports ${other}`);
  }
  assert.ok(files.length < readdirSync(join(SITE, "assets")).length);
  for (const name of files) {
    const site = await host();
    site.damaged.push(new RegExp(`${name.replaceAll(".", "\\.")}$`));
    const { page, context, complaints } = await openPage(browser);
    await page.goto(site.url);
    await page.waitForLoadState("networkidle");
    assert.ok(
      complaints.some((words) => /integrity/.test(words)),
      `${name}: ${complaints.join(" ")}`,
    );
    await page.getByText(/The page could not start: .* its script is missing or damaged/).waitFor();
    await context.close();
    await site.close();
  }
});

it("where a script breaks off the page says to reload it, and only then what its host can do", async () => {
  const html = readFileSync(join(SITE, "index.html"), "utf8");
  const [, name] = html.match(/\.\/assets\/(app-[\w-]+\.js)/);
  for (const [lang, reload, advice] of [
    ["en", "Reload it", "whole folder"],
    ["de", "Lade sie neu", "ganze Ordner"],
    ["es", "Recárgala", "carpeta completa"],
    ["fr", "Rechargez-la", "dossier entier"],
    ["zh", "请重新加载页面", "整个网站文件夹"],
  ]) {
    const site = await host();
    site.otherwise.push([new RegExp(name), broken]);
    const { page, context } = await openPage(browser);
    await page.goto(`${site.url}?lang=${lang}`);
    const said = page.locator("#before-start", { hasText: advice });
    await said.waitFor();
    const words = await said.textContent();
    assert.ok(words.includes(reload) && words.indexOf(reload) < words.indexOf(advice), words);
    // It comes, and the page is there.
    site.otherwise.length = 0;
    await page.reload();
    await new LabPage(page).isReady();
    await context.close();
    await site.close();
  }
});

it("whole files that a host calls web pages are taken, and web pages are not", async () => {
  const site = await host();
  site.otherwise.push([/\.(gz|json)$/, asPage()]);
  const { page, complaints } = await openPage(browser);
  await LabPage.open(page, site.url);
  assert.equal(await page.getByTestId("notice").count(), 0);
  site.otherwise.length = 0;
  for (const text of ["<!doctype html><title>Log in</title>", "\ufeff\n  <html></html>", ""]) {
    site.otherwise.unshift([/^models\/cnn\.onnx\.gz$/, asPage(text)]);
    await page.goto(site.url);
    const lab = new LabPage(page);
    await lab.isReady({ failed: ["cnn"] });
    await lab.row("cnn").locator("summary").click();
    await lab
      .row("cnn")
      .getByText("cnn.onnx.gz is missing: the server answered with a web page instead.")
      .waitFor();
  }
  assertQuiet(complaints);
  await site.close();
});

it("a page that is opened from the disk says that it needs a web server, in the visitor's language", async () => {
  const page = pathToFileURL(join(SITE, "index.html")).href;
  for (const [search, words, tag] of [
    ["?lang=en", /opened from the disk, and it needs a web server.* python3 -m http\.server/, "en"],
    ["?lang=de", /von der Festplatte geöffnet und braucht einen Webserver/, "de"],
    ["?lang=es", /se abrió desde el disco y necesita un servidor web/, "es"],
    ["?lang=fr", /ouverte depuis le disque et a besoin d’un serveur web/, "fr"],
    ["?lang=zh", /从磁盘打开的，而它需要网页服务器/, "zh"],
    // Every object has something of that name.
    ["?lang=constructor", /opened from the disk/, "en"],
  ]) {
    const { page: tab, context } = await openPage(browser);
    await tab.goto(page + search);
    const said = tab.locator("#before-start", { hasText: words });
    await said.waitFor();
    assert.equal(await said.getAttribute("lang"), tag);
    assert.doesNotMatch(await said.textContent(), /missing or damaged/);
    await context.close();
  }
});
