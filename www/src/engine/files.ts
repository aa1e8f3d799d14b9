// Files from the site's server, with a clear error for one that is not there.

import { aborted, BlindSpotsError } from "./errors.js";

/**
 * The answer to a GET. Rejects with "missing-file" where the file is missing,
 * also where a server answers with a web page instead, and with "network"
 * where there is no answer.
 */
export async function fetchFile(url: URL, signal?: AbortSignal): Promise<Response> {
  const name = url.pathname.split("/").pop() ?? url.href;
  let response: Response;
  try {
    response = await fetch(url, signal ? { signal } : {});
  } catch (cause) {
    if (signal?.aborted) throw aborted(cause);
    const message = `${name} could not be fetched: the server did not answer, or it does not allow this page to read the file.`;
    throw new BlindSpotsError("network", message, { cause });
  }
  const page = response.headers.get("Content-Type")?.startsWith("text/html") ?? false;
  if (!response.ok || page) {
    const said = response.ok ? "a web page instead" : `status ${response.status}`;
    throw new BlindSpotsError("missing-file", `${name} is missing: the server answered with ${said}.`);
  }
  return response;
}

/** A part of the engine's own scripts; rejects with "missing-file" where it cannot be loaded. */
export async function part<Module>(script: Promise<Module>): Promise<Module> {
  try {
    return await script;
  } catch (cause) {
    const message =
      "A part of the engine is missing: its script could not be loaded. " +
      "Copy the whole folder of the site; on another origin, or in a sandboxed frame, " +
      "the server has to send Access-Control-Allow-Origin.";
    throw new BlindSpotsError("missing-file", message, { cause });
  }
}

/** The bytes of a file; the same errors, also where the connection breaks off. */
export async function fetchBytes(url: URL, signal?: AbortSignal): Promise<Uint8Array> {
  const response = await fetchFile(url, signal);
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    if (signal?.aborted) throw aborted(cause);
    throw new BlindSpotsError("network", `The connection broke off while ${url.pathname} was fetched.`, {
      cause,
    });
  }
}

/** A JSON file; "missing-file" also where it is no JSON. */
export async function fetchJson(url: URL, signal?: AbortSignal): Promise<unknown> {
  const bytes = await fetchBytes(url, signal);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (cause) {
    throw new BlindSpotsError("missing-file", `${url.pathname} is not a JSON file.`, { cause });
  }
}
