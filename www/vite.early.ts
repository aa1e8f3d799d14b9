// What the importer makes of the bundled networks, found out at build time by the importer itself: with it
// they read before the importer, by far the largest file of the site, has arrived.

import { resolve } from "node:path";
import type { Plugin } from "vite";
import { assembled } from "./src/engine/assembled.js";
import type { Piece } from "./src/engine/early.js";
import { networksIn } from "./vite.onnx.js";
import { importer } from "./vite.wasm.js";

const engine = resolve(import.meta.dirname, "src/engine");

/** Bytes below which a weight is written out. */
const SMALL = 64;

/** Fills in `src/engine/early.ts` for the ONNX files of a folder. */
export function earlyNetworks(models: string): Plugin {
  return {
    name: "early-networks",
    apply: "build",
    enforce: "pre",
    async load(id) {
      if (id !== resolve(engine, "early.ts")) return null;
      const lower = await importer();
      const rows = [...networksIn(models)].map(([name, onnx]) => {
        const lowered = Buffer.from(lower(onnx));
        const pieces = piecesOf(onnx, lowered);
        if (!lowered.equals(assembled(onnx, pieces))) this.error(`${name} is not the sum of its pieces`);
        return [name, pieces];
      });
      return `export const early = ${JSON.stringify(Object.fromEntries(rows))};\n`;
    },
  };
}

/** A lowered network as pieces: its weights are parts of its file, as they are or transposed. */
function piecesOf(onnx: Buffer, lowered: Buffer): Piece[] {
  const found = weights(onnx)
    .flatMap(({ offset, bytes, dims: [rows, columns, ...more] }) => {
      const whole: Piece = [offset, bytes];
      const turned: Piece[] =
        rows !== undefined && columns !== undefined && more.length === 0 ? [[offset, rows, columns]] : [];
      for (const piece of [whole, ...turned]) {
        const at = lowered.indexOf(assembled(onnx, [piece]));
        if (at >= 0) return [{ piece, at, end: at + bytes }];
      }
      return [];
    })
    .sort((a, b) => a.at - b.at);
  const pieces: Piece[] = [];
  let done = 0;
  for (const { piece, at, end } of found) {
    if (at < done) continue;
    if (at > done) pieces.push(lowered.toString("base64", done, at));
    pieces.push(piece);
    done = end;
  }
  if (done < lowered.length) pieces.push(lowered.toString("base64", done));
  return pieces;
}

/** Weights of 32-bit numbers in an ONNX file: where they lie, how many bytes they are, their sizes. */
function weights(onnx: Buffer): { offset: number; bytes: number; dims: number[] }[] {
  // ModelProto.graph = 7, GraphProto.initializer = 5; TensorProto: dims = 1, data_type = 2, raw_data = 9.
  const FLOAT_TYPE = 1;
  const tensors = fields(onnx, 0, onnx.length)
    .filter(({ field }) => field === 7)
    .flatMap(({ from, to }) => fields(onnx, from, to))
    .filter(({ field }) => field === 5);
  return tensors.flatMap(({ from, to }) => {
    const parts = fields(onnx, from, to);
    const raw = parts.find(({ field }) => field === 9);
    const type = parts.find(({ field }) => field === 2)?.value;
    if (!raw || type !== FLOAT_TYPE || raw.to - raw.from < SMALL) return [];
    const dims = parts
      .filter(({ field }) => field === 1)
      .flatMap(({ value, from, to }) => (value === null ? varints(onnx, from, to) : [value]));
    return [{ offset: raw.from, bytes: raw.to - raw.from, dims }];
  });
}

/** A field of a protobuf message: a number, or where its bytes lie. */
interface Field {
  field: number;
  value: number | null;
  from: number;
  to: number;
}

/** The fields of a protobuf message. */
function fields(bytes: Buffer, start: number, end: number): Field[] {
  const found: Field[] = [];
  let at = start;
  while (at < end) {
    const tag = varint(bytes, at);
    const field = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    at = tag.next;
    if (wire === 0) {
      const { value, next } = varint(bytes, at);
      found.push({ field, value, from: at, to: next });
      at = next;
    } else if (wire === 2) {
      const { value, next } = varint(bytes, at);
      found.push({ field, value: null, from: next, to: next + value });
      at = next + value;
    } else if (wire === 1 || wire === 5) {
      const size = wire === 1 ? 8 : 4;
      found.push({ field, value: null, from: at, to: at + size });
      at += size;
    } else throw new Error(`an ONNX file has a field of an unknown kind, ${wire}`);
  }
  return found;
}

function varints(bytes: Buffer, start: number, end: number): number[] {
  const found: number[] = [];
  for (let at = start; at < end;) {
    const { value, next } = varint(bytes, at);
    found.push(value);
    at = next;
  }
  return found;
}

function varint(bytes: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  for (let place = 0; ; place += 1) {
    const byte = bytes[at + place];
    if (byte === undefined) throw new Error("an ONNX file is cut short");
    value += (byte % 128) * 128 ** place;
    if (byte < 128) return { value, next: at + place + 1 };
  }
}
