// Networks and digits as files: the site's own, or what a caller hands in.

import { modelFile, parseCard, type Card } from "./cards.js";
import { fetchBytes, fetchJson } from "./files.js";

/** A network's file, what to call it, and its card where it is a bundled one. */
export interface Source {
  bytes: Uint8Array;
  name: string;
  card: Card | null;
}

/** Reads a network's file: a bundled one by its name, one at an address, or bytes. */
export async function read(
  source: string | URL | ArrayBuffer | Uint8Array,
  signal?: AbortSignal,
): Promise<Source> {
  if (source instanceof ArrayBuffer)
    return { bytes: new Uint8Array(source.slice(0)), name: "network.onnx", card: null };
  if (source instanceof Uint8Array) return { bytes: source.slice(), name: "network.onnx", card: null };
  if (typeof source === "string" && /^[a-z0-9][a-z0-9-]*$/i.test(source)) {
    const [bytes, card] = await Promise.all([
      fetchBytes(modelFile(`${source}.onnx`), signal),
      fetchJson(modelFile(`${source}.json`), signal).then(parseCard),
    ]);
    return { bytes, name: source, card };
  }
  const url = new URL(source, document.baseURI);
  const name = decodeURIComponent(url.pathname.split("/").pop() ?? "network.onnx");
  return { bytes: await fetchBytes(url, signal), name, card: null };
}

/** The sets of digits in `models/`, by their files' names. */
const SETS = { gallery: "gallery", test: "t10k" } as const;

export type DigitSet = keyof typeof SETS;

/** The IDX files of digits that come with the site. */
export async function shipped(
  set: DigitSet,
  signal?: AbortSignal,
): Promise<{ images: Uint8Array; labels: Uint8Array }> {
  const file = (kind: string) => fetchBytes(modelFile(`${SETS[set]}-${kind}-ubyte.gz`), signal);
  const [images, labels] = await Promise.all([file("images-idx3"), file("labels-idx1")]);
  return { images, labels };
}
