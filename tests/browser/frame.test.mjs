// The site in a frame that is as tall as what is in it: what it tells the page around it, what `embed.js` makes
// of that, and what a sandbox's permissions are for.

import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, describe, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { foolATwo, LabPage } from "./lib/lab.mjs";
import { host } from "./lib/server.mjs";

let browser;
let site;
before(async () => {
  browser = await launch({ webgpu: false });
  site = await host({ folder: "/lab/" });
});
after(async () => {
  await browser.close();
  await site.close();
});

/** A page of another origin with one frame of the site. */
function course({
  at = site,
  sandbox,
  query = "",
  css = "",
  script = `${at.url}embed.js`,
  first = "",
  more = "",
} = {}) {
  const permissions = sandbox === undefined ? "" : ` sandbox="${sandbox}"`;
  return `<!doctype html><html lang="en-GB"><meta charset="utf-8" /><title>A course</title>
    <link rel="icon" href="data:," />
    <style>iframe { width: 100%; height: 400px; border: 0 } ${css}</style>
    <script>
      globalThis.said = [];
      addEventListener("message", ({ data, origin }) => said.push({ ...data, origin }));
    </script>
    ${first}
    <iframe id="lab" title="Blind Spots" src="${at.url}${query}"${permissions}></iframe>${more}
    ${script ? `<script src="${script}"></script>` : ""}</html>`;
}

/** Opens such a page; gives it with its frame. */
async function opened(options, viewport = { width: 1100, height: 800 }) {
  const around = await host({
    folder: "/nothing/",
    made: { "/course.html": Buffer.from(course(options)) },
  });
  const { page, context, complaints } = await openPage(browser, { viewport });
  await page.goto(new URL("/course.html", around.url).href);
  const frame = await (await page.waitForSelector("#lab")).contentFrame();
  return { around, page, context, complaints, frame, lab: new LabPage(page.frameLocator("#lab"), page) };
}

const boxHeight = (page, name = "lab") =>
  page.evaluate((name) => document.getElementById(name).getBoundingClientRect().height, name);
const contentHeight = (frame) =>
  frame.evaluate(() => Math.ceil(document.documentElement.getBoundingClientRect().height));

/** Waits until the frame is as tall as what is in it. */
async function fits({ page, frame }) {
  for (let tries = 0; tries < 100; tries++) {
    const [box, content] = [await boxHeight(page), await contentHeight(frame)];
    if (box === content && box > 400) return box;
    await page.waitForTimeout(100);
  }
  assert.fail(`the frame is ${await boxHeight(page)} px, the page in it ${await contentHeight(frame)} px`);
}

/** The heights said so far, once none has come for a while. */
async function settled(page) {
  let count = -1;
  for (;;) {
    const said = await page.evaluate(() => globalThis.said);
    if (said.length === count) return said;
    count = said.length;
    await page.waitForTimeout(800);
  }
}

