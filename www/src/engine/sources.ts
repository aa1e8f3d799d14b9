// Networks and digits as files: the site's own, or what a caller hands in.

import { defined } from "./arrays.js";
import { assembled } from "./assembled.js";
import {
  modelBytes,
  modelJson,
  networkBytes,
  networkFile,
  parseCard,
  prefetchFiles,
  type Card,
} from "./cards.js";
import { early as built } from "./early.js";
import { BlindSpotsError } from "./errors.js";
import { shown } from "./given.js";
import { fetchBytes } from "./files.js";
import { isLowered, type Importer } from "./importer.js";
import type { ConfirmOptions, ImportOptions, Limits, LowerOptions, WorkOptions } from "./options.js";
import type { ToImporter } from "./protocol.js";

/** A network's file, what to call it, and its card where it is a bundled one. */
export interface Source {
  bytes: Uint8Array;
  name: string;
  card: Card | null;
}

/** Whether this is the name of a bundled network, if there is one: no address or file has such a name. */
function isName(source: unknown): source is string {
  return typeof source === "string" && /^[a-z0-9][a-z0-9-]*$/i.test(source);
}

/** Begins to fetch the files of a bundled network, or of a set of digits, for a call that will need them. */
export function prefetch(name: string): void {
  if (Object.hasOwn(built, name)) prefetchFiles([networkFile(name), `${name}.json`]);
  else if (Object.hasOwn(SETS, name)) prefetchFiles(filesOf(name as DigitSet));
}

/** Reads a network's file: a bundled one by its name, one at an address, or bytes. */
export async function read(
  source: string | URL | ArrayBuffer | Uint8Array,
  options: WorkOptions = {},
): Promise<Source> {
  if (source instanceof ArrayBuffer)
    return { bytes: new Uint8Array(source.slice(0)), name: "network.onnx", card: null };
  if (source instanceof Uint8Array) return { bytes: source.slice(), name: "network.onnx", card: null };
  if (isName(source)) {
    const [bytes, card] = await Promise.all([
      networkBytes(source, options),
      modelJson(`${source}.json`, options.signal).then(parseCard),
    ]);
    return { bytes, name: source, card };
  }
  const url = new URL(source, document.baseURI);
  const bytes = await fetchBytes(url, options);
  return { bytes, name: decoded(url.pathname.split("/").pop() ?? "network.onnx"), card: null };
}

/** A part of an address for people: as it stands where its per cent signs are no code. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The sets of digits in `models/`, by their files' names. */
const SETS = { gallery: "gallery", test: "t10k" } as const;

export type DigitSet = keyof typeof SETS;

/** Digits with their classes, as files. */
export interface Idx {
  images: Uint8Array;
  labels: Uint8Array;
}

/** The files of a set: images, labels. */
function filesOf(set: DigitSet): [string, string] {
  const file = (kind: string) => `${SETS[set]}-${kind}-ubyte.gz`;
  return [file("images-idx3"), file("labels-idx1")];
}

/** The IDX files of digits that come with the site; progress is that of the images, nearly all of it. */
export async function shipped(set: DigitSet, { signal, onprogress }: WorkOptions): Promise<Idx> {
  const [images, labels] = filesOf(set);
  const [ofImages, ofLabels] = await Promise.all([
    modelBytes(images, { signal, onprogress }),
    modelBytes(labels, { signal }),
  ]);
  return { images: ofImages, labels: ofLabels };
}

/** A lowered network. */
export interface Lowered extends Source {
  /** It is as it was read when the site was built; its file was not read here. */
  early: boolean;
}

/** A file as a lowered network; the bytes of one stay as they are. */
export async function lowered(
  file: Source,
  importer: Importer,
  { image, normalize, invert, files, limits, signal, early }: LowerOptions,
): Promise<Lowered> {
  const options = defined({ image, normalize, invert });
  const plain = Object.keys(options).length === 0;
  if (isLowered(file.bytes)) {
    if (plain) return { ...file, early: false };
    throw new BlindSpotsError("bad-option", "a lowered network has its image and transform already");
  }
  const ready = early && plain ? asBuilt(file) : null;
  if (ready) return { ...file, bytes: ready, early: true };
  const { seconds, megabytes } = granted(limits);
  const request = await lowering(file, files ?? {}, options, signal);
  return { ...file, bytes: await importer.lower({ ...request, megabytes }, seconds, signal), early: false };
}

/** What a bundled network's file was read into when the site was built; `null` where it was not. */
function asBuilt({ bytes, name, card }: Source): Uint8Array | null {
  const pieces = card && built[name];
  return pieces ? assembled(bytes, pieces) : null;
}

/** Whether the importer makes of a bundled network's file what was made of it when the site was built. */
export async function isAsBuilt(file: Source, importer: Importer, options: ConfirmOptions): Promise<boolean> {
  const before = asBuilt(file);
  // Moved to the importer, and needed once more if that gives up.
  const copy = { ...file, bytes: file.bytes.slice() };
  const { bytes } = await lowered(copy, importer, options);
  return before?.length === bytes.length && bytes.every((byte, place) => byte === before[place]);
}

/** Limits as they hold. */
function granted({ seconds = 20, megabytes = 1024 }: Limits = {}): { seconds: number; megabytes: number } {
  for (const [name, value] of Object.entries({ seconds, megabytes })) {
    if (typeof value === "number" && Number.isFinite(value) && value > 0) continue;
    throw new BlindSpotsError("bad-option", `${name} is a number above 0, not ${shown(value)}`);
  }
  return { seconds, megabytes };
}

/**
 * What the importer is asked: the file and those beside it, copied because they move to its worker; and, to
 * find out what it takes for pixels, the gallery, where the site has it. What a bundled network takes is known.
 */
async function lowering(
  { bytes, card }: Source,
  files: Record<string, ArrayBuffer | Uint8Array>,
  options: ImportOptions,
  signal?: AbortSignal,
): Promise<Omit<ToImporter, "megabytes">> {
  const copies = Object.entries(files).map(([name, data]) => [name, new Uint8Array(data).slice()] as const);
  const request = { bytes, files: Object.fromEntries(copies), options };
  if (card) return { ...request, options: { normalize: "none", ...options } };
  try {
    return { ...request, options: { ...options, samples: await shipped("gallery", { signal }) } };
  } catch (reason) {
    if (reason instanceof BlindSpotsError && reason.code === "missing-file") return request;
    throw reason;
  }
}
