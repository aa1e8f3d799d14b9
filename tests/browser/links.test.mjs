// Links: what was seen is seen again, and what makes no sense in an address is named.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, it } from "node:test";
import { assertQuiet, launch, openPage } from "./lib/browser.mjs";
import { bundled, digits, LabPage } from "./lib/lab.mjs";
import { panels } from "./lib/panels.mjs";
import { host } from "./lib/server.mjs";

let browser, site;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser.close());
beforeEach(async () => {
  site = await host();
});
afterEach(() => site.close());

/** Opens an address of the page in a tab of its own. */
async function open(search = "", options = {}) {
  const { page, context, complaints } = await openPage(browser, options);
  const lab = await LabPage.open(page, site.url + search);
  const close = async () => {
    assertQuiet(complaints);
    await context.close();
  };
  return { page, lab, close };
}

/** Numbers of the images on the page: what the networks see, and what fooled one. */
const pixels = (page) =>
  page.evaluate(() => {
    const { fooling, image } = document.querySelector("bs-app").lab;
    return { image: [...(image ?? [])], example: fooling.example && [...fooling.example.image] };
  });

/** The link that the page hands out. */
async function copyLink(page) {
  await page.evaluate(() => {
    Object.defineProperty(navigator, "clipboard", {
      value: { writeText: async (text) => (globalThis.copied = text) },
      configurable: true,
    });
  });
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText(/^Copied: [\d,]+ characters\.$/).waitFor();
  return page.evaluate(() => globalThis.copied);
}

it("a link restores drawing, class, network, magnification, panel and the example, bit for bit", async () => {
  const first = await open();
  await first.lab.draw(digits[7]);
  await first.lab.readings();
  await first.lab.choose("fc200-200-10");
  await first.page.getByLabel("Method", { exact: true }).selectOption("nearest-boundary");
  await first.page.getByLabel("Target", { exact: true }).selectOption("3");
  await first.lab.fool.click();
  await first.lab.isFooled();
  await first.page
    .getByRole("slider", { name: /magnif|times|larger/i })
    .first()
    .fill("2");
  await first.page.getByRole("tab", { name: "The line and the plane" }).click();
  await first.page.getByRole("slider", { name: "Towards the twin" }).fill("0.5");
  const seen = await pixels(first.page);
  assert.equal(
    await first.page.getByTestId("link-holds").textContent(),
    "the drawing (one stroke), FC200-200-10, the target 3, nearest boundary, the example that was found, its magnification, the noise and the experiment below",
  );
  const link = await copyLink(first.page);
  assert.ok(link.startsWith(`${site.url}?`) && link.length < 1000, link);
  // The address says the same.
  await first.page.waitForURL(link);
  // Other choices do not find it, and a link does not promise that.
  for (const [name, other, chosen] of [
    ["Method", "ddn", "nearest-boundary"],
    ["Target", "2", "3"],
    ["Network to fool", "cnn", "fc200-200-10"],
  ]) {
    const select = first.page.getByLabel(name, { exact: true });
    await select.selectOption(other);
    await first.page.waitForURL((url) => !url.searchParams.has("result"));
    assert.doesNotMatch(await first.page.getByTestId("link-holds").textContent(), /example/, name);
    await select.selectOption(chosen);
    await first.page.waitForURL(link);
  }
  await first.close();

  const second = await open(link.slice(site.url.length));
  await second.lab.isFooled();
  assert.deepEqual(await pixels(second.page), seen);
  await second.page.locator("bs-experiments").scrollIntoViewIfNeeded();
  assert.match(await second.page.getByTestId("slice-view").getAttribute("data-a"), /^0\.5/);
  const state = await second.page.evaluate(() => {
    const { choices, fooling, notice } = document.querySelector("bs-app").lab;
    return {
      model: choices.model,
      target: choices.target,
      panel: choices.panel,
      factor: fooling.factor,
      notice,
    };
  });
  assert.deepEqual(state, { model: "fc200-200-10", target: 3, panel: "slice", factor: 2, notice: null });
  assert.equal(await copyLink(second.page), link, "a link of a link is the same link");
  await second.close();

  // Another result than the link's is said to be another one.
  const other = await open(
    link
      .slice(site.url.length)
      .replace(/result=\w/, (text) => text.slice(0, -1) + (text.endsWith("0") ? "1" : "0")),
  );
  await other.lab.isFooled();
  await other.page
    .getByTestId("notice")
    .getByText(/found elsewhere/)
    .waitFor();
  await other.close();
});