describe("the frame's height", () => {
  let all;
  afterEach(async () => {
    await all.context.close();
    await all.around.close();
  });

  it("grows and shrinks with the page, and comes to rest", async () => {
    all = await opened();
    const { page, frame, lab, complaints } = all;
    await lab.isReady();
    const tall = await fits(all);
    const scrolls = () =>
      frame.evaluate(() => document.documentElement.scrollHeight > document.documentElement.clientHeight);
    assert.equal(await scrolls(), false, "nothing is cut off");
    // Narrower it is taller, wider it is as before.
    await page.setViewportSize({ width: 400, height: 800 });
    await page.waitForTimeout(300);
    const narrow = await fits(all);
    assert.ok(narrow > tall + 200, `${narrow} px at a width of 400, ${tall} at 1100`);
    await page.setViewportSize({ width: 1100, height: 800 });
    await page.waitForTimeout(300);
    assert.equal(await fits(all), tall);
    // So does what the page hides and shows.
    await frame.evaluate(() => document.querySelector("bs-app").setAttribute("hidden", ""));
    await frame.evaluate(() => document.body.append(document.createElement("p")));
    const rest = (await settled(page)).at(-1);
    await frame.evaluate(() => document.querySelector("bs-app").removeAttribute("hidden"));
    assert.ok(rest.height < 100, `without its app the page is ${rest.height} px`);
    await frame.evaluate(() => document.querySelector("body > p").remove());
    assert.equal(await fits(all), tall);
    const { length } = await settled(page);
    await page.waitForTimeout(1500);
    assert.equal((await settled(page)).length, length, "no message follows from the last one");
    assertQuiet(complaints);
  });

  it("comes to rest at any width", async () => {
    all = await opened();
    const { page, lab } = all;
    await lab.isReady();
    for (const width of [320, 500, 735, 736, 767, 768, 1000, 1200, 1216, 1217, 1600]) {
      await page.setViewportSize({ width, height: 700 });
      await page.waitForTimeout(200);
      await fits(all);
      const { length } = await settled(page);
      await page.waitForTimeout(500);
      assert.equal((await settled(page)).length, length, `at ${width} px`);
    }
  });

  it("counts the frame's own border where the page's style does", async () => {
    all = await opened({ css: "iframe { box-sizing: border-box; border: 7px solid; padding: 3px 0 }" });
    const { page, frame, lab } = all;
    await lab.isReady();
    await settled(page);
    const inside = await frame.evaluate(() => innerHeight);
    assert.equal(inside, await contentHeight(frame));
    assert.equal(await boxHeight(page), inside + 20);
  });

  it("is heard of by a script that comes late, and stays as it was without one", async () => {
    all = await opened({ script: "" });
    const { page, lab } = all;
    await lab.isReady();
    await settled(page);
    assert.equal(await boxHeight(page), 400, "nobody listened");
    await page.addScriptTag({ url: `${site.url}embed.js` });
    await fits(all);
  });

  it("is that of a copy's site where the script is kept elsewhere", async () => {
    const { readFile } = await import("node:fs/promises");
    const copy = await readFile(new URL("../../www/public/embed.js", import.meta.url), "utf8");
    all = await opened({
      script: "",
      more: `<script data-site="${site.url}">${copy.replaceAll("</script>", "<\\/script>")}</script>`,
    });
    await all.lab.isReady();
    await fits(all);
  });
});

describe("other messages", () => {
  let all;
  beforeEach(async () => {
    // Beside the lab, in a frame of the course's own origin and in one with another page of the site's host.
    const other = `<iframe id="other" title="Something else" srcdoc="<p>no lab</p>"></iframe>
      <iframe id="beside" title="Another folder" src="${site.pages}blank.html"></iframe>`;
    all = await opened({ more: other });
    await all.lab.isReady();
    await fits(all);
    await settled(all.page);
  });
  afterEach(async () => {
    await all.context.close();
    await all.around.close();
  });

  /** Sends a message from a frame to the course; gives the heights of all three frames afterwards. */
  async function after(from, message) {
    const { page } = all;
    const frame = await (await page.$(`#${from}`)).contentFrame();
    const before = await page.evaluate(() => globalThis.said.length);
    await frame.evaluate((message) => parent.postMessage(message, "*"), message);
    await page.waitForFunction((before) => globalThis.said.length > before, before);
    return Promise.all(["lab", "other", "beside"].map((name) => boxHeight(page, name)));
  }

  it("of another shape change nothing, and one of the right shape does", async () => {
    const type = "blindspots:height";
    const [tall] = await after("lab", {});
    for (const message of [
      null,
      1234,
      "blindspots:height",
      { height: 1234 },
      { type: "height", height: 1234 },
      { type },
      { type, height: "1234" },
      { type, height: [1234] },
      { type, height: NaN },
      { type, height: Infinity },
      { type, height: -1234 },
      { type, height: 1 },
      { type, height: 1e6 },
    ]) {
      const heights = await after("lab", message);
      assert.deepEqual(heights, [tall, 400, 400], JSON.stringify(message));
    }
    // The control: the same way, a good one.
    assert.deepEqual(await after("lab", { type, height: 1234 }), [1234, 400, 400]);
  });

  it("of other frames change nothing, wherever they come from", async () => {
    const message = { type: "blindspots:height", height: 1234 };
    const [tall] = await after("lab", {});
    assert.deepEqual(await after("other", message), [tall, 400, 400]);
    assert.deepEqual(await after("beside", message), [tall, 400, 400], "the same host, another folder");
    // The control: as the frame's own it counts.
    assert.deepEqual(await after("lab", message), [1234, 400, 400]);
  });

  it("of another origin in the same frame change nothing", async () => {
    const { page, around } = all;
    // The frame's element still names the site, but what is in it has gone elsewhere.
    const frame = await (await page.$("#lab")).contentFrame();
    await frame.goto(`${around.pages}blank.html`);
    const [tall] = await after("lab", {});
    assert.deepEqual(await after("lab", { type: "blindspots:height", height: 1234 }), [tall, 400, 400]);
    // The control: back at the site it counts.
    await frame.goto(site.url);
    await all.lab.isReady();
    await settled(page);
    assert.deepEqual(await after("lab", { type: "blindspots:height", height: 1234 }), [1234, 400, 400]);
  });
});

