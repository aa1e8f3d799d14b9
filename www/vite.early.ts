// What the importer makes of the bundled networks, found out at build time by the importer itself: with it
// they read before the importer, by far the largest file of the site, has arrived.

import { resolve } from "node:path";
import type { Plugin } from "vite";
import { assembled } from "./src/engine/assembled.js";
import type { Piece } from "./src/engine/early.js";
import { constants, networksIn } from "./vite.onnx.js";
import { importer } from "./vite.wasm.js";

const engine = resolve(import.meta.dirname, "src/engine");

/** Bytes below which a bias is written out. */
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

/** A lowered network as pieces: what its file holds, as it is or multiplied, and little else. */
function piecesOf(onnx: Buffer, lowered: Buffer): Piece[] {
  const found = candidates(onnx)
    .flatMap((forms) => {
      for (const piece of forms) {
        const bytes = assembled(onnx, [piece]);
        const at = lowered.indexOf(bytes);
        if (at >= 0) return [{ piece, at, end: at + bytes.length }];
      }
      return [];
    })
    .sort((a, b) => a.at - b.at);
  const pieces: Piece[] = [];
  let done = 0;
  for (const { piece, at, end } of found) {
    if (at < done) continue;
    if (at > done) pieces.push(lowered.toString("hex", done, at));
    pieces.push(piece);
    done = end;
  }
  if (done < lowered.length) pieces.push(lowered.toString("hex", done));
  return pieces;
}

/** The weights and biases of an ONNX file, each in the forms in which a lowered network may hold it. */
function candidates(onnx: Buffer): Piece[][] {
  const [FLOATS, WHOLE] = [1, 3];
  const { tensors, dequantized } = constants(onnx);
  const weights = dequantized.flatMap(([first = "", second = "", zero]) => {
    const [whole, scales] = [tensors.get(first), tensors.get(second)];
    const [rows = 0, ...others] = whole?.dims ?? [];
    const right = whole?.type === WHOLE && scales?.type === FLOATS && scales.bytes === 4 * rows && !zero;
    if (!right) return [];
    const columns = others.reduce((product, size) => product * size, 1);
    const piece = { whole: whole.offset, scales: scales.offset, rows, columns };
    return [[false, true].map((turned) => ({ ...piece, turned }))];
  });
  const plain = [...tensors.values()]
    .filter(({ type, bytes }) => type === FLOATS && bytes >= SMALL)
    .map(({ offset, bytes }): Piece[] => [[offset, bytes]]);
  return [...weights, ...plain];
}
