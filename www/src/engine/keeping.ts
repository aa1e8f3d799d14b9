// Work on a data set: the one that is named, or one of images that are handed over, while it lasts.

import { checkImages, type ImageShape } from "./arrays.js";
import type { FromImages, Waiting } from "./options.js";

/** Keeps data sets. */
interface Keeper {
  keep(images: Float32Array, labels: ArrayLike<number>, options: Waiting): Promise<number>;
  forget(set: number): Promise<void>;
}

/** Asks about a data set; images that are handed over have to be of the given shape. */
export async function keeping<Wish extends object, Answer>(
  keeper: Keeper,
  shape: ImageShape | undefined,
  wish: Wish & ({ set: number } | FromImages),
  signal: AbortSignal | undefined,
  ask: (kept: Omit<Wish, keyof FromImages> & { set: number }) => Promise<Answer>,
): Promise<Answer> {
  if (wish.set != null) return ask(wish);
  const { images, labels, set: _, ...others } = wish;
  checkImages(images, shape);
  const set = await keeper.keep(images, labels, { signal });
  try {
    return await ask({ ...others, set });
  } finally {
    // What needs it longer has it; a closed engine has nothing to forget.
    keeper.forget(set).catch(() => undefined);
  }
}