it("a drawing by hand comes back exactly, stroke by stroke, and an empty pad stays empty", async () => {
  const first = await open();
  await first.lab.draw([
    ...digits[7],
    [
      [0.3, 0.5],
      [0.62, 0.48],
    ],
    [[0.1, 0.9]],
  ]);
  await first.lab.readings();
  const { image } = await pixels(first.page);
  const link = await copyLink(first.page);
  const again = await open(link.slice(site.url.length));
  await again.lab.readings();
  assert.deepEqual((await pixels(again.page)).image, image);
  const other = await open("?sample=3");
  assert.notDeepEqual((await pixels(other.page)).image, image);
  await first.page.getByRole("button", { name: "Clear" }).click();
  const empty = await copyLink(first.page);
  assert.match(empty, /sample=none/);
  const blank = await open(empty.slice(site.url.length));
  assert.equal(await blank.lab.hasDrawing(), false);
  for (const { close } of [first, again, other, blank]) await close();
});

it("autorun begins the search, also where it is asked for before the networks are there", async () => {
  site.held.push(/fc100-100-10\.onnx\.gz$/);
  const { page, complaints } = await openPage(browser);
  await page.goto(`${site.url}?autorun=1&sample=3`);
  await page
    .getByTestId("progress")
    .getByText(/Waiting for/)
    .waitFor();
  site.release();
  const lab = new LabPage(page);
  await lab.isFooled();

  // So does the button.
  await page.goto("about:blank");
  site.held.push(/fc100-100-10\.onnx\.gz$/);
  await page.goto(`${site.url}?sample=4`);
  await lab.fool.click();
  await page
    .getByTestId("progress")
    .getByText(/Waiting for/)
    .waitFor();
  site.release();
  await lab.isFooled();
  // Networks that come later are shown the example, too.
  await page.waitForFunction(
    (count) => document.querySelector("bs-app").lab.fooling.comparison?.comparisons.length === count,
    bundled.length,
  );
  assertQuiet(complaints);
});

it("everything that makes no sense in an address is named in one notice", async () => {
  const search =
    "?model=resnet&target=12&method=magic&sample=100&backend=gpu&seed=-1&panel=sliec&units=nobody.1&transfer=tset,n300" +
    "&place=far&strokes=%25&label=x&times=1000&result=zz&autorun=yes&hide=tranfser,zzzz&lock=drawing&modle=cnn&utm_source=mail";
  const { page, lab, close } = await open(search);
  const words = await page.getByTestId("notice").locator("p").textContent();
  for (const named of [
    /model has no network “resnet”: there are fc10-1e-4, /,
    /target is a digit from 0 to 9, not “12”/,
    /method is one of szegedy, .*, not “magic”/,
    /sample is a number from 0 to 99, not “100”/,
    /backend is webgpu, cpu or auto, not “gpu”/,
    /seed is a whole number .*, not “-1”/,
    new RegExp(`panel is one of ${panels.join(", ")}, not “sliec”`),
    /units has no network “nobody”/,
    /transfer is made of words .*, not “tset,n300”/,
    /place is two numbers .*, not “far”/,
    /strokes is a drawing as this page writes it, not “%”/,
    /label is a digit from 0 to 9, not “x”/,
    /times is a number from 1 to 100, not “1000”/,
    /result is eight letters from 0 to f, not “zz”/,
    /autorun is 1 or nothing, not “yes”/,
    /hide has no part “tranfser”; “transfer” may be meant/,
    /hide has no part “zzzz”: there are title, /,
    /lock has no part “drawing”: there are draw, /,
    /“modle” is not known here; “model” may be meant/,
  ])
    assert.match(words, named);
  assert.doesNotMatch(words, /utm_source/, "what others add to addresses is theirs");
  // All is as usual.
  const readings = await lab.readings();
  assert.equal(Object.keys(readings).length, bundled.length);
  await close();
});

