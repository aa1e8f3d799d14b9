// ONNX files as the build reads them: of a folder, packed or not, and their constants.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const ENDING = /\.onnx(\.gz)?$/;

/** The ONNX files of a folder by their networks' names, unpacked. */
export function networksIn(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder).filter((name) => ENDING.test(name));
  return new Map(
    files.map((name) => {
      const bytes = readFileSync(join(folder, name));
      return [name.replace(ENDING, ""), name.endsWith(".gz") ? gunzipSync(bytes) : bytes];
    }),
  );
}

/** A tensor in an ONNX file: where its numbers lie, and its sizes. */
export interface Tensor {
  offset: number;
  bytes: number;
  /** As in TensorProto: 1 for floats of 32 bits, 3 for whole numbers of 8 bits with a sign. */
  type: number;
  dims: number[];
}

/** The constants of an ONNX file by their names, and the names of those that each DequantizeLinear takes. */
export function constants(onnx: Buffer): { tensors: Map<string, Tensor>; dequantized: string[][] } {
  // ModelProto.graph = 7; GraphProto: node = 1, initializer = 5; NodeProto: input = 1, op_type = 4.
  const text = ({ from, to }: Field) => onnx.toString("utf8", from, to);
  const graph = fields(onnx, 0, onnx.length)
    .filter(({ field }) => field === 7)
    .flatMap(({ from, to }) => fields(onnx, from, to));
  const dequantized = graph
    .filter(({ field }) => field === 1)
    .map(({ from, to }) => fields(onnx, from, to))
    .filter((node) => node.some((part) => part.field === 4 && text(part) === "DequantizeLinear"))
    .map((node) => node.filter(({ field }) => field === 1).map(text));
  const tensors = graph.filter(({ field }) => field === 5).flatMap(({ from, to }) => tensor(onnx, from, to));
  return { tensors: new Map(tensors), dequantized };
}

/** A tensor with its name; nothing where its numbers are not plain bytes. */
function tensor(onnx: Buffer, start: number, end: number): [string, Tensor][] {
  // TensorProto: dims = 1, data_type = 2, name = 8, raw_data = 9.
  const parts = fields(onnx, start, end);
  const [name, raw] = [8, 9].map((wanted) => parts.find(({ field }) => field === wanted));
  if (!name || !raw) return [];
  const dims = parts
    .filter(({ field }) => field === 1)
    .flatMap(({ value, from, to }) => (value === null ? varints(onnx, from, to) : [value]));
  const type = parts.find(({ field }) => field === 2)?.value ?? 0;
  const found = { offset: raw.from, bytes: raw.to - raw.from, type, dims };
  return [[onnx.toString("utf8", name.from, name.to), found]];
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
