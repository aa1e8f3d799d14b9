// Made for × shown to, over many digits: examples are made in a pool of
// workers, block by block, so that all rows fill evenly, and kept, so that
// another magnification only has to be read again.

import { BlindSpotsError, type BackendChoice, type BlindSpots } from "../../engine/engine.js";
import type { Work } from "../../engine/pool.js";
import { apart, concatenate, distortion, magnified } from "../../lab/measure.js";
import { Crew } from "./crew.js";
import { Tally } from "./tally.js";

/** Digits that are attacked side by side in a worker. */
const BLOCK = 10;

/** What the images of a row are: examples made for a network, or noise. */
export type Made = { kind: "for"; network: string } | { kind: "noise"; distortion: number };

export interface Row {
  made: Made;
  tally: Tally;
  /** Whether its noise follows the magnification. */
  follows: boolean;
}

/** What is computed. */
export interface Design {
  networks: readonly string[];
  /** Distortions of the rows of noise. */
  noise: readonly number[];
  images: readonly Float32Array[];
  labels: readonly number[];
  seed: number;
  backend: BackendChoice;
}

interface Block {
  originals: Float32Array;
  labels: number[];
  /** By network: the examples made for it. */
  examples: (Float32Array | undefined)[];
}

/** One row's share of a block. */
interface Item {
  row: Row;
  block: number;
}

export class Experiment {
  readonly design: Design;
  rows: Row[] = [];
  running = false;
  /** Networks and workers are being made ready. */
  preparing = false;
  /** What every change is rescaled to; `null` for as it was found. */
  to: number | null;
  readonly #blocks: Block[];
  readonly #crew: Crew;
  readonly #changed: () => void;
  readonly #report: (reason: unknown) => void;
  #stop: AbortController | null = null;
  /** Making examples was asked for, and is not paused. */
  #making = false;

