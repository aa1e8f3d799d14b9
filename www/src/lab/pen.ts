/** Whether somebody draws. */
export interface Pen {
  /** When it has moved on the paper last, as `performance.now()` has it. */
  moved: number;
}

/** Without a movement for so long, nobody draws: between two strokes it is less, in milliseconds. */
const PAUSE = 600;

/** Resolves when a pen has not moved for a moment: until then long work leaves room for the page. */
export async function rested(pen: Pen): Promise<void> {
  const left = () => pen.moved + PAUSE - performance.now();
  while (left() > 0) await new Promise((resolve) => setTimeout(resolve, left()));
}
