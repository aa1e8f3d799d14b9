// What the panel of the line and the plane shows: computed when an example is
// there, coarse first, and again when anything it rests on changes.

import { imageAt, type Line, type Plane } from "../../engine/slices.js";
import type { Example } from "../../lab/example.js";
import type { Lab } from "../../lab/lab.js";
import { Latest, stale } from "../../lab/latest.js";
import type { Slot } from "../../lab/networks.js";

/** Points along a side of the plane, from coarse to fine; each grid holds the one before. */
const GRIDS = [17, 33, 65, 129];

/** Milliseconds after which a grid is fine enough for this machine. */
const PATIENCE = 2500;

/** Where the visitor looks: a in lengths of r, b in lengths of the random direction. */
export type Place = readonly [a: number, b: number];

/** What is seen there: always a point that was read. */
export interface View {
  place: Place;
  image: Float32Array;
  probabilities: Float32Array;
  clipped: number;
}

export class Slicing {
  line: Line | null = null;
  plane: Plane | null = null;
  /** Share of the finest grid that is read. */
  progress = 0;
  working = false;
  /** Whether the visitor has ended it before the finest plane was there. */
  cancelled = false;
  /** What the line and the plane are to belong to. */
  example: Example | null = null;
  slot: Slot | null = null;
  /** Who read the line and the plane that are shown: another network's stay until they are replaced. */
  reader: Slot | null = null;
  /** Whether they are what was asked for. */
  fresh = false;
  #seed = 0;

  #lab: Lab;
  #changed: () => void;
  readonly #work = new Latest(
    (signal) => this.#compute(signal),
    (reason) => {
      this.working = false;
      this.#lab.report(reason);
      this.#changed();
    },
  );

  constructor(lab: Lab, changed: () => void) {
    this.#lab = lab;
    this.#changed = changed;
  }

  /** Takes up what the lab has now. */
  follow(): void {
    const { fooling, chosen, choices } = this.#lab;
    const example = fooling.example;
    const slot = chosen?.state === "ready" ? chosen : null;
    const same = example === this.example && slot?.model?.id === this.slot?.model?.id;
    if (same && choices.seed === this.#seed) return;
    // The first example may be a link's, which says where one looked.
    if (example !== this.example && this.example) this.#lab.choose({ place: null });
    this.stop();
    if (example !== this.example || !slot) this.#clear();
    Object.assign(this, { example, slot, progress: 0, fresh: false, cancelled: false });
    this.#seed = choices.seed;
    if (example && slot) void this.#work.ask();
  }

  /** Ends what is under way. */
  stop(): void {
    this.#work.stop();
    this.working = false;
  }

  /** Ends it at the visitor's wish. What was read by then stays. */
  cancel(): void {
    this.stop();
    this.cancelled = true;
    this.#changed();
  }

  /** Begins again what the visitor has ended. */
  resume(): void {
    Object.assign(this, { cancelled: false, progress: 0 });
    this.#changed();
    void this.#work.ask();
  }

  /** Forgets everything, so that `follow` begins anew. */
  forget(): void {
    this.stop();
    this.#clear();
    this.cancelled = false;
    this.example = null;
    this.slot = null;
  }

  #clear(): void {
    Object.assign(this, { line: null, plane: null, reader: null, fresh: false });
  }

  /** Where the visitor looks: at the example to begin with. */
  get place(): Place {
    return this.#lab.choices.place ?? [1, 0];
  }

  /** Looks somewhere else. */
  move(place: Place): void {
    this.#lab.choose({ place });
    this.#changed();
  }

  /** What is seen at the visitor's place, or at the nearest point that was read. */
  get view(): View | null {
    const { example, line, plane } = this;
    const [a, b] = this.place;
    if (!example || !line) return null;
    let seen: Omit<View, "image">;
    if (b === 0) {
      const i = nearest(line.positions, a);
      seen = pick([line.positions[i] ?? 0, 0], line.along, line.alongClipped, i);
    } else if (a === 0 || !plane) {
      const i = nearest(line.positions, b);
      seen = pick([0, line.positions[i] ?? 0], line.aside, line.asideClipped, i);
    } else {
      const [column, row] = [nearest(plane.a, a), nearest(plane.b, b)];
      const at: Place = [plane.a[column] ?? 0, plane.b[row] ?? 0];
      seen = pick(at, plane.probabilities, plane.clipped, row * plane.points + column);
    }
    return { ...seen, image: imageAt(example.original, example.image, line.direction, seen.place) };
  }

  async #compute(signal: AbortSignal): Promise<void> {
    const { example, slot } = this;
    const { engine } = this.#lab;
    if (!example || !slot?.model || !engine) return;
    const of = {
      model: slot.model.id,
      image: example.original,
      towards: example.image,
      seed: this.#seed,
      signal,
    };
    this.working = true;
    this.#changed();
    const line = await engine.line(of);
    if (stale(signal)) return;
    // The first is shown at once; later ones replace line and plane together.
    if (!this.line) Object.assign(this, { line, reader: slot });
    this.#changed();
    for (const points of GRIDS) {
      const started = performance.now();
      const before = this.progress;
      const onprogress = ({ fraction }: { fraction: number }) => {
        if (stale(signal)) return;
        this.progress = Math.max(before, (fraction * points ** 2) / (GRIDS.at(-1) ?? points) ** 2);
        this.#changed();
      };
      const plane = await engine.plane({ ...of, points, onprogress });
      if (stale(signal)) return;
      Object.assign(this, { line, plane, reader: slot, fresh: true });
      this.#changed();
      if (performance.now() - started > PATIENCE) break;
    }
    this.working = false;
    this.#changed();
  }
}

/** Which of evenly growing numbers is nearest. */
function nearest(numbers: Float32Array, value: number): number {
  const [first = 0, last = 0] = [numbers[0], numbers.at(-1)];
  const index = Math.round(((value - first) / (last - first)) * (numbers.length - 1));
  return Math.min(numbers.length - 1, Math.max(0, index));
}

function pick(place: Place, probabilities: Float32Array, clipped: Float32Array, index: number) {
  const classes = probabilities.length / clipped.length;
  return {
    place,
    probabilities: probabilities.subarray(classes * index, classes * (index + 1)),
    clipped: clipped[index] ?? 0,
  };
}
