// The service worker: after a first visit the page works without a network, and a new version of the site takes
// the place of an old one as a whole.
//
// Every file but the page itself has an address of its own for each content: a hash in its name, or `?v=`. So files
// of two versions may lie side by side, and a page only ever gets those that it was built with. The page itself
// comes from the network where there is one. `vite.offline.ts` writes this file, with what the site is made of.

/** Addresses within the site; what they hold, as for `integrity`; and which build of the engine needs them. */
declare const FILES: readonly (readonly [address: string, integrity: string, simd?: string])[];
/** What every copy of this version's page has in it: its script's address. */
declare const MARK: string;

/** What a service worker has around it, as far as it is needed here. */
interface Surroundings {
  location: Location;
  registration: { scope: string };
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(kind: "install" | "activate", hear: (event: Extendable) => void): void;
  addEventListener(kind: "fetch", hear: (event: Fetching) => void): void;
}
interface Extendable {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const worker = globalThis as unknown as Surroundings;
const scope = worker.registration.scope;
const NAME = `blindspots ${scope}`;
/** Where the addresses of the version that is in use are kept: no file of the site has this one. */
const LIST = new URL("offline.js?files", scope).href;
/** Milliseconds after which a kept page goes before one that has not come. */
const PATIENCE = 4000;

/** Engines are built twice; the page says which one it runs. */
const simd = new URLSearchParams(worker.location.search).get("simd");
const files = FILES.filter(([, , build = simd]) => build === simd).map(
  ([address, integrity]) => [new URL(address, scope).href, integrity] as const,
);

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(scope)) return;
  if (request.mode !== "navigate") return event.respondWith(file(request));
  const path = new URL(request.url).pathname.slice(new URL(scope).pathname.length);
  if (path === "" || path === "index.html") event.respondWith(page(request));
});

/** Keeps all files of this version that are not there yet, then its page; rejects where one is another. */
async function install(): Promise<void> {
  const cache = await caches.open(NAME);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  for (const [url, integrity] of files) {
    if (!kept.has(url)) await cache.put(url, right(await fetch(url, { integrity })));
  }
  const response = right(await fetch(scope, { cache: "reload" }));
  const html = await response.clone().text();
  if (!html.includes(MARK)) throw new Error("The page is of another version.");
  await cache.put(scope, response);
  await worker.skipWaiting();
}

/** Forgets files that neither this version has nor the one before, which other tabs may still show. */
async function activate(): Promise<void> {
  const cache = await caches.open(NAME);
  const before = (await (await cache.match(LIST))?.json()) as string[] | undefined;
  const urls = files.map(([url]) => url);
  const wanted = new Set([scope, LIST, ...urls, ...(before ?? [])]);
  for (const request of await cache.keys()) {
    if (!wanted.has(request.url)) await cache.delete(request);
  }
  await cache.put(LIST, new Response(JSON.stringify(urls)));
  await worker.clients.claim();
}

async function file(request: Request): Promise<Response> {
  return (await kept(request.url)) ?? fetch(request);
}

/** The page of the network; the kept one where there is none, or none in time. */
async function page(request: Request): Promise<Response> {
  const old = await kept(scope);
  if (!old) return fetch(request);
  const arriving = fetch(request).then((response) => (response.status < 500 ? response : old));
  const late = new Promise<Response>((resolve) => setTimeout(() => resolve(old), PATIENCE));
  return Promise.race([arriving.catch(() => old), late]);
}

/** What is kept; other caches of the origin are none of ours. */
async function kept(url: string): Promise<Response | undefined> {
  const cache = await caches.open(NAME);
  const exact = await cache.match(url, { ignoreVary: true });
  if (exact || !url.startsWith(`${scope}assets/`)) return exact;
  // A worker is told more in its script's address, and takes that of an answer, where it has one, for its own.
  const found = await cache.match(url, { ignoreVary: true, ignoreSearch: true });
  return found && new Response(found.body, { headers: found.headers });
}

function right(response: Response): Response {
  if (response.status !== 200) throw new Error(`${response.url}: status ${response.status}`);
  return response;
}