it("what is said later stands below what was said, once, and what was dismissed is gone", async () => {
  const { page, lab, close } = await open("?target=4&label=4&autorun=1&result=00000000");
  await lab.isFooled();
  const notice = page.getByTestId("notice");
  await notice.getByText(/found elsewhere/).waitFor();
  const said = await notice.locator("p").allTextContents();
  assert.equal(said.length, 2, said.join(" | "));
  assert.match(said[0], /^In the address, target and label are both 4/);
  assert.match(said[1], /found elsewhere/);
  // The same once more comes last, and once.
  const again = (words) =>
    page.evaluate((words) => document.querySelector("bs-app").lab.tell(() => words), words);
  await again(said[0]);
  await again(said[0]);
  assert.deepEqual(await notice.locator("p").allTextContents(), [said[1], said[0]]);
  // A switch that succeeds takes nothing of it away.
  await lab.use("cpu");
  assert.equal(await notice.locator("p").count(), 2);
  await notice.getByRole("button", { name: "Dismiss" }).click();
  await again("Something else.");
  assert.deepEqual(await notice.locator("p").allTextContents(), ["Something else."]);
  await close();
});

it("what is not known in an address is shown short, but never with half a character", async () => {
  for (const place of [38, 39, 40]) {
    const { page, close } = await open(`?model=${"x".repeat(place)}\u{1f600}\u{1f600}`);
    const words = await page.getByTestId("notice").textContent();
    assert.match(words, /model has no network “x{38,40}(\u{1f600})?…”/u);
    assert.ok(words.isWellFormed?.() ?? true);
    assert.doesNotMatch(words, /[\ufffd\ud800-\udfff]/u);
    await close();
  }
});

it("contradictions are named, sense is not", async () => {
  for (const [search, named] of [
    ["?label=3&target=3", /target and label are both 3/],
    ["?strokes=AgAAAgI&sample=4", /strokes and sample are two digits/],
    ["?model=cnn&model=fc10-1", /model is there more than once: “cnn” counts, not “fc10-1”/],
    ["?hide=own&hide=about", /hide is there more than once: “own” counts, not “about”/],
    ["?units=fc100-100-10.9", /units names layer 9 of fc100-100-10, whose last is 2/],
    ["?units=fc100-100-10.0&panel=units", /units names layer 0 of fc100-100-10/],
    ["?model=constructor", /model has no network “constructor”/],
    ["?method=constructor", /method is one of szegedy, .*, not “constructor”/],
    ["?method=__proto__", /method is one of szegedy, .*, not “__proto__”/],
    ["?sample=7&target=7", null],
    ["?model=cnn&model=cnn&utm=1&utm=2&units=fc100-100-10.2&method=boundary", null],
    ["?hide=own,about&lock=draw,model&sample=none&times=2.5&place=-1,0.25", null],
  ]) {
    const { page, close } = await open(search);
    if (named) assert.match(await page.getByTestId("notice").locator("p").textContent(), named);
    else assert.equal(await page.getByTestId("notice").count(), 0, search);
    await close();
  }
});

it("addresses of a megabyte, hostile ones, and the way back and forward do no harm", async () => {
  const { page, complaints } = await openPage(browser);
  const long = "A".repeat(1_000_000);
  for (const search of [
    `?strokes=${long}`,
    `?model=${long}`,
    `?hide=${"x,".repeat(300_000)}`,
    `?model=<img src=x onerror=alert(1)>&hide=%3Cscript%3E`,
  ]) {
    await page.goto(site.url + search);
    await new LabPage(page).isReady();
    const words = await page.getByTestId("notice").locator("p").textContent();
    assert.ok(words.length < 20_000, `${words.length} characters`);
    assert.equal(await page.locator("bs-app img").count(), 0);
  }
  await page.goto(`${site.url}?sample=5`);
  const lab = new LabPage(page);
  await lab.readings();
  await page.goto("about:blank");
  await page.goBack();
  await lab.readings();
  assert.match(page.url(), /sample=5/);
  assertQuiet(complaints);
});

