/**
 * What a hidden layer answers to many digits: rows of top images for its units
 * and for random directions among them, compared in numbers, and images made
 * by gradient ascent. Get one with `lab.units(…)`.
 */

import { unexpected } from "./errors.js";
import type {
  BackendKind,
  ComparisonReport,
  MadeImage,
  ObserveRequest,
  RowsReport,
  UnitsRequest,
  UnitsResponse,
} from "./messages.js";
import type { FromImages, Waiting, WorkOptions } from "./options.js";

/** Which layer is shown the images of which data set. */
export interface ObserveOptions extends ObserveRequest, WorkOptions {}

/** Which layer is shown which images: those of a data set that the engine keeps, or others. */
export type UnitsOptions = ObserveOptions | (Omit<ObserveOptions, "set"> & FromImages);

export interface MakeOptions extends WorkOptions {
  /** Numbers of units, from 0. */
  units?: number[];
  /** Numbers of random directions, from 0. */
  directions?: number[];
}

/** How a question about units reaches the engine. */
export type AskUnits = (request: UnitsRequest, options: WorkOptions) => Promise<UnitsResponse>;

type Task = UnitsResponse["task"];

/** Asks, and gives the answer to that very question. */
export async function askUnits<T extends Task>(
  ask: AskUnits,
  task: T,
  request: UnitsRequest,
  options: WorkOptions,
): Promise<Extract<UnitsResponse, { task: T }>> {
  const response = await ask(request, options);
  if (response.task !== task) throw unexpected();
  return response as Extract<UnitsResponse, { task: T }>;
}

/** A layer that has been shown digits. Close it to free the engine's memory. */
export class Units {
  /** One row a unit. */
  readonly units: RowsReport;
  /** One row a random direction. */
  readonly directions: RowsReport;
  /** Which backend computed the layer's answers. */
  readonly backend: BackendKind;
  readonly #ask: AskUnits;
  readonly #exhibit: number;

  private constructor(ask: AskUnits, answer: Extract<UnitsResponse, { task: "observed" }>) {
    this.#ask = ask;
    this.#exhibit = answer.exhibit;
    this.units = answer.units;
    this.directions = answer.directions;
    this.backend = answer.backend;
  }

  /** Shows images to a layer. */
  static async observe(ask: AskUnits, { signal, onprogress, ...wish }: ObserveOptions): Promise<Units> {
    const request: UnitsRequest = { task: "observe", ...wish };
    return new Units(ask, await askUnits(ask, "observed", request, { signal, onprogress }));
  }

  /** Purity, selectivity and a forced choice, units against directions, and both metrics along a rotation. */
  async compare(options: WorkOptions = {}): Promise<ComparisonReport> {
    const request: UnitsRequest = { task: "compare", exhibit: this.#exhibit };
    const { task: _, ...report } = await askUnits(this.#ask, "compared", request, options);
    return report;
  }

  /** Images that excite units and directions most, by gradient ascent: the units' first. */
  async make({ units = [], directions = [], ...options }: MakeOptions): Promise<MadeImage[]> {
    const request: UnitsRequest = { task: "make", exhibit: this.#exhibit, units, directions };
    return (await askUnits(this.#ask, "made", request, options)).images;
  }

  /** Frees what the engine keeps. */
  async close(options: Waiting = {}): Promise<void> {
    await askUnits(this.#ask, "forgotten", { task: "forget", exhibit: this.#exhibit }, options);
  }
}
