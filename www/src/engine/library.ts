/**
 * The JavaScript library, served as `blindspots.js`: `BlindSpots`, one engine;
 * `Pool`, several of them for work on many digits.
 */

export * from "./engine.js";
export { Pool, type AttackManyOptions, type PooledModel, type PoolOptions, type Work } from "./pool.js";