it("locked controls stay as they are", async () => {
  const { page, lab, close } = await open("?lock=draw,model,target,method,label&sample=3");
  for (const name of ["Network to fool", "Target", "Method", "True digit"]) {
    assert.ok(await page.getByLabel(name, { exact: true }).isDisabled(), name);
  }
  const before = await pixels(page);
  await lab.draw(digits[7]);
  await page.getByTestId("pad").press("Delete");
  assert.deepEqual(await pixels(page), before);
  await lab.fool.click();
  await lab.isFooled();
  await close();
  const free = await open("?sample=3");
  await free.lab.draw(digits[7]);
  await free.lab.readings();
  assert.notDeepEqual(await pixels(free.page), before);
  await free.close();
});

it("elements on somebody else's page leave its address alone, unless one is asked to keep it", async () => {
  for (const [attributes, kept] of [
    ["", false],
    ['settings="sample=7&hide=own&model=cnn"', false],
    ['settings="sample=7&model=cnn" address', true],
  ]) {
    const { page, context, complaints } = await openPage(browser);
    await page.goto(`${site.pages}blank.html?sample=5&model=nothing`);
    await page.evaluate(
      ([url, attributes]) => {
        document.body.innerHTML = `<bs-pad></bs-pad><bs-attack ${attributes}></bs-attack><bs-readings></bs-readings>`;
        return import(`${url}elements.js`);
      },
      [site.url, attributes],
    );
    const lab = new LabPage(page);
    await lab.isReady();
    const state = await page.evaluate(() => {
      const { choices, sample, hidden, notice } = document.querySelector("bs-pad").lab;
      return { model: choices.model, sample, hidden: [...hidden], notice: notice?.said[0].text ?? "" };
    });
    const set = attributes !== "";
    assert.equal(state.sample, kept ? 5 : set ? 7 : 42);
    assert.equal(state.model, kept || !set ? "fc100-100-10" : "cnn");
    assert.equal(/no network “nothing”/.test(state.notice), kept);
    assert.deepEqual(state.hidden, set && !kept ? ["own"] : []);
    await lab.choose("fc200-200-10");
    await page.waitForTimeout(500);
    assert.equal(/fc200-200-10/.test(page.url()), kept);
    assertQuiet(complaints);
    await context.close();
  }
});

it("the dialog makes a frame or an element for what is seen, with a preview of it", async () => {
  const { page, lab, close } = await open("?sample=3");
  await lab.choose("cnn");
  await page.getByRole("button", { name: "Embed …" }).click();
  const dialog = page.getByRole("dialog", { name: "Embed" });
  const code = () => dialog.getByTestId("embed-code").inputValue();
  const frame = await code();
  assert.match(frame, /<iframe\s+src="http[^"]*\?model=cnn&amp;sample=3&amp;hide=title,/);
  assert.match(frame, /<script src="http:[^"]*\/embed\.js"><\/script>/);
  await dialog.getByLabel("the network", { exact: true }).check();
  await dialog.getByLabel("title", { exact: true }).uncheck();
  await dialog.getByLabel("It fools the network by itself").check();
  await dialog.getByLabel("Width in pixels").fill("700");
  const wished = await code();
  assert.match(wished, /autorun=1/);
  assert.match(wished, /lock=model/);
  assert.match(wished, /width="700"/);
  assert.doesNotMatch(wished, /hide=title/);
  const preview = new LabPage(dialog.getByTestId("embed-preview").contentFrame(), page);
  await preview.isFooled();
  assert.ok(await preview.place.getByLabel("Network to fool").isDisabled());
  await dialog.getByLabel(/As an element/).check();
  const element = await code();
  assert.match(element, /<bs-app settings="model=cnn&amp;sample=3&amp;autorun=1&amp;hide=/);
  assert.match(await dialog.getByText(/A first visit fetches about/).textContent(), /about [\d,]+ KB/);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await close();
});
