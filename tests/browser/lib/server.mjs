// A static host as plain as they come, for one test: the site in a folder of
// it, with files taken away or slowed down where the test wants that.

import { createServer } from "node:http";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

/** The repository's root. */
export const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** The built site. */
export const SITE = process.env.SITE ?? join(repository, "dist");

/** Files that only tests serve. */
const PAGES = fileURLToPath(new URL("../pages/", import.meta.url));

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** What hosts pack that compress anything: text, and WebAssembly. */
const compressed = new Set([".html", ".js", ".mjs", ".css", ".json", ".svg", ".wasm"]);

/**
 * @typedef {object} Host
 * @property {string} url      where the site is, with a closing slash
 * @property {string} pages    where the tests' own pages are, with a closing slash
 * @property {string[]} asked  paths of all requests so far
 * @property {RegExp[]} missing  paths below the site that are answered with 404
 * @property {RegExp[]} held  paths below the site that are answered when `release()` is called
 * @property {() => void} release  answers what is held, and holds nothing more
 * @property {RegExp[]} damaged  paths below the site whose last byte is another one
 * @property {[pattern: RegExp, answer: (request: object, response: object, body: Buffer) => void][]} otherwise  paths
 *   below the site that the test answers by itself
 * @property {() => number} sent  bytes of all answers so far
 * @property {() => Promise<void>} close
 */

/**
 * Serves the site.
 * @param {{ folder?: string, others?: Record<string, string>, packed?: boolean, headers?: Record<string, string> }} options `folder`: where on
 *   the host, "/" or "/a/b/"; `others`: more of the host's folders, and which of this machine's each shows;
 *   `made`: bytes of more paths; `shared`: lets every origin read what it sends; `headers`: more headers of every answer;
 *   `compresses`: packs what hosts pack that compress at all; `packed`: says of a .gz that it is only packed, as many
 *   hosts do, so that browsers unpack it
 * @returns {Promise<Host>}
 */
export async function host({
  folder = "/",
  others = {},
  packed = false,
  compresses = false,
  shared = true,
  headers = {},
  made = {},
} = {}) {
  const folders = Object.entries({ "/-/": PAGES, ...others });
  const hidden = folders.find(
    ([top]) => top.startsWith(folder) && existsSync(join(SITE, top.slice(folder.length))),
  );
  if (hidden) throw new Error(`${hidden[0]} is in the site, too, and would be hidden`);
  const asked = [];
  let sent = 0;
  const missing = [];
  const damaged = [];
  const otherwise = [];
  const held = [];
  const waiting = [];
  const server = createServer({ maxHeaderSize: 4_000_000 }, async (request, response) => {
    const path = decoded(new URL(request.url, "http://host").pathname);
    asked.push(path);
    const rest = path.slice(folder.length);
    if (held.some((pattern) => pattern.test(rest))) await new Promise((release) => waiting.push(release));
    const file = locate(path, folder, folders, missing);
    try {
      const unpacks = packed && extname(path) === ".gz";
      const read = made[path] ?? (await readFile(file ?? ""));
      const body = unpacks ? gunzipSync(read) : read;
      if (damaged.some((pattern) => pattern.test(rest))) body[body.length - 1] ^= 1;
      const other = otherwise.find(([pattern]) => pattern.test(rest));
      if (other) return other[1](request, response, body);
      const packs = unpacks || (compresses && compressed.has(extname(file ?? path)));
      const answer = packs ? gzipSync(body) : body;
      sent += answer.length;
      response.writeHead(200, {
        ...(packs ? { "Content-Encoding": "gzip" } : {}),
        "Content-Type": types[extname(file ?? path)] ?? "application/octet-stream",
        "Cache-Control": "no-store",
        // As the usual static hosts: lets a sandboxed frame, whose origin is null, load scripts.
        ...headers,
        ...(shared ? { "Access-Control-Allow-Origin": "*" } : {}),
      });
      response.end(answer);
    } catch {
      response.writeHead(404, { "Content-Type": "text/html", "Access-Control-Allow-Origin": "*" });
      response.end("<!doctype html><title>Not found</title>");
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    url: origin + folder,
    pages: `${origin}/-/`,
    asked,
    sent: () => sent,
    missing,
    damaged,
    otherwise,
    held,
    release: () => {
      held.length = 0;
      for (const release of waiting.splice(0)) release();
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** An answer that breaks off midway. */
export function broken(_, response, body) {
  response.writeHead(200, { "Content-Length": body.length, "Access-Control-Allow-Origin": "*" });
  response.write(body.subarray(0, body.length / 2), () => setTimeout(() => response.destroy(), 100));
}

/** An answer that is said to be a web page, with these bytes or its own. */
export const page = (text) => (_, response, body) => {
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Access-Control-Allow-Origin": "*" });
  response.end(text ?? body);
};

/** A path; as it stands where its per cent signs are no code. */
function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function locate(path, folder, folders, missing) {
  const within = (top, rest) => {
    const file = join(top, normalize(`/${rest}`));
    return file.endsWith(sep) ? join(file, "index.html") : file;
  };
  const other = folders.find(([prefix]) => path.startsWith(prefix));
  if (other) return within(other[1], path.slice(other[0].length));
  if (!path.startsWith(folder)) return null;
  const rest = path.slice(folder.length);
  return missing.some((pattern) => pattern.test(rest)) ? null : within(SITE, rest);
}
