// What is known of the bundled networks.

import { BlindSpotsError } from "./errors.js";
import { fetchBytes, parseJson, unpacked } from "./files.js";
import { models } from "./hashes.js";
import { packed } from "./packed.js";
import type { WorkOptions } from "./waiting.js";

/** How a bundled network was made and how well it reads; the file beside its ONNX. */
export interface Card {
  name: string;
  /** For people: "FC100-100-10". */
  title: string;
  architecture: string;
  layers: string[];
  parameters: number;
  /** What it was trained on: "full", "P1" or "P2". */
  training_set: string;
  /** Digits read wrongly, in per cent, by set: train, p1, p2, test. */
  errors: Record<string, number | null>;
  /** What the paper says of this network, where it has it. */
  paper?: unknown;
  [more: string]: unknown;
}

/**
 * The address of a file in `models/` beside `blindspots.js`; this code is built into `assets/`. A part of the file's
 * hash is in it, so that no cache on the way gives out the file of another version.
 */
function modelFile(name: string): URL {
  const folder = import.meta.env.DEV ? "/models/" : "../models/";
  const version = models[name]?.[0]?.slice(0, 8);
  return packed[name] ?? new URL(folder + name + (version ? `?v=${version}` : ""), import.meta.url);
}

/** Files that were asked for before they are needed, by name; each serves one call. */
const arriving = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/** Begins to fetch files in `models/`. */
export function prefetchFiles(names: string[]): void {
  for (const name of names) {
    const bytes = modelBytes(name);
    // Handled where it is needed.
    bytes.catch(() => undefined);
    arriving.set(name, bytes);
  }
}

/** A file in `models/`; "damaged-file" where it is not the one that the site was built with. */
export function modelBytes(name: string, options?: WorkOptions): Promise<Uint8Array<ArrayBuffer>> {
  const begun = arriving.get(name);
  arriving.delete(name);
  return begun ?? fetchBytes(modelFile(name), options, models[name]);
}

/** The file that holds a network, packed. */
export function networkFile(name: string): string {
  return `${name}.onnx.gz`;
}

/** SHA-256 of a network's ONNX file, in hexadecimal digits; `null` while developing, where nothing is known. */
export function fileHash(name: string): string | null {
  return models[networkFile(name)]?.[1] ?? null;
}

/** The ONNX file of a network in `models/`, checked likewise and unpacked. */
export async function networkBytes(name: string, options?: WorkOptions): Promise<Uint8Array> {
  const file = networkFile(name);
  return unpacked(await modelBytes(file, options), modelFile(file));
}

/** A JSON file in `models/`, checked likewise. */
export async function modelJson(name: string, signal?: AbortSignal): Promise<unknown> {
  return parseJson(modelFile(name), await modelBytes(name, { signal }));
}

/** A network that ships with the library, as `models/index.json` lists it. */
export interface Bundled {
  name: string;
  /** For people: "FC100-100-10 on P1". */
  title: string;
  /** The heading under which a page shows it. */
  group: string;
}

/** The networks in `models/index.json`. */
export function parseIndex(index: unknown): Bundled[] {
  if (!Array.isArray(index)) throw damaged("index.json");
  return index.map((entry: unknown) => {
    const { name, title, group } = (entry ?? {}) as Partial<Bundled>;
    if (typeof name !== "string" || typeof title !== "string" || typeof group !== "string")
      throw damaged("index.json");
    return { name, title, group };
  });
}

/** A card, checked for what the page shows. */
export function parseCard(card: unknown): Card {
  const { name, title, errors } = (card ?? {}) as Partial<Card>;
  if (typeof name !== "string" || typeof title !== "string" || typeof errors !== "object")
    throw damaged("A card");
  return card as Card;
}

function damaged(what: string): BlindSpotsError {
  return new BlindSpotsError(
    "missing-file",
    `${what} in models/ is not what it should be: the site is damaged.`,
  );
}
