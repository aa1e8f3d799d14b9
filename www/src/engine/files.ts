// Files from the site's server, with a clear error for one that is not there.

import { download, NotArrived, type Answer } from "./download.js";
import { aborted, BlindSpotsError, named } from "./errors.js";
import { checkPolicy } from "./policy.js";
import type { WorkOptions } from "./waiting.js";

/** A part of the engine's own scripts; rejects with "missing-file" where it cannot be loaded. */
export async function part<Module>(script: Promise<Module>): Promise<Module> {
  try {
    return await script;
  } catch (cause) {
    const message =
      "A part of the engine could not be loaded. Reload the page; if that does not help, " +
      "copy the whole folder of the site; on another origin, or in a sandboxed frame, " +
      "the server has to send Access-Control-Allow-Origin.";
    throw new BlindSpotsError("missing-file", message, { cause });
  }
}

/**
 * The bytes of a file. Rejects with "missing-file" where it is missing, also where a server answers with a web
 * page instead, with "network" where there is no answer or the connection breaks off, and, with the hashes of a
 * file of the site, with "damaged-file" where it is another one.
 */
export async function fetchBytes(
  url: URL,
  options?: WorkOptions,
  hashes?: Hashes,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await bytesOf(url, hashes, options);
  await checkHash(url, bytes, hashes);
  return bytes;
}

/** How a web page begins that comes in place of a file; some hosts also call files so that are none. */
const PAGE = /^\s*(<|$)/;

async function bytesOf(
  url: URL,
  hashes: Hashes,
  options: WorkOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const name = named(url.pathname.split("/").pop() ?? url.href);
  const { status, type, bytes } = await arrival(url, options).catch((cause: unknown): never => {
    if (options.signal?.aborted) throw aborted(cause);
    // Names of the site's own files say nothing to visitors.
    const what = hashes ? "a file of this page" : name;
    throw new BlindSpotsError(
      "network",
      cause instanceof NotArrived && cause.began
        ? `The connection broke off while ${what} was fetched.`
        : `The server did not answer, or does not allow this page to read ${what}.`,
      { cause },
    );
  });
  const right = status >= 200 && status < 300;
  const page = type.startsWith("text/html") && PAGE.test(new TextDecoder().decode(bytes.subarray(0, 99)));
  if (right && !page) return bytes;
  const said = right ? "a web page instead" : `status ${status}`;
  throw new BlindSpotsError("missing-file", `${name} is missing: the server answered with ${said}.`);
}

/** A file, asked for once more where it does not arrive: connections that break off often hold then. */
async function arrival(url: URL, options: WorkOptions): Promise<Answer> {
  try {
    return await download(url, options);
  } catch (reason) {
    if (options.signal?.aborted) throw reason;
    return download(url, options);
  }
}

/** JSON of a file's bytes; "missing-file" where it is none. */
export function parseJson(url: URL, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (cause) {
    throw new BlindSpotsError("missing-file", `${named(url.pathname)} is not a JSON file.`, { cause });
  }
}

/** A Wasm module of the site, packed or not, once the hash of the unpacked file is known to be right. */
export async function fetchModule(url: URL, hashes?: Hashes): Promise<WebAssembly.Module> {
  checkPolicy();
  const bytes = await unpacked(await bytesOf(url, hashes), url);
  await checkHash(url, bytes, hashes);
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw damagedFile(url, cause);
  }
}

/** How gzipped files begin, and no Wasm module or ONNX file. */
const GZIP = 0x1f;

/**
 * What a file holds. The site's .gz are unpacked here, unless the host has said that they are only packed and
 * the browser has unpacked them already; "damaged-file" where one cannot be unpacked.
 */
export async function unpacked(bytes: Uint8Array<ArrayBuffer>, url: URL): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes[0] !== GZIP) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (cause) {
    throw damagedFile(url, cause);
  }
}

/** One for each form in which a file may arrive. */
type Hashes = readonly string[] | undefined;

/** Browsers compute hashes on pages from safe origins only; on others files are taken as they come. */
async function checkHash(url: URL, bytes: Uint8Array, hashes: Hashes): Promise<void> {
  const subtle = (crypto as Partial<Crypto>).subtle;
  if (!hashes || !subtle) return;
  const found = new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  const digits = Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (!hashes.includes(digits)) throw damagedFile(url);
}

function damagedFile(url: URL, cause?: unknown): BlindSpotsError {
  const name = named(url.pathname.split("/").slice(-2).join("/"));
  const message =
    `“${name}” is not the file that this site was built with. Reload the page; ` +
    "if that does not help, copy the whole folder of the site again.";
  return new BlindSpotsError("damaged-file", message, { cause });
}
