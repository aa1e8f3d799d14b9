// Small sums over images, for display only; the engine measures what is reported.

/** x′ − x. */
export function difference(image: Float32Array, original: Float32Array): Float32Array {
  return image.map((value, index) => value - (original[index] ?? 0));
}

/** A round factor that brings the largest change near full colour. */
export function magnification(change: Float32Array): number {
  const largest = change.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return 1;
  const steps = [1, 2, 3, 4, 5, 8, 10, 15, 20, 30, 50, 100];
  return steps.findLast((step) => step * largest <= 1.05) ?? 1;
}

/** Images one after the other, as the engine reads them. */
export function concatenate(images: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(images.reduce((length, image) => length + image.length, 0));
  let offset = 0;
  for (const image of images) {
    all.set(image, offset);
    offset += image.length;
  }
  return all;
}

/** Images that lie one after the other, each by itself. */
export function apart(images: Float32Array, count: number): Float32Array[] {
  const pixels = images.length / Math.max(1, count);
  return Array.from({ length: count }, (_, index) => images.subarray(pixels * index, pixels * (index + 1)));
}

/** Whether two lists hold the same, one by one. */
export function same(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((one, place) => one === others[place]);
}
