/** How far the page can be scrolled sideways, in pixels. */
export function overflow(page) {
  return page.evaluate(async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    scrollTo(1000, scrollY);
    const far = scrollX;
    scrollTo(0, scrollY);
    return far;
  });
}
