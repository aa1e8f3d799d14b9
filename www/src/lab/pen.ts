/** Without a movement for so long, nobody draws: between two strokes it is less, in milliseconds. */
const PAUSE = 600;

/** Whether somebody draws. */
export class Pen {
  #moved = -Infinity;

  /** The pen has moved on the paper. */
  moved(): void {
    this.#moved = performance.now();
  }

  /** Resolves when it has not moved for a moment: until then long work leaves room for the page. */
  async rest(): Promise<void> {
    const left = () => this.#moved + PAUSE - performance.now();
    while (left() > 0) await new Promise((resolve) => setTimeout(resolve, left()));
  }
}
