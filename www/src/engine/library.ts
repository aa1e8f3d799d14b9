/**
 * The JavaScript library, served as `blindspots.js`: `BlindSpots`, one engine;
 * `Pool`, several of them for work on many digits.
 */

export * from "./engine.js";
export { Units, type MakeOptions, type UnitsOptions } from "./units.js";
export type {
  ComparisonReport,
  ContrastReport,
  CurvePoint,
  LayerInfo,
  MadeImage,
  ProportionReport,
  RowsReport,
} from "./messages.js";
export { Pool, type AttackManyOptions, type PooledModel, type PoolOptions, type Work } from "./pool.js";
