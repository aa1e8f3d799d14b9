// How much a page jumps: the browser's layout shifts, summed up.

/** What counts as a good score (web.dev/cls); here also of shifts that follow from an input. */
export const STEADY = 0.1;

/** In the page: adds up what moves, whatever it follows from, in `shifts`, and keeps in `moved` what it was. */
export function watchShifts() {
  globalThis.shifts = 0;
  globalThis.moved = [];
  const shape = ({ left, top, width, height }) => [left, top, width, height].map(Math.round).join(" ");
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
      globalThis.shifts += value;
      globalThis.moved.push(
        `${value.toFixed(3)}: ${sources.map(({ node, previousRect, currentRect }) => `${node?.className ?? node?.nodeName} ${shape(previousRect)} → ${shape(currentRect)}`).join(", ")}`,
      );
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** The score since the last call, and what moved. */
export function shiftsSince(page) {
  return page.evaluate(() => {
    const { shifts, moved } = globalThis;
    [globalThis.shifts, globalThis.moved] = [0, []];
    return { shifts, moved: moved.join("; ") };
  });
}

/** The control: fails where a page that jumps is not noticed. */
export async function jumpIsNoticed(page) {
  await shiftsSince(page);
  await page.evaluate(() => {
    const block = document.createElement("div");
    block.style.setProperty("height", "300px");
    document.body.prepend(block);
    scrollTo(0, 0);
  });
  await page.waitForFunction((steady) => globalThis.shifts > steady, STEADY);
}
