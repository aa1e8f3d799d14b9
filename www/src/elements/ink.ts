// Strokes on a canvas, smooth and sharp at any pixel density.

import type { Stroke } from "../engine/messages.js";

/** How many pixels a side of so many CSS pixels has. */
export function pixelsOf(width: number): number {
  return Math.max(1, Math.round(width * Math.min(3, window.devicePixelRatio)));
}

/** Draws strokes over the whole canvas, so many pixels a side, in the given colour. */
export function drawStrokes(
  canvas: HTMLCanvasElement,
  side: number,
  strokes: readonly Stroke[],
  colour: string,
): void {
  if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.clearRect(0, 0, side, side);
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = colour;
  for (const { points, width } of strokes) {
    const [first, ...rest] = points;
    if (!first) continue;
    context.lineWidth = width * side;
    context.beginPath();
    context.moveTo(first.x * side, first.y * side);
    rest.forEach((point, index) => {
      // Through the middles of the segments, bent by their ends.
      const next = rest[index + 1];
      if (next) {
        const middle = { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
        context.quadraticCurveTo(point.x * side, point.y * side, middle.x * side, middle.y * side);
      } else context.lineTo(point.x * side, point.y * side);
    });
    context.stroke();
    if (rest.length === 0) {
      // A line of no length is not drawn everywhere.
      context.fillStyle = colour;
      context.arc(first.x * side, first.y * side, (width * side) / 2, 0, 2 * Math.PI);
      context.fill();
    }
  }
}
