// What a page's pictures look like: how much of each stands out from its ground.

/** What WCAG 2.2 asks of pictures and controls (1.4.11). */
export const CONTRAST = 3;

/** In the page: where its pictures and controls are, in pixels of the whole page. */
function places() {
  const found = [];
  /** Whether an element lies outside what a box around it shows. */
  const scrolledAway = (element, box) => {
    for (let one = element; one; one = one.parentElement ?? one.getRootNode().host) {
      if (!/auto|scroll/.test(getComputedStyle(one).overflowX)) continue;
      const shown = one.getBoundingClientRect();
      if (box.left < shown.left || box.right > shown.right) return true;
    }
    return false;
  };
  const add = (kind, element, { x = 0, y = 0, width, height } = {}) => {
    const box = element.getBoundingClientRect();
    if (box.width < 4 || box.height < 4 || !element.checkVisibility() || scrolledAway(element, box)) return;
    const name = [element.localName, element.className, element.getAttribute("aria-label") ?? ""]
      .join(" ")
      .trim();
    const left = box.left + scrollX + x;
    const top = box.top + scrollY + y;
    found.push({
      kind,
      name,
      left,
      top,
      width: width ?? box.width - 2 * x,
      height: height ?? box.height - 2 * y,
    });
  };
  const inside = { x: 3, y: 3 };
  const kinds = [
    // Inside their frames, which would stand out by themselves.
    [
      "digit",
      "bs-digit",
      (element) => element.pixels?.some((value) => Math.abs(value) > 0.5) && add("digit", element, inside),
    ],
    ["pad", ".pad", (element) => add("pad", element, inside)],
    ["map", "bs-regions", (element) => add("map", element, inside)],
    ["curves", "bs-curves .plot, .plot[role=img]", (element) => add("curves", element, inside)],
    ["band", ".band", (element) => add("band", element, inside)],
    ["clipping", ".clipping div", (element) => add("clipping", element)],
    ["scale", ".zone.open, .zone.fooled", (element) => add("scale", element, { y: -8 })],
    ["curve", "svg[data-testid=units-curve]", (element) => add("curve", element)],
    // Above the line that bars stand on.
    [
      "bar",
      ".bar",
      (element) => {
        if (Number(element.style.getPropertyValue("--p")) < 0.3) return;
        const pair = element.parentElement.getBoundingClientRect();
        add("bar", element.parentElement, { height: pair.height - 3 });
      },
    ],
    [
      "key",
      ".key",
      (element) =>
        getComputedStyle(element, "::before").content !== "none" && add("key", element, { width: 11 }),
    ],
    [
      "control",
      "button, select, summary, [role=tab], .button, input[type=range], input[type=checkbox]",
      (element) => {
        if (!element.disabled) add("control", element);
      },
    ],
  ];
  const walk = (root) => {
    for (const [, selector, take] of kinds)
      for (const element of root.querySelectorAll(selector)) take(element);
    for (const element of root.querySelectorAll("*")) if (element.shadowRoot) walk(element.shadowRoot);
  };
  walk(document);
  return found;
}

/** In a blank page: of each place, the share of its pixels that stand out from its commonest colour. */
async function standOut({ png, places, contrast }) {
  const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const linear = (value) => (value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = (r, g, b) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const pixels = (left, top, width, height) => {
    const { data } = context.getImageData(
      Math.round(left),
      Math.round(top),
      Math.max(1, Math.round(width)),
      Math.max(1, Math.round(height)),
    );
    const colours = new Map();
    for (let i = 0; i < data.length; i += 4) {
      const colour = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2];
      colours.set(colour, (colours.get(colour) ?? 0) + 1);
    }
    const all = [...colours].map(([colour, count]) => ({
      count,
      light: luminance(colour >> 16, (colour >> 8) & 255, colour & 255),
    }));
    const ground = all.reduce((most, one) => (one.count > most.count ? one : most));
    const apart = ({ light }) =>
      (Math.max(light, ground.light) + 0.05) / (Math.min(light, ground.light) + 0.05);
    const total = data.length / 4;
    const out = all.filter((one) => apart(one) >= contrast).reduce((sum, { count }) => sum + count, 0);
    return { share: out / total, ground: ground.light };
  };
  return {
    ground: pixels(0, 0, picture.width, picture.height).ground,
    places: places.map((place) => ({
      ...place,
      ...pixels(place.left, place.top, place.width, place.height),
    })),
  };
}

/**
 * The page's ground, as a luminance from 0 to 1, and its pictures and controls, each with the share of its
 * pixels that stand out.
 * @param {import("playwright-core").Page} page
 * @param {import("playwright-core").Page} blank another page, to count in
 */
export async function pictures(page, blank) {
  await page.evaluate(() => scrollTo(0, 0));
  const found = await page.evaluate(places);
  const png = (await page.screenshot({ fullPage: true, animations: "disabled" })).toString("base64");
  return blank.evaluate(standOut, { png, places: found, contrast: CONTRAST });
}
