// What the panel shows: a network's hidden layer with its rows, the question
// of the quiz, the numbers, the images that were made.

import { msg, str } from "@lit/localize";
import type { Units } from "../../engine/units.js";
import { BlindSpotsError } from "../../engine/errors.js";
import type { ComparisonReport, LayerInfo, MadeImage, Progress, RowsReport } from "../../engine/messages.js";
import type { Digits } from "../../lab/digits.js";
import type { Lab } from "../../lab/lab.js";
import { Latest, stale } from "../../lab/latest.js";
import { layerOf } from "../../lab/layer.js";
import { concatenate } from "../../lab/measure.js";
import type { Slot } from "../../lab/networks.js";
import { asSentence, failure, type Said } from "../../lab/saying.js";

/** A network with sigmoid units, as in the paper. */
const USUAL = "fc100-100-10";

/** Rows of each kind on one page. */
export const ROWS = 4;

export type Kind = "unit" | "direction";

/** A row by its kind and number. */
export interface Row {
  kind: Kind;
  index: number;
}

/** Two rows, one of each kind, and what was answered. */
export interface Question {
  rows: [Row, Row];
  /** Which of the two the visitor took for the unit's. */
  answer: 0 | 1 | null;
}

export class UnitsState {
  layers: LayerInfo[] = [];
  digits: Digits | null = null;
  shown: Units | null = null;
  /** Whether `shown` is the chosen layer; another one's rows stay until they are replaced. */
  fresh = false;
  /** Share of the present work; `null` where nothing runs. */
  progress: number | null = null;
  /** Whether the visitor has ended showing the digits. */
  cancelled = false;
  #failed: BlindSpotsError | null = null;

  question: Question | null = null;
  score = { hits: 0, trials: 0 };

  comparison: ComparisonReport | null = null;
  comparing: number | null = null;

  /** Rows that answer to anything, in the order in which they are paged through. */
  order: Record<Kind, number[]> = { unit: [], direction: [] };
  page = 0;
  made = new Map<string, MadeImage>();
  making = false;