describe("a sandbox", () => {
  let all;
  let closed = null;
  afterEach(async () => {
    await all.context.close();
    await all.around.close();
    await closed?.close();
  });

  /** Draws and fools in it, a network that is not the first chosen. */
  async function fooled() {
    const { lab } = all;
    await lab.isReady();
    await foolATwo(lab, "cnn");
  }

  /** Whether pressing "PNG" brings a file. */
  async function saves() {
    const { page, lab } = all;
    const arriving = page.waitForEvent("download", { timeout: 3000 }).then(
      () => true,
      () => false,
    );
    await lab.place.getByRole("button", { name: "Save PNG" }).click();
    return arriving;
  }

  /** Whether something opens in a tab of its own. */
  async function opens(link, options) {
    const { context, lab } = all;
    const arriving = context.waitForEvent("page", { timeout: 3000 }).then(
      () => true,
      () => false,
    );
    // The papers lie elsewhere: where they are is not asked.
    await context.route(/arxiv\.org/, (route) => route.fulfill({ body: "a paper" }));
    await lab.place.getByRole("link", { name: link }).first().click(options);
    return arriving;
  }
  /** A link within the site, where the visitor asks the browser for a tab: no permission is needed. */
  const asked = () => opens("licences of parts", { modifiers: ["Control"] });
  /** A link to a paper. */
  const papers = () => opens("Christian Szegedy and six colleagues");

  /** The network that the frame's address names, which follows a moment later. */
  const address = async () => {
    await all.frame.waitForFunction(() => location.search.includes("model="));
    return all.frame.evaluate(() => new URLSearchParams(location.search).get("model"));
  };

  for (const [permissions, permitted] of [
    ["allow-scripts", { address: "cnn", saves: false, asked: true, papers: false }],
    ["allow-scripts allow-same-origin", { address: "cnn", saves: false, asked: true, papers: false }],
    ["allow-scripts allow-downloads", { address: "cnn", saves: true, asked: true, papers: false }],
    ["allow-scripts allow-popups", { address: "cnn", saves: false, asked: true, papers: true }],
  ]) {
    it(`of ${permissions} lets the page work, and its height be heard`, async () => {
      all = await opened({ sandbox: permissions });
      await fooled();
      await fits(all);
      assertQuiet(all.complaints);
      const said = await settled(all.page);
      const origin = permissions.includes("same-origin") ? new URL(site.url).origin : "null";
      assert.ok(said.length > 0 && said.every((message) => message.origin === origin));
      const seen = {
        address: await address(),
        saves: await saves(),
        papers: await papers(),
        asked: await asked(),
      };
      assert.deepEqual(seen, permitted);
    });
  }

  it("needs allow-same-origin where the host lets no other origin read its files", async () => {
    closed = await host({ folder: "/lab/", shared: false });
    all = await opened({ at: closed, sandbox: "allow-scripts" });
    const words = all.lab.place.locator("#before-start", { hasText: "Access-Control-Allow-Origin" });
    await words.waitFor();
    await all.context.close();
    await all.around.close();
    all = await opened({ at: closed, sandbox: "allow-scripts allow-same-origin" });
    await fooled();
    await fits(all);
    assertQuiet(all.complaints);
  });
});
