/**
 * The JavaScript library, served as `blindspots.js`: `BlindSpots`, one engine;
 * `Pool`, several of them for work on many digits.
 */

export { BlindSpots } from "./engine.js";
export type { Bundled, Card } from "./cards.js";
export { BlindSpotsError, type ErrorCode } from "./errors.js";
export type {
  AttackOptions,
  AttemptOptions,
  CompareOptions,
  DigitImages,
  DigitsOptions,
  ExamplesOptions,
  FromImages,
  FromSet,
  GradientOptions,
  LoadOptions,
  LowerOptions,
  Model,
  NoiseOptions,
  OpenOptions,
  ShowOptions,
  TransferOptions,
  Waiting,
  WorkOptions,
} from "./options.js";
export type { Simd } from "./simd.js";
export {
  imageAt,
  type Line,
  type LineOptions,
  type Plane,
  type PlaneOptions,
  type PointsOptions,
  type SliceOptions,
} from "./slices.js";
export { Units, type MakeOptions, type ObserveOptions, type UnitsOptions } from "./units.js";
export { methods } from "./messages.js";
export type {
  AttackReport,
  Backend,
  BackendChoice,
  BackendKind,
  BoundsReport,
  CertificateReport,
  Compared,
  CompareReport,
  ComparisonReport,
  ContrastReport,
  CostReport,
  CurvePoint,
  ExamplesReport,
  FormerMethodName,
  LayerInfo,
  MadeImage,
  MemoryReport,
  MethodName,
  ModelInfo,
  OtherPixels,
  PixelsInfo,
  Point,
  Progress,
  ProportionReport,
  Reading,
  RowsReport,
  ShowReport,
  SliceReport,
  Stroke,
  TransferReport,
  TransferRow,
} from "./messages.js";
export { Pool, type AttackManyOptions, type PooledModel, type PoolOptions, type Work } from "./pool.js";
