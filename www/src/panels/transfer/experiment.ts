// Made for × shown to, over many digits: examples are made in a pool of
// workers, block by block, so that all rows fill evenly, and kept, so that
// another magnification only has to be read again.

import type { BlindSpots } from "../../engine/engine.js";
import type { BackendChoice } from "../../engine/messages.js";
import type { Work } from "../../engine/pool.js";
import { Latest, stale } from "../../lab/latest.js";
import type { OwnNetwork } from "../../lab/own.js";
import { apart, concatenate } from "../../lab/measure.js";
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
  /** What was counted at another magnification: shown until as much is counted at this one. */
  before: Tally | null;
}

/** What there is to see of a row. */
export interface Shown {
  made: Made;
  tally: Tally;
  follows: boolean;
  /** Whether it belongs to the magnification before. */
  old: boolean;
  /** Digits that are counted at this one. */
  counted: number;
}

/** What is computed. */
export interface Design {
  networks: readonly string[];
  /** The visitor's own network, which may be one of them. */
  own: OwnNetwork;
  /** Distortions of the rows of noise. */
  noise: readonly number[];
  images: readonly Float32Array[];
  labels: readonly number[];
  seed: number;
  backend: BackendChoice;
}

/** A block of originals, from `first` on. */
interface Block {
  first: number;
  count: number;
  /** By network: the examples made for it. */
  examples: (Float32Array | undefined)[];
  /** By network: the same as they were shown last. */
  shown: (Float32Array | undefined)[];
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
  readonly #resting: () => Promise<void>;
  readonly #work: Latest;
  /** The originals as each engine keeps them, by number. */
  readonly #sets = new Map<BlindSpots, Promise<number>>();
  /** Making examples was asked for, and is not paused. */
  #making = false;

  /**
   * `changed` hears of every step, `report` of what went wrong; `rest` is over when the page has nothing to do that
   * is looked at.
   */
  constructor(
    design: Design,
    to: number | null,
    crew: Crew,
    {
      changed,
      report,
      rest,
    }: { changed: () => void; report: (reason: unknown) => void; rest: () => Promise<void> },
  ) {
    this.design = design;
    this.to = to;
    this.#crew = crew;
    this.#changed = changed;
    this.#resting = rest;
    this.#work = new Latest(
      (signal) => this.#run(signal),
      (reason) => {
        this.#rest();
        report(reason);
      },
    );
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

  /** The rows, each with what was counted before while less is counted anew. */
  get shown(): Shown[] {
    return this.rows.map(({ made, tally, follows, before }) => {
      const old = before !== null && tally.digits < before.digits;
      return { made, tally: old ? before : tally, follows, old, counted: tally.digits };
    });
  }

  /** Share of the examples that are made. */
  get progress(): number {
    const made = this.#blocks.reduce((sum, { examples }) => sum + examples.filter((e) => e).length, 0);
    return made / (this.#blocks.length * this.design.networks.length);
  }

  /** Begins, or goes on. */
  start(): void {
    this.#making = true;
    if (!this.running) void this.#work.ask();
  }

  /** Makes nothing more; what is made is still counted, unless it is paused again. */
  pause(): void {
    const made = this.#making;
    this.#making = false;
    if (made && this.#items().length > 0) void this.#work.ask();
    else this.#end();
  }

  /** Ends it; the engines forget its originals. */
  close(): void {
    this.#making = false;
    this.#end();
    for (const [engine, keeping] of this.#sets) {
      // What was not kept, or went with its engine, need not be forgotten.
      keeping.then((set) => engine.forget(set)).catch(() => undefined);
    }
    this.#sets.clear();
  }

  #end(): void {
    this.#work.stop();
    this.#rest();
  }

  /** Nothing runs any more. */
  #rest(): void {
    this.running = this.preparing = false;
    this.#changed();
  }

  /** Shows all examples at another distortion; nothing is made anew. */
  magnify(to: number | null): void {
    if (to === this.to) return;
    this.to = to;
    const follower = this.rows.find(({ follows }) => follows);
    const again = ({ made, tally, before }: Row) =>
      this.#row(made, false, before && tally.digits < before.digits ? before : tally);
    this.rows = this.rows
      .filter(({ follows }) => !follows)
      .map((row) => (row.made.kind === "for" ? again(row) : row))
      .concat(this.#following().map((row) => ({ ...row, before: follower ? again(follower).before : null })));
    void this.#work.ask();
  }

  /** The example of a digit that was made for a network, as it is shown. */
  example(network: number, digit = 0): Float32Array | null {
    const block = this.#blocks[Math.floor(digit / BLOCK)];
    const shown = block?.shown[network];
    return (shown && apart(shown, block.count)[digit % BLOCK]) ?? null;
  }

  #row(made: Made, follows = false, before: Tally | null = null): Row {
    return { made, tally: new Tally(this.design.networks.length), follows, before };
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

  async #run(signal: AbortSignal): Promise<void> {
    this.running = this.preparing = true;
    this.#changed();
    const { networks, own, backend } = this.design;
    const { pool, ids } = await this.#crew.ready(networks, own, backend, signal);
    if (stale(signal)) return;
    this.preparing = false;
    const last = pool.engines.length - 1;
    const work: Work<Item, void> = async (engine, item, place) => {
      // One of several engines leaves its core to the page while a digit is drawn.
      if (place > 0 && place === last) await this.#resting();
      if (stale(signal)) return;
      const own = ids.map((of) => of[place] ?? -1);
      await this.#count(engine, own, item, signal);
    };
    const counted = pool.each(this.#items(), work, signal);
    while (!(await counted.next()).done) this.#changed();
    if (!stale(signal)) this.#rest();
  }

  /** Makes what a row shows of a block, and has it read and counted. */
  async #count(engine: BlindSpots, ids: number[], { row, block }: Item, signal: AbortSignal): Promise<void> {
    const of = this.#blocks[block];
    if (!of) return;
    const { made } = row;
    const { seed } = this.design;
    const { first, count } = of;
    const originals = { set: await this.#kept(engine), first, count };
    const all = { ...originals, models: ids, seed, signal };
    if (made.kind === "noise") {
      const counted = await engine.show({ ...all, distortion: made.distortion });
      if (!stale(signal)) row.tally.add(block, counted);
      return;
    }
    const place = this.#place(made.network);
    const make = { ...originals, model: ids[place] ?? -1, method: "nearest-boundary", seed, signal } as const;
    const examples = (of.examples[place] ??= (await engine.examples(make)).images);
    const counted = await engine.show({ ...all, examples, distortion: this.to ?? undefined });
    if (stale(signal)) return;
    of.shown[place] = counted.images;
    row.tally.add(block, counted);
  }

  /** The originals cross to an engine once. */
  #kept(engine: BlindSpots): Promise<number> {
    const { images, labels } = this.design;
    const kept = this.#sets.get(engine);
    if (kept) return kept;
    const keeping = engine.keep(concatenate(images), labels);
    this.#sets.set(engine, keeping);
    // What failed may be tried again.
    keeping.catch(() => this.#sets.delete(engine));
    return keeping;
  }
}

function blocksOf({ labels }: Design): Block[] {
  return Array.from({ length: Math.ceil(labels.length / BLOCK) }, (_, block) => ({
    first: BLOCK * block,
    count: Math.min(BLOCK, labels.length - BLOCK * block),
    examples: [],
    shown: [],
  }));
}
