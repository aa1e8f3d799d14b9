// Files that a visitor saves. Encoded here, byte by byte: a canvas read back
// may be perturbed by browsers that guard against fingerprinting.

import type { ImageShape } from "../engine/arrays.js";

/** An 8-bit greyscale PNG of an image's first channel, ink white as in MNIST; values are rounded. */
export function png(image: Float32Array, [, height, width]: ImageShape): Blob {
  const greys = Uint8Array.from({ length: height * width }, (_, at) => Math.round(255 * (image[at] ?? 0)));
  return new Blob(pngOf(greys, width, "grey"), { type: "image/png" });
}

/** A PNG's bytes, part by part, of 8-bit pixels row by row: a grey each, or red, green and blue. */
export function pngOf(pixels: Uint8Array, width: number, kind: "grey" | "colour"): Uint8Array<ArrayBuffer>[] {
  const row = kind === "grey" ? width : 3 * width;
  const height = pixels.length / row;
  // Before each row stands which filter it went through: none.
  const raw = new Uint8Array(height * (row + 1));
  for (let y = 0; y < height; y++) raw.set(pixels.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header[8] = 8;
  header[9] = kind === "grey" ? 0 : 2;
  const signature = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]);
  return [signature, chunk("IHDR", header), chunk("IDAT", stored(raw)), chunk("IEND", new Uint8Array())];
}

/** A NumPy file: float32, rows by columns, behind the channels where there are several. */
export function npy(image: Float32Array, [channels, height, width]: ImageShape): Blob {
  const shape = [...(channels > 1 ? [channels] : []), height, width].join(", ");
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`;
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + "\n";
  const start = new Uint8Array([
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    padded.length & 255,
    padded.length >> 8,
  ]);
  const floats = new DataView(new ArrayBuffer(4 * image.length));
  image.forEach((value, index) => floats.setFloat32(4 * index, value, true));
  return new Blob([start, padded, floats], { type: "application/octet-stream" });
}

/** A JSON file; float32 values keep every digit. */
export function json(value: unknown): Blob {
  const text = JSON.stringify(value, (_, part: unknown) => (part instanceof Float32Array ? [...part] : part));
  return new Blob([text], { type: "application/json" });
}

/** Hands a file to the visitor. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A zlib stream of one uncompressed block. */
function stored(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + 11);
  const view = new DataView(out.buffer);
  out.set([0x78, 0x01, 1]);
  view.setUint16(3, data.length, true);
  view.setUint16(5, ~data.length & 0xffff, true);
  out.set(data, 7);
  let a = 1;
  let b = 0;
  for (const byte of data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  view.setUint32(data.length + 7, b * 65536 + a);
  return out;
}

function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(data.length + 12);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set(new TextEncoder().encode(type), 4);
  out.set(data, 8);
  view.setUint32(data.length + 8, crc(out.subarray(4, data.length + 8)));
  return out;
}

/** CRC-32 of PNG (ISO 3309). */
function crc(data: Uint8Array): number {
  let value = ~0;
  for (const byte of data) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return ~value >>> 0;
}
