// A lowered network put together from its pieces.

import { joined } from "./arrays.js";
import type { Piece } from "./early.js";

/** Bytes of a number. */
const FLOAT = 4;

/** A lowered network from an ONNX file and its pieces; the engine notices one that is damaged. */
export function assembled(onnx: Uint8Array, pieces: readonly Piece[]): Uint8Array {
  const parts = pieces.map((piece) => {
    if (typeof piece === "string") return Uint8Array.from(atob(piece), (letter) => letter.charCodeAt(0));
    const [offset, count, columns] = piece;
    if (columns === undefined) return onnx.subarray(offset, offset + count);
    return transposed(
      new Uint8Array(onnx.subarray(offset, offset + FLOAT * count * columns)),
      count,
      columns,
    );
  });
  return joined(parts);
}

/** A matrix `[rows, columns]` as `[columns, rows]`; bytes of one number stay together. */
function transposed(bytes: Uint8Array, rows: number, columns: number): Uint8Array {
  const from = new Uint32Array(bytes.buffer, 0, rows * columns);
  const to = new Uint32Array(from.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      to[column * rows + row] = from[row * columns + column] ?? 0;
    }
  }
  return new Uint8Array(to.buffer);
}
