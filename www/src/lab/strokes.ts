// A drawing as a few letters of an address: every point on a grid, each as its distance from the one before.

import type { Point, Stroke } from "../engine/messages.js";

/** Diameter of the pen in units of the pad's side: as thick as in MNIST for a digit that fills the pad. */
export const PEN = 0.085;

/** The last line of the grid; the first is 0. A step is less than a tenth of one of MNIST's pixels. */
const LAST = 1023;

/** Letters of a drawing beyond which an address has none. */
const LONGEST = 40_000;

/** The nearest point that an address can name. Drawings are made of nothing else, so that a link is exact. */
export function onGrid({ x, y }: Point): Point {
  return { x: Math.round(x * LAST) / LAST, y: Math.round(y * LAST) / LAST };
}

/** Strokes as base64 for addresses: of each the number of points, then differences, 7 bits a byte. */
export function encode(strokes: readonly Stroke[]): string {
  const bytes: number[] = [];
  const put = (value: number) => {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  };
  // 0, -1, 1, -2, … become 0, 1, 2, 3, …
  const putSigned = (value: number) => put(value < 0 ? -2 * value - 1 : 2 * value);
  let [x, y] = [0, 0];
  for (const { points } of strokes) {
    put(points.length);
    for (const point of points) {
      const [toX, toY] = [Math.round(point.x * LAST), Math.round(point.y * LAST)];
      putSigned(toX - x);
      putSigned(toY - y);
      [x, y] = [toX, toY];
    }
  }
  const letters = btoa(bytes.map((byte) => String.fromCharCode(byte)).join(""));
  return letters.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The strokes that `encode` wrote; `null` where it did not write this. */
export function decode(text: string): Stroke[] | null {
  if (text.length > LONGEST || !/^[\w-]+$/.test(text)) return null;
  let bytes: Uint8Array;
  try {
    const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
  let at = 0;
  const take = (): number => {
    let value = 0;
    for (let place = 1; ; place *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || place > LAST * 128) return NaN;
      value += (byte % 128) * place;
      if (byte < 128) return value;
    }
  };
  const takeSigned = () => {
    const value = take();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  };
  const strokes: Stroke[] = [];
  let [x, y] = [0, 0];
  while (at < bytes.length) {
    const count = take();
    // Every point has two bytes at least.
    if (!(count > 0 && 2 * count <= bytes.length - at)) return null;
    const points: Point[] = [];
    for (let i = 0; i < count; i += 1) {
      x += takeSigned();
      y += takeSigned();
      if (!(x >= 0 && x <= LAST && y >= 0 && y <= LAST)) return null;
      points.push({ x: x / LAST, y: y / LAST });
    }
    strokes.push({ points, width: PEN });
  }
  return strokes;
}
