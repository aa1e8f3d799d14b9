// One contender in a browser of its own, so that one which never ends can be
// ended, and disturbs nobody.

import { launch, openPage } from "../../../tests/browser/lib/browser.mjs";
import { floats } from "../../../tests/browser/lib/numbers.mjs";

/** What a contender did not do in time. */
export class TooSlow extends Error {
  constructor(seconds) {
    super(`more than ${seconds} s`);
    this.seconds = seconds;
  }
}

export class Contestant {
  /** @param {{ module: string, backend: string, model: string }} what  and options of that contender */
  constructor(url, what, limit) {
    this.url = url;
    this.what = what;
    this.limit = limit;
  }

  /** Starts the browser and, in it, the contender with its network. */
  async open() {
    this.browser = await launch({ webgpu: true });
    const { page, complaints } = await openPage(this.browser);
    this.page = page;
    this.complaints = complaints;
    await this.#inTime(async () => {
      await page.goto(`${this.url}bench/page/bench.html`);
      await page.waitForFunction(() => globalThis.bench);
      await page.evaluate((what) => bench.open(what), this.what);
    });
  }

  /** Runs a batch for the first time: what comes out. */
  async first(lanes) {
    return floats(await this.#inTime(() => this.page.evaluate((lanes) => bench.first(lanes), lanes)));
  }

  /** Mean milliseconds of a run of that batch, over as many as fill some time. */
  sample(milliseconds) {
    return this.#inTime(() => this.page.evaluate((ms) => bench.sample(ms), milliseconds));
  }

  /** Calls something else that the page offers. */
  ask(name, argument) {
    return this.#inTime(() => this.page.evaluate(([name, a]) => bench[name](a), [name, argument]));
  }

  async close() {
    await this.browser?.close();
  }

  /** The browser's version and the graphics adapter that it offers. */
  async version() {
    const adapter = await this.page.evaluate(async () => {
      const { vendor, architecture } = (await navigator.gpu?.requestAdapter())?.info ?? {};
      return [vendor, architecture].filter(Boolean).join(" ") || "none";
    });
    return `Chromium ${this.browser.version()} (WebGPU adapter: ${adapter})`;
  }

  /** Fails with `TooSlow` after the limit; what still runs then ends with the browser. */
  async #inTime(work) {
    let timer;
    const tooLate = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new TooSlow(this.limit)), 1000 * this.limit);
    });
    const working = work();
    working.catch(() => undefined);
    try {
      return await Promise.race([working, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }
}
