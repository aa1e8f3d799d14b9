// The story in five chapters, as a visitor reads it: what one does in each, and when it is done.

import { openPage } from "./browser.mjs";

/** Ten networks and a proof on a busy machine. */
const PATIENCE = 240_000;

/** What a chapter takes to be filled, by its name. */
const fill = {
  async spots(page, chapter) {
    await chapter.getByRole("button", { name: "Fool the network" }).click();
    await said(page, "spots", /^Fooled: /);
  },
  async noise(page) {
    await said(page, "noise", /^Of [\d,]+ random changes of /);
  },
  async transfer(page) {
    await said(page, "transfer", /^Made for .+, it fools \d+ of the other 1\d networks/);
  },
  async units(page, chapter) {
    await chapter.getByRole("button", { name: "Row A is the unit" }).click({ timeout: PATIENCE });
  },
  async bounds(page) {
    await page.locator('[data-testid="bounds-story"][data-fresh="true"]').waitFor({ timeout: PATIENCE });
  },
};

/** A phone's window. */
export const PHONE = { width: 390, height: 844 };

/** Opens the site's page; at rest, when the visitor's own machine has found what it opens with. */
export async function openStory(browser, site, { rest = true, ...options } = {}) {
  const opened = await openPage(browser, { viewport: PHONE, ...options });
  const { page } = opened;
  await page.goto(site.url);
  if (rest)
    await page
      .getByTestId("opening-made")
      .getByText(/on your machine/)
      .waitFor({ timeout: PATIENCE });
  return opened;
}

/** Names of the chapters, as they are told. */
export const chapters = Object.keys(fill);

/** What a chapter says of its experiment. */
export const words = (page, name) => page.getByTestId(`${name}-said`);

/** Waits until a chapter says something, all of it, and gives it. */
export async function said(page, name, pattern) {
  // Between words there may be any white space, and around them.
  const whole = pattern.source.replace(/^\^/, "^ ").replace(/\$$/, " $").replaceAll(" ", "\\s*");
  const found = words(page, name).filter({ hasText: new RegExp(whole) });
  await found.waitFor({ timeout: PATIENCE });
  return (await found.textContent()).replace(/\s+/g, " ").trim();
}

/** Brings a chapter into view and waits until it is there. */
export async function show(page, name) {
  const chapter = page.locator(`bs-chapter-${name}`);
  await chapter.evaluate((element) => element.scrollIntoView());
  await chapter.locator(".live").waitFor({ timeout: PATIENCE });
  return chapter;
}

/** Brings a chapter into view and does what it asks for. */
export async function read(page, name) {
  const chapter = await show(page, name);
  await fill[name](page, chapter);
  return chapter;
}

/** Reads the whole story. */
export async function readAll(page) {
  for (const name of chapters) await read(page, name);
}

/** Asks a chapter's element, or the lab, for what only they know: `ask(element, lab)` runs in the page. */
export function inside(page, name, ask, ...more) {
  const call = `(async () => {
    const find = (root) => root.querySelector("bs-story-${name}") ??
      [...root.querySelectorAll("*")].map((one) => one.shadowRoot && find(one.shadowRoot)).find(Boolean);
    const element = find(document);
    return (${ask.toString()})(element, element.lab, ...${JSON.stringify(more)});
  })()`;
  return page.evaluate(call);
}
