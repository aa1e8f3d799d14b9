/**
 * The JavaScript library, served as `blindspots.js`: `BlindSpots`, one engine;
 * `Pool`, several of them for work on many digits.
 */

import { BlindSpots } from "./engine.js";
import { guard } from "./given.js";
import { Lessons } from "./lessons.js";
import { Pictures } from "./pictures.js";
import { Pool } from "./pool.js";
import { ofBlindSpots, ofEngine, ofLessons, ofPictures, ofPool, ofPools, ofUnits } from "./signatures.js";
import { Units } from "./units.js";

// Callers in JavaScript can pass anything; those in the page are checked by the compiler.
guard(BlindSpots, ofBlindSpots);
guard(BlindSpots.prototype, ofEngine);
guard(Units.prototype, ofUnits);
guard(Lessons.prototype, ofLessons);
guard(Pictures.prototype, ofPictures);
guard(Pool, ofPools);
guard(Pool.prototype, ofPool);

export { BlindSpots, Pool, Units };
export type { Gradient, Labels } from "./arrays.js";
export type { Bundled, Card } from "./cards.js";
export { BlindSpotsError, type ErrorCode } from "./errors.js";
export type {
  AttackOptions,
  AttemptOptions,
  CompareOptions,
  ConfirmOptions,
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
export type { MakeOptions, ObserveOptions, UnitsOptions } from "./units.js";
export type { PictureData, Pictures } from "./pictures.js";
export type { Lessons, MarkOptions, ResultOptions, VerifyOptions } from "./lessons.js";
export { methods } from "./messages.js";
export type {
  Answer,
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
  KnownModel,
  LayerInfo,
  Lesson,
  MadeImage,
  MemoryReport,
  MethodName,
  ModelInfo,
  OtherPixels,
  PhotographReport,
  PixelsInfo,
  Point,
  Problem,
  Progress,
  ProportionReport,
  Reading,
  RowsReport,
  ShowReport,
  SliceReport,
  Stroke,
  StudentWork,
  Task,
  TransferReport,
  TransferRow,
  Verified,
  VerifiedTask,
} from "./messages.js";
export type { AttackManyOptions, PooledModel, PoolOptions, Work } from "./pool.js";
