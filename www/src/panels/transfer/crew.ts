// Engines for work on many digits: a pool of workers with the networks loaded,
// opened when it is first needed and kept while the panel is there.

import type { BackendChoice } from "../../engine/messages.js";
import { OWN } from "../../lab/networks.js";
import type { OwnNetwork } from "../../lab/own.js";
import { Pool, type PooledModel } from "../../engine/pool.js";

export class Crew {
  #pool: Promise<Pool> | null = null;
  readonly #models = new Map<string, Promise<PooledModel>>();

  /** The pool, and each network's ids in its engines: `[networks][engines]`. */
  async ready(
    names: readonly string[],
    own: OwnNetwork,
    backend: BackendChoice,
    signal: AbortSignal,
  ): Promise<{ pool: Pool; ids: (readonly number[])[] }> {
    const pool = await (this.#pool ??= open(backend).catch((reason: unknown) => {
      this.#pool = null;
      throw reason;
    }));
    const models: PooledModel[] = [];
    for (const name of names) {
      signal.throwIfAborted();
      models.push(await this.#load(pool, name, own));
    }
    return { pool, ids: models.map(({ ids }) => ids) };
  }

  /** Ends the workers. */
  close(): void {
    void this.#pool?.then((pool) => pool.close()).catch(() => undefined);
    this.#pool = null;
    this.#models.clear();
  }

  /** Forgets a network: what has this name is another one from now on. */
  drop(name: string): void {
    const loaded = this.#models.get(name);
    this.#models.delete(name);
    // What was not loaded, or went with its engines, need not be forgotten.
    void Promise.all([this.#pool, loaded])
      .then(([pool, model]) => model && pool?.unload(model))
      .catch(() => undefined);
  }

  #load(pool: Pool, name: string, own: OwnNetwork): Promise<PooledModel> {
    const load = () => (name === OWN ? own.loadInto(pool) : pool.load(name, { early: true }));
    const loading = this.#models.get(name) ?? load();
    this.#models.set(name, loading);
    // What failed may be tried again.
    loading.catch(() => this.#models.delete(name));
    return loading;
  }
}

/** As many workers as the machine bears; on the graphics card, or where more do not start, one. */
async function open(backend: BackendChoice): Promise<Pool> {
  if (backend === "webgpu") return Pool.open({ workers: 1, backend });
  return Pool.open().catch(() => Pool.open({ workers: 1 }));
}
