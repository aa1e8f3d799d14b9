// Networks that were read when the site was built, so that they read before the importer is there: what it
// makes of a bundled file, as pieces of that file. It takes the file itself apart later, in the browser
// (`BlindSpots.confirm`).

/**
 * A piece of a lowered network: bytes in base64; a part of the ONNX file, [offset, bytes]; or a matrix of
 * 32-bit numbers in it, transposed, [offset, rows, columns].
 */
export type Piece = string | readonly [number, number] | readonly [number, number, number];

/** By the networks' names. Empty while developing; the build fills it in (`www/vite.early.ts`). */
export const early: Readonly<Record<string, readonly Piece[]>> = {};
