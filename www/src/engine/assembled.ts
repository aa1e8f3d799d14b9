// A lowered network put together from its pieces.

import { joined } from "./arrays.js";
import type { Piece, Weights } from "./early.js";

/** Bytes of a scale. */
const FLOAT = 4;

/** A lowered network from an ONNX file and its pieces; the engine notices one that is damaged. */
export function assembled(onnx: Uint8Array, pieces: readonly Piece[]): Uint8Array {
  const parts = pieces.map((piece) => {
    if (typeof piece === "string")
      return Uint8Array.from(piece.match(/../g) ?? [], (byte) => parseInt(byte, 16));
    if ("rows" in piece) return multiplied(onnx, piece);
    const [offset, count] = piece;
    return onnx.subarray(offset, offset + count);
  });
  return joined(parts);
}

/** Weights as little-endian floats, each the nearest to its product, as the importer's are. */
function multiplied(
  onnx: Uint8Array,
  { whole, scales, rows, columns, turned }: Readonly<Weights>,
): Uint8Array {
  const file = new DataView(onnx.buffer, onnx.byteOffset, onnx.byteLength);
  const made = new DataView(new ArrayBuffer(FLOAT * rows * columns));
  for (let row = 0; row < rows; row += 1) {
    const scale = file.getFloat32(scales + FLOAT * row, true);
    for (let column = 0; column < columns; column += 1) {
      const value = scale * file.getInt8(whole + row * columns + column);
      made.setFloat32(FLOAT * (turned ? column * rows + row : row * columns + column), value, true);
    }
  }
  return new Uint8Array(made.buffer);
}
