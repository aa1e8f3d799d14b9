// Networks that were read when the site was built, so that they read before the importer is there: what it
// makes of a bundled file, as pieces of that file. It takes the file itself apart later, in the browser
// (`BlindSpots.confirm`).

/**
 * Weights [rows, columns] in an ONNX file: a whole number of 8 bits each, times the 32-bit scale of its row. Turned,
 * they are [columns, rows].
 */
export interface Weights {
  /** Where the whole numbers begin in the file. */
  whole: number;
  /** Where the scales do. */
  scales: number;
  rows: number;
  columns: number;
  turned: boolean;
}

/** A piece of a lowered network: bytes in hexadecimal digits, which compress better than base64; a part of the ONNX file, [offset, bytes]; or weights in it. */
export type Piece = string | readonly [number, number] | Readonly<Weights>;

/** By the networks' names. Empty while developing; the build fills it in (`www/vite.early.ts`). */
export const early: Readonly<Record<string, readonly Piece[]>> = {};
