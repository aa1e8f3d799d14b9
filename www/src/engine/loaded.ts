// The networks that an engine has loaded, as the library knows them.

import type { ImageShape } from "./arrays.js";
import { BlindSpotsError } from "./errors.js";
import type { Model } from "./options.js";
import type { Placed } from "./protocol.js";
import type { Source } from "./sources.js";

export class Loaded {
  readonly #models = new Map<number, Model>();
  /** Files of those that were read when the site was built. */
  readonly #unread = new Map<number, Source>();

  /** Keeps a network, and its file where that is still to be read. */
  add(model: Model, file: Source): void {
    this.#models.set(model.id, model);
    if (model.early) this.#unread.set(model.id, file);
  }

  remove(id: number): void {
    this.#models.delete(id);
    this.#unread.delete(id);
  }

  /** The file of a network that was read when the site was built and not yet here. */
  unread(id: number): Source | undefined {
    if (!this.#models.has(id))
      throw new BlindSpotsError("no-such-model", `there is no model number ${id}; load it first`);
    return this.#unread.get(id);
  }

  /** The network's file was read here and says the same. */
  confirm(id: number): void {
    this.#unread.delete(id);
    const model = this.#models.get(id);
    if (model) model.early = false;
  }

  /** The shape of the images that a network reads, where it is loaded. */
  shape(id: number | undefined): ImageShape | undefined {
    return id === undefined ? undefined : this.#models.get(id)?.image;
  }

  /** The engine has said where networks run. */
  place(placements: Placed["placements"]): void {
    for (const { model, backend } of placements) {
      const known = this.#models.get(model);
      if (known) known.backend = backend;
    }
  }
}
