// Files as a visitor may have them, made byte by byte.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync, gunzipSync } from "node:zlib";
import { repository } from "./server.mjs";

const SIDE = 28;
const PIXELS = SIDE * SIDE;

const idx = gunzipSync(readFileSync(join(repository, "models/gallery-images-idx3-ubyte.gz")));

/** The bytes of one of the hundred samples, 0 paper and 255 ink. */
export const sample = (index) => idx.subarray(16 + PIXELS * index, 16 + PIXELS * (index + 1));

/** The samples' own file, unpacked. */
export const samplesFile = idx;

function chunk(type, data) {
  const out = Buffer.alloc(data.length + 12);
  out.writeUInt32BE(data.length);
  out.write(type, 4, "latin1");
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, data.length + 8)), data.length + 8);
  return out;
}

/** Colour types of PNG by their number of channels. */
const colours = { 1: 0, 3: 2, 4: 6 };

/** A PNG whose pixels have so many channels of so many bits; `row(y)` gives the bytes of each row. */
export function png(width, height, channels, row, bits = 8) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header[8] = bits;
  header[9] = colours[channels];
  const rows = Array.from({ length: height }, (_, y) => Buffer.from([0, ...row(y)]));
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const packed = deflateSync(Buffer.concat(rows), { level: 1 });
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", packed),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** How much ink a digit has at a place of a picture that is so many times as large, linear in between. */
export function inkAt(digit, times, x, y) {
  const at = (place) => Math.min(27, Math.max(0, (place + 0.5) / times - 0.5));
  const [column, line] = [at(x), at(y)];
  const [left, top] = [Math.floor(column), Math.floor(line)];
  const [right, bottom] = [Math.min(27, left + 1), Math.min(27, top + 1)];
  const [across, down] = [column - left, line - top];
  const on = (row) => digit[row * SIDE + left] * (1 - across) + digit[row * SIDE + right] * across;
  return (on(top) * (1 - down) + on(bottom) * down) / 255;
}

/** A photograph of a digit: dark on yellowish paper, darker at one side. */
export function photograph(digit, times = 9) {
  const side = SIDE * times;
  return png(side, side, 3, (y) =>
    Array.from({ length: side }, (_, x) => {
      const light = (120 + (120 * x) / side) * (1 - 0.75 * inkAt(digit, times, x, y));
      return [light, 0.95 * light, 0.8 * light].map(Math.round);
    }).flat(),
  );
}

/** A NumPy array of bytes. */
export function npy(shape, bytes) {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(", ")},), }\n`;
  const head = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, text.length & 255, text.length >> 8]);
  return Buffer.concat([head, Buffer.from(text), bytes]);
}

/** The same JPEG, which says how it is to be turned (6: a quarter to the right). */
export function turned(jpeg, orientation) {
  const tiff = Buffer.from([
    ...Buffer.from("Exif\0\0MM\0*", "latin1"),
    ...[0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0],
  ]);
  const length = tiff.length + 2;
  const marker = Buffer.from([0xff, 0xe1, length >> 8, length & 255]);
  return Buffer.concat([jpeg.subarray(0, 2), marker, tiff, jpeg.subarray(2)]);
}

/** A GIF in grey of several frames, each `side` × `side` bytes from 0 to 127. */
export function gif(side, frames) {
  const word = (value) => [value & 255, value >> 8];
  const palette = Array.from({ length: 128 }, (_, i) => [2 * i, 2 * i, 2 * i]).flat();
  const frame = (pixels) => [
    ...[0x21, 0xf9, 4, 0, ...word(10), 0, 0],
    ...[0x2c, ...word(0), ...word(0), ...word(side), ...word(side), 0],
    7,
    ...blocks(codes(pixels)),
    0,
  ];
  return Buffer.from([
    ...Buffer.from("GIF89a"),
    ...[...word(side), ...word(side), 0xf6, 0, 0],
    ...palette,
    ...frames.flatMap(frame),
    0x3b,
  ]);
}

/** LZW without any dictionary: codes of 8 bits, cleared before they would grow. */
function codes(pixels) {
  const out = [];
  pixels.forEach((pixel, index) => {
    if (index % 100 === 0) out.push(128);
    out.push(pixel);
  });
  return [...out, 129];
}

function blocks(bytes) {
  const out = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.slice(at, at + 255);
    out.push(block.length, ...block);
  }
  return out;
}
