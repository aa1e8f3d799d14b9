/**
 * Several engines side by side, each in a worker of its own, for work on many
 * digits. Nothing is shared between them, so a site needs no special headers.
 *
 *     const pool = await Pool.open();
 *     const model = await pool.load("fc100-100-10");
 *     for await (const [index, report] of pool.attackMany({ model, images, labels })) …
 */

import { classesOf, pixelsOf } from "./arrays.js";
import { counted } from "./counted.js";
import { BlindSpots } from "./engine.js";
import { aborted, BlindSpotsError } from "./errors.js";
import { shown } from "./given.js";
import type { AttackReport } from "./messages.js";
import type { AttackOptions, LoadOptions, Model, OpenOptions } from "./options.js";

/** More workers than this cost more memory than they save time. */
const MOST = 8;

/** More than any machine has cores for; each holds the engine and its networks. */
const MOST_ASKED = 64;

/** Where memory is scarce (4 GB and less), each worker counts. */
const MOST_ON_SMALL_MACHINES = 2;

export interface PoolOptions extends OpenOptions {
  /** How many workers, up to 64; one a core where it is not given, at most eight, two where memory is scarce. */
  workers?: number;
}

/** A network that every engine of a pool has loaded. */
export interface PooledModel extends Model {
  /** The network's `id` in each engine, in the order of `pool.engines`. */
  ids: readonly number[];
}

export interface AttackManyOptions extends Omit<
  AttackOptions,
  "model" | "models" | "image" | "label" | "onprogress"
> {
  /** What to fool; several networks by one change. */
  model: PooledModel | readonly PooledModel[];
  /** `[n, C·H·W]`, one after the other. */
  images: Float32Array;
  /** `[n]`: what they truly show. */
  labels: ArrayLike<number>;
}

/** One thing to do for an engine: `place` is its place in `pool.engines`. */
export type Work<Item, Result> = (
  engine: BlindSpots,
  item: Item,
  place: number,
) => Result | PromiseLike<Result>;

/** Engines in workers of their own. Make one with `Pool.open()`. */
export class Pool {
  readonly engines: readonly BlindSpots[];
  #closed = false;

  private constructor(engines: BlindSpots[]) {
    this.engines = engines;
  }

  /** Starts the engines; on the processor unless another backend is asked for. */
  static async open({ workers = cores(), backend = "cpu", ...options }: PoolOptions = {}): Promise<Pool> {
    if (!Number.isInteger(workers) || workers < 1 || workers > MOST_ASKED) {
      const message = `a pool has 1 to ${MOST_ASKED} workers, not ${shown(workers)}`;
      throw new BlindSpotsError("bad-request", message);
    }
    const starting = Array.from({ length: workers }, () => BlindSpots.open({ backend, ...options }));
    const started = await Promise.allSettled(starting);
    const engines = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const failed = started.find((one) => one.status === "rejected");
    // Where the page's thread would have to serve, one engine does.
    if (failed || engines.some((engine) => engine.blocking)) {
      for (const engine of engines.slice(failed ? 0 : 1)) engine.close();
      if (failed) throw failed.reason;
    }
    return new Pool(engines[0]?.blocking ? engines.slice(0, 1) : engines);
  }

  /** Loads a network into every engine; fetched and read once. */
  async load(
    source: string | URL | ArrayBuffer | Uint8Array,
    options: LoadOptions = {},
  ): Promise<PooledModel> {
    const [engine] = this.engines;
    if (!engine) throw new BlindSpotsError("closed", "The pool has no engine.");
    const { bytes, card, name, early } = await engine.lower(source, options);
    const named = { name: options.name ?? name, signal: options.signal };
    const loading = this.engines.map((engine) => engine.load(bytes, named));
    const [first, ...others] = (await Promise.all(loading)) as [Model, ...Model[]];
    return { ...first, card, early, ids: [first.id, ...others.map(({ id }) => id)] };
  }

  /** Forgets a network. */
  async unload(model: PooledModel): Promise<void> {
    await Promise.all(this.engines.map((engine, place) => engine.unload(model.ids[place] ?? -1)));
  }

  /**
   * Does `work` for every item; whichever engine is free takes the next one, which is not asked for before, so that
   * there may be any number of items. Gives [index, result] in the order in which they are finished. Leaving the
   * loop, an abort or a failure ends the rest.
   */
  async *each<Item, Result>(
    items: Iterable<Item>,
    work: Work<Item, Result>,
    signal?: AbortSignal,
  ): AsyncGenerator<[index: number, result: Result]> {
    const waiting = numbered(items);
    const running = new Map<number, Promise<{ place: number; index: number; result: Result }>>();
    const run = async (engine: BlindSpots, [index, item]: [number, Item], place: number) => {
      const result = await work(engine, item, place);
      return { place, index, result };
    };
    const next = (place: number) => {
      if (this.#closed) throw new BlindSpotsError("closed", "The pool was closed.");
      if (signal?.aborted) throw aborted();
      const engine = this.engines[place];
      const { done, value } = waiting.next();
      if (!done && engine) running.set(place, run(engine, value, place));
    };
    try {
      for (let place = 0; place < this.engines.length; place += 1) next(place);
      while (running.size > 0) {
        const { place, index, result } = await Promise.race(running.values());
        running.delete(place);
        next(place);
        yield [index, result];
      }
    } finally {
      // Nobody waits for these any more; what they still reject with was answered above.
      for (const left of running.values()) left.catch(() => undefined);
      waiting.return(undefined);
    }
  }

  /** Attacks many images. Gives [index, report] in the order in which they are finished. */
  async *attackMany({
    model,
    images,
    labels,
    signal,
    ...wish
  }: AttackManyOptions): AsyncGenerator<[index: number, report: AttackReport]> {
    const models = "ids" in model ? [model] : model;
    // Of no network the engine says that there is none.
    const pixels = models[0] ? pixelsOf(models[0].image) : images.length / labels.length;
    if (images.length !== pixels * labels.length) {
      const message = `${counted(labels.length, "label")} cannot belong to ${counted(images.length / pixels, "image")}`;
      throw new BlindSpotsError("wrong-length", message);
    }
    const classes = classesOf(labels);
    // Leaving the loop stops what still runs.
    const stop = new AbortController();
    const abort = () => stop.abort();
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    const attack: Work<number, AttackReport> = (engine, index, place) =>
      engine.attack({
        ...wish,
        models: models.map(({ ids }) => ids[place] ?? -1),
        image: images.subarray(pixels * index, pixels * (index + 1)),
        label: classes[index],
        signal: stop.signal,
      });
    try {
      yield* this.each(Array(labels.length).keys(), attack, stop.signal);
    } finally {
      signal?.removeEventListener("abort", abort);
      abort();
    }
  }

  /** Ends all workers. */
  close(): void {
    this.#closed = true;
    for (const engine of this.engines) engine.close();
  }
}

/** Items with their numbers, one by one; what is left of them is given up where the loop ends. */
function* numbered<Item>(items: Iterable<Item>): Generator<[number, Item], undefined> {
  let index = 0;
  for (const item of items) {
    yield [index, item];
    index += 1;
  }
}

/** Workers where nobody says how many. */
function cores(): number {
  // Only some browsers say how much memory there is.
  const { hardwareConcurrency = 1, deviceMemory = 8 } = navigator as Partial<Navigator> & {
    deviceMemory?: number;
  };
  return Math.max(1, Math.min(hardwareConcurrency, deviceMemory > 4 ? MOST : MOST_ON_SMALL_MACHINES));
}
