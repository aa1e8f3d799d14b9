// Pictures of every panel, of the opening and of every chapter, to be looked at: three widths, each in light, dark,
// forced colours and as printed, and in every language.
// `node screenshots.mjs FOLDER`; `cargo xtask screenshots` builds the site for it.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, openPage } from "./lib/browser.mjs";
import { chapters } from "./lib/chapters.mjs";
import { openFilled, panels } from "./lib/panels.mjs";
import { host } from "./lib/server.mjs";

const WIDTHS = [390, 820, 1440];

const looks = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  "forced-colours": { colorScheme: "dark", forcedColors: "active" },
  print: { colorScheme: "light", media: "print" },
};

const LANGUAGES = ["de", "es", "fr", "zh"];

const [folder] = process.argv.slice(2);
if (!folder) throw new Error("say into which folder");
mkdirSync(folder, { recursive: true });
const [browser, site] = await Promise.all([launch({ webgpu: false }), host()]);
/** Pictures what `shoot` shows in every look. */
async function inAllLooks(page, name, width, shoot) {
  for (const [look, media] of Object.entries(looks)) {
    await page.emulateMedia({ media: "screen", forcedColors: "none", ...media });
    const path = join(folder, `${name}-${width}-${look}.png`);
    await shoot(path);
    console.log(path);
  }
}

/** Pictures the whole page in every other language. */
async function inAllLanguages(page, name, width) {
  await page.emulateMedia({ media: "screen", forcedColors: "none", colorScheme: "light" });
  for (const language of LANGUAGES) {
    await page.locator("bs-language select").selectOption(language);
    await page.locator(`bs-app:lang(${language})`).waitFor();
    const path = join(folder, `${name}-${width}-${language}.png`);
    await page.screenshot({ path, fullPage: true });
    console.log(path);
  }
}

for (const width of WIDTHS) {
  const { page, context } = await openPage(browser, { viewport: { width, height: width < 500 ? 844 : 900 } });
  await openFilled(page, site.url, "story");
  await page.evaluate(() => scrollTo(0, 0));
  await inAllLooks(page, "opening", width, (path) => page.screenshot({ path }));
  for (const name of chapters) {
    const chapter = page.locator(`bs-chapter-${name}`);
    await inAllLooks(page, `chapter-${name}`, width, (path) => chapter.screenshot({ path }));
  }
  await inAllLanguages(page, "story", width);
  await context.close();
}
for (const panel of panels) {
  for (const width of WIDTHS) {
    const { page, context } = await openPage(browser, { viewport: { width, height: 900 } });
    await openFilled(page, site.url, panel);
    await page.evaluate(() => scrollTo(0, 0));
    await inAllLooks(page, panel, width, (path) => page.screenshot({ path, fullPage: true }));
    await inAllLanguages(page, panel, width);
    await context.close();
  }
}
await Promise.all([browser.close(), site.close()]);
