// How soon a drawing is read, and whether the page keeps up with the pen: on the processor, while nothing else
// runs, and while the panel of transfers attacks digit after digit.

import { digits, LabPage } from "../../../tests/browser/lib/lab.mjs";
import { assertQuiet, launch, openPage } from "../../../tests/browser/lib/browser.mjs";

/** Between two movements of the pen, in milliseconds: a screen's sixty a second. */
const PACE = 1000 / 60;

/** Movements between two points of a digit's strokes. */
const STEPS = 6;

/** In the page: notes when frames are made, and when the last movement of a stroke is read by all networks. */
const watch = () => {
  const { lab } = document.querySelector("bs-app");
  const seen = (globalThis.seen = { frames: [], readings: [], drawing: false });
  let moved = 0;
  addEventListener("pointermove", ({ timeStamp, buttons }) => buttons && (moved = timeStamp), true);
  addEventListener(
    "pointerup",
    async () => {
      const last = moved;
      await lab.reader.rest();
      await new Promise(requestAnimationFrame);
      seen.readings.push(performance.now() - last);
    },
    true,
  );
  const frame = (now) => {
    if (seen.drawing) seen.frames.push(now);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
};

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** One stroke as a hand draws it: a movement every sixtieth of a second. */
async function stroke({ page, pad }, points) {
  const box = await pad.boundingBox();
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const [place, [x, y]] of points.slice(1).entries()) {
    const [from, to] = [points[place], [x, y]];
    for (let step = 1; step <= STEPS; step += 1) {
      const along = (k) => from[k] + ((to[k] - from[k]) * step) / STEPS;
      await Promise.all([page.mouse.move(...at([along(0), along(1)])), wait(PACE)]);
    }
  }
  await page.mouse.up();
}

/** Draws so many strokes and says what was seen meanwhile. */
async function drawn(lab, strokes) {
  const { page } = lab;
  await lab.pad.scrollIntoViewIfNeeded();
  await page.evaluate(() => Object.assign(globalThis.seen, { frames: [], readings: [], drawing: true }));
  for (let count = 0; count < strokes; count += 1) {
    await stroke(lab, Object.values(digits)[count % 2][0]);
    await page.waitForFunction((many) => globalThis.seen.readings.length > many, count);
    if (count % 2) await page.evaluate(() => document.querySelector("bs-app").lab.clear());
  }
  await page.evaluate(() => (globalThis.seen.drawing = false));
  const { frames, readings } = await page.evaluate(() => globalThis.seen);
  return { frames, readings };
}

/** Milliseconds from the pen's last movement to the readings, and when frames were made. */
export async function drawing(url, { strokes }, say) {
  const browser = await launch({ webgpu: false });
  const { page, context, complaints } = await openPage(browser, { viewport: { width: 1440, height: 1000 } });
  const lab = await LabPage.open(page, `${url}?panel=transfer&transfer=test,n3000,all`);
  await page.evaluate(watch);
  await drawn(lab, 2); // warms up
  const rows = [{ meanwhile: "nothing", ...(await drawn(lab, strokes)) }];
  await page.locator("bs-experiments").scrollIntoViewIfNeeded();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  rows.push({ meanwhile: "attacks", ...(await drawn(lab, strokes)) });
  const still = await page.getByRole("button", { name: "Pause", exact: true }).count();
  if (still === 0) throw new Error("the attacks had ended before the drawing did");
  assertQuiet(complaints);
  const version = `Chromium ${browser.version()}`;
  await context.close();
  await browser.close();
  say(`${rows.map(({ readings }) => readings.length).join(" and ")} strokes`);
  return { version, rows };
}