  #lab: Lab;
  readonly #source: () => Promise<Digits | null>;
  #key: string | null = null;
  readonly #showing = new Latest(
    (signal) => this.#show(signal),
    (reason) => this.#fail(reason),
  );
  readonly #making = new Latest(
    (signal) => this.#make(signal),
    (reason) => {
      this.#unmade = true;
      this.making = false;
      this.#fail(reason);
    },
  );
  readonly #comparing = new Latest(
    (signal) => this.#compare(signal),
    (reason) => {
      this.comparing = null;
      this.#fail(reason);
    },
  );
  /** Making images failed on this page: it is not tried again before the next. */
  #unmade = false;

  /** Why there is nothing to see. */
  get problem(): Said | null {
    return this.#failed && asSentence(failure(this.#failed));
  }

  /** `source` has the digits that the layer is shown: MNIST's test set where it is not given. */
  constructor(lab: Lab, source: () => Promise<Digits | null> = () => lab.testSet()) {
    this.#lab = lab;
    this.#source = source;
  }

  /** The network that is looked into. */
  get slot(): Slot | undefined {
    const { slots } = this.#lab;
    const named = (name: string | null) => slots.find((slot) => slot.name === name);
    return named(this.#wish.network) ?? named(USUAL) ?? slots[0];
  }

  /** The layer's number, from 1: the last one where nothing else is wished for. */
  get layer(): number {
    const { layer } = this.#wish;
    const there = this.layers.length;
    return layer !== null && layer >= 1 && layer <= there ? layer : there;
  }

  get #wish(): { network: string | null; layer: number | null } {
    return layerOf(this.#lab.choices.units);
  }

  choose(name: string, layer?: number): void {
    this.#lab.choices.units = layer === undefined ? name : `${name}.${layer}`;
    this.#lab.changed();
  }

  /** Shows what is chosen, unless it is shown already or under way. */
  follow(): void {
    const { slot } = this;
    if (!slot?.model) {
      if (this.shown) this.leave();
      return;
    }
    const key = `${slot.model.id}/${this.#lab.choices.units ?? ""}`;
    if (key === this.#key) return;
    this.#key = key;
    this.#rest();
    void this.#showing.ask();
  }

  /** Ends all work and frees what the engine keeps. */
  leave(): void {
    this.#key = null;
    this.#rest();
    this.#clear();
  }

  /** Ends all work on what is shown. */
  #rest(): void {
    for (const work of [this.#showing, this.#making, this.#comparing]) work.stop();
    this.fresh = false;
    this.cancelled = false;
    this.comparing = null;
    this.#failed = null;
    this.progress = null;
    this.making = false;
    this.#unmade = false;
  }

  /** Shows nothing any more; the engine forgets it. */
  #clear(): void {
    // A closed engine has nothing to free.
    this.shown?.close().catch(() => undefined);
    this.shown = null;
    this.question = null;
    this.score = { hits: 0, trials: 0 };
    this.comparison = null;
    this.made.clear();
    this.page = 0;
  }

  async #show(signal: AbortSignal): Promise<void> {
    const { engine } = this.#lab;
    const model = this.slot?.model?.id;
    if (!engine || model === undefined) return;
    this.progress = 0;
    this.#lab.changed();
    const [layers, digits] = await Promise.all([engine.hiddenLayers(model, { signal }), this.#source()]);
    // Somebody has chosen another layer meanwhile.
    if (stale(signal) || !digits) return;
    this.layers = layers;
    this.digits = digits;
    const { layer } = this;
    const onprogress = ({ fraction }: Progress) => this.#tell(() => (this.progress = fraction), signal);
    const { images, labels, set } = digits;
    const of = set === null ? { images: concatenate(images), labels } : { set };
    const shown = await engine.units({ model, layer, ...of, signal, onprogress });
    if (stale(signal)) return void shown.close().catch(() => undefined);
    this.#clear();
    this.shown = shown;
    this.fresh = true;
    this.progress = null;
    this.order = { unit: speaking(shown.units), direction: speaking(shown.directions) };
    this.ask();
  }

  /** Changes something that still matters, and says so. */
  #tell(change: () => void, signal: AbortSignal): void {
    if (stale(signal)) return;
    change();
    this.#lab.changed();
  }

  #fail(reason: unknown): void {
    this.progress = null;
    const error = BlindSpotsError.from(reason);
    const { code } = error;
    this.#failed = error;
    if (!this.fresh) this.#clear();
    if (code === "crashed" || code === "device-lost") this.#lab.report(reason);
    this.#lab.changed();
  }

  /** Ends showing the digits, at the visitor's wish. */
  stopShowing(): void {
    this.#showing.stop();
    this.progress = null;
    this.cancelled = true;
    this.#lab.changed();
  }

  /** Tries again what failed or was ended. */
  retry(): void {
    this.#key = null;
    this.follow();
  }

  /** Puts the next question of the quiz. */
  ask(): void {
    const unit = anyOf(this.order.unit);
    const direction = anyOf(this.order.direction);
    if (unit === undefined || direction === undefined) {
      this.question = null;
    } else {
      const rows: [Row, Row] = [
        { kind: "unit", index: unit },
        { kind: "direction", index: direction },
      ];
      if (!this.unitFirst) rows.reverse();
      this.question = { rows, answer: null };
    }
    this.#lab.changed();
  }

  /** Whether the unit's row is the first of the next question. */
  protected get unitFirst(): boolean {
    return Math.random() < 0.5;
  }

  answer(choice: 0 | 1): void {
    const { question } = this;
    if (!question || question.answer !== null) return;
    question.answer = choice;
    this.score.trials += 1;
    if (question.rows[choice].kind === "unit") this.score.hits += 1;
    this.#lab.changed();
  }

  get pages(): number {
    return Math.max(1, Math.ceil(this.order.unit.length / ROWS));
  }

  /** The rows of one kind on this page. */
  visible(kind: Kind): number[] {
    const rows = this.order[kind];
    // The last page is as full as the others.
    const first = Math.max(0, Math.min(ROWS * this.page, rows.length - ROWS));
    return rows.slice(first, first + ROWS);
  }

  turn(by: number): void {
    this.#open((this.page + by + this.pages) % this.pages);
  }

  shuffle(): void {
    for (const rows of Object.values(this.order)) shuffle(rows);
    this.#open(0);
  }

  #open(page: number): void {
    this.page = page;
    this.#failed = null;
    this.#unmade = false;
    this.#making.stop();
    this.making = false;
    this.#lab.changed();
  }

  /** Makes images for the rows of this page that have none yet. */
  async make(): Promise<void> {
    if (!this.fresh || this.making || this.#unmade || this.#missing.length === 0) return;
    await this.#making.ask();
  }

  /** The rows of this page without an image, units first. */
  get #missing(): Row[] {
    const rows = (kind: Kind) => this.visible(kind).map((index): Row => ({ kind, index }));
    return [...rows("unit"), ...rows("direction")].filter((row) => !this.made.has(keyOf(row)));
  }

  async #make(signal: AbortSignal): Promise<void> {
    const rows = this.#missing;
    const of = (wanted: Kind) => rows.flatMap(({ kind, index }) => (kind === wanted ? [index] : []));
    this.making = true;
    this.#lab.changed();
    const images = await this.shown?.make({ units: of("unit"), directions: of("direction"), signal });
    this.#tell(() => {
      rows.forEach((row, place) => {
        const image = images?.[place];
        if (image) this.made.set(keyOf(row), image);
      });
      this.making = false;
    }, signal);
  }

  /** Compares all units with all directions. */
  async compare(): Promise<void> {
    if (this.fresh && this.comparing === null) await this.#comparing.ask();
  }

  async #compare(signal: AbortSignal): Promise<void> {
    this.#failed = null;
    this.#tell(() => (this.comparing = 0), signal);
    const onprogress = ({ fraction }: Progress) => this.#tell(() => (this.comparing = fraction), signal);
    const report = await this.shown?.compare({ signal, onprogress });
    this.#tell(() => {
      this.comparison = report ?? null;
      this.comparing = null;
    }, signal);
  }

  stopComparing(): void {
    this.#comparing.stop();
    this.comparing = null;
    this.#lab.changed();
  }

  /** The rows' images, answers and purity. */
  rowsOf(kind: Kind): RowsReport | undefined {
    return kind === "unit" ? this.shown?.units : this.shown?.directions;
  }
}

/** "Unit 17", "Direction 203": numbered from 1. */
export function nameOf({ kind, index }: Row): string {
  const place = index + 1;
  return kind === "unit" ? msg(str`Unit ${place}`) : msg(str`Direction ${place}`);
}

/** What a row's image is kept by. */
export function keyOf({ kind, index }: Row): string {
  return `${kind} ${index}`;
}

/** Numbers of the rows that do not give every image the same answer. */
function speaking({ silent }: RowsReport): number[] {
  return silent.flatMap((is, index) => (is ? [] : [index]));
}

function anyOf(numbers: number[]): number | undefined {
  return numbers[Math.floor(Math.random() * numbers.length)];
}

/** Fisher and Yates. */
function shuffle(numbers: number[]): void {
  for (let last = numbers.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [numbers[last], numbers[other]] = [numbers[other] ?? 0, numbers[last] ?? 0];
  }
}