  /** `changed` hears of every step, `report` of what went wrong. */
  constructor(
    design: Design,
    to: number | null,
    crew: Crew,
    { changed, report }: { changed: () => void; report: (reason: unknown) => void },
  ) {
    this.design = design;
    this.to = to;
    this.#crew = crew;
    this.#changed = changed;
    this.#report = report;
    this.#blocks = blocksOf(design);
    this.rows = [
      ...design.networks.map((network) => this.#row({ kind: "for", network })),
      ...design.noise.map((distortion) => this.#row({ kind: "noise", distortion })),
      ...this.#following(),
    ];
  }

  /** Everything is counted. */
  get done(): boolean {
    return this.rows.every(({ tally }) => tally.digits === this.design.labels.length);
  }

  /** Something has been counted. */
  get begun(): boolean {
    return this.rows.some(({ tally }) => tally.digits > 0);
  }

  /** Share of the examples that are made. */
  get progress(): number {
    const made = this.#blocks.reduce((sum, { examples }) => sum + examples.filter((e) => e).length, 0);
    return made / (this.#blocks.length * this.design.networks.length);
  }

  /** Begins, or goes on. */
  start(): void {
    this.#making = true;
    if (!this.running) void this.#run();
  }

  pause(): void {
    this.#making = false;
    this.#stop?.abort();
  }

  /** Shows all examples at another distortion; nothing is made anew. */
  magnify(to: number | null): void {
    if (to === this.to) return;
    this.to = to;
    this.rows = this.rows
      .filter(({ follows }) => !follows)
      .map((row) => (row.made.kind === "for" ? this.#row(row.made) : row))
      .concat(this.#following());
    this.#stop?.abort();
    void this.#run();
  }

  /** The example of a digit that was made for a network, as it is shown. */
  example(network: number, digit = 0): Float32Array | null {
    const block = this.#blocks[Math.floor(digit / BLOCK)];
    const shown = block?.examples[network] && this.#shown(block, block.examples[network]);
    return shown?.subarray(784 * (digit % BLOCK), 784 * ((digit % BLOCK) + 1)) ?? null;
  }

  #row(made: Made, follows = false): Row {
    return { made, tally: new Tally(this.design.networks.length), follows };
  }

  /** Noise as strong as the magnified examples, unless there is such a row. */
  #following(): Row[] {
    const { to } = this;
    if (to === null || this.design.noise.includes(to)) return [];
    return [this.#row({ kind: "noise", distortion: to }, true)];
  }

  /** What is still to be counted, block by block; what only has to be read comes first. */
  #items(): Item[] {
    const items = this.#blocks.flatMap((_, block) =>
      this.rows.filter(({ tally }) => !tally.blocks.has(block)).map((row) => ({ row, block })),
    );
    const made = (item: Item) => this.#made(item);
    return [...items.filter(made), ...(this.#making ? items.filter((item) => !made(item)) : [])];
  }

  #made({ row, block }: Item): boolean {
    const { made } = row;
    if (made.kind === "for") return this.#blocks[block]?.examples[this.#place(made.network)] !== undefined;
    // Noise is made in no time, but only beside examples.
    return this.#blocks[block]?.examples.some((examples) => examples) ?? false;
  }

  #place(network: string): number {
    return this.design.networks.indexOf(network);
  }

  async #run(): Promise<void> {
    const stop = (this.#stop = new AbortController());
    const { signal } = stop;
    this.running = this.preparing = true;
    this.#changed();
    try {
      const { networks, backend } = this.design;
      const { pool, ids } = await this.#crew.ready(networks, backend, signal);
      this.preparing = false;
      const work: Work<Item, void> = (engine, item, place) =>
        this.#count(
          engine,
          ids.map((of) => of[place] ?? -1),
          item,
          signal,
        );
      const counted = pool.each(this.#items(), work, signal);
      while (!(await counted.next()).done) this.#changed();
    } catch (reason) {
      // Paused, or another run has taken over.
      if (!signal.aborted && BlindSpotsError.from(reason).code !== "aborted") this.#report(reason);
    } finally {
      if (this.#stop === stop) {
        this.running = this.preparing = false;
        this.#stop = null;
        this.#changed();
      }
    }
  }

  /** Makes what a row shows of a block, has it read, and counts. */
  async #count(engine: BlindSpots, ids: number[], { row, block }: Item, signal: AbortSignal): Promise<void> {
    const of = this.#blocks[block];
    if (!of) return;
    const { made } = row;
    const { to } = this;
    let shown: Float32Array;
    if (made.kind === "noise") {
      shown = await engine.noise(of.originals, made.distortion, this.design.seed, { signal });
    } else {
      const place = this.#place(made.network);
      of.examples[place] ??= await this.#make(engine, ids[place] ?? -1, of, signal);
      shown = this.#shown(of, of.examples[place]);
    }
    const read = await engine.labels(ids, shown, { signal });
    if (signal.aborted || to !== this.to) return;
    const originals = apart(of.originals);
    const distances = apart(shown).map((image, i) => distortion(image, originals[i] ?? image));
    row.tally.add(block, read, of.labels, distances);
  }

  async #make(engine: BlindSpots, model: number, of: Block, signal: AbortSignal): Promise<Float32Array> {
    const { originals: images, labels } = of;
    const { seed } = this.design;
    return (await engine.examples({ model, images, labels, method: "boundary", seed, signal })).images;
  }

  /** Examples at the distortion that is asked for; an original that stayed one has no direction. */
  #shown({ originals }: Block, examples: Float32Array): Float32Array {
    const { to } = this;
    if (to === null) return examples;
    const before = apart(originals);
    const rescaled = apart(examples).map((example, i) => {
      const original = before[i] ?? example;
      const now = distortion(example, original);
      return now > 0 ? magnified(example, original, to / now) : original;
    });
    return concatenate(rescaled);
  }
}

function blocksOf({ images, labels }: Design): Block[] {
  return Array.from({ length: Math.ceil(labels.length / BLOCK) }, (_, block) => ({
    originals: concatenate(images.slice(BLOCK * block, BLOCK * (block + 1))),
    labels: labels.slice(BLOCK * block, BLOCK * (block + 1)),
    examples: [],
  }));
}
