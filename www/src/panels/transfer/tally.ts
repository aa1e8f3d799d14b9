// Counts of misread digits, row by row: the engine counts, here they are added up.

import type { ShowReport } from "../../engine/messages.js";

/** What networks made of a row's images, digit by digit so far. */
export class Tally {
  /** Digits. */
  digits = 0;
  /** Sum of their distortions. */
  distortion = 0;
  /** How many of them each network misread. */
  readonly wrong: number[];
  /** Blocks of digits that are counted. */
  readonly blocks = new Set<number>();
  /** What each network read in the digit counted last. */
  last: readonly number[] = [];

  constructor(networks: number) {
    this.wrong = new Array<number>(networks).fill(0);
  }

  /** Adds what the engine counted of a block. */
  add(block: number, { count, distortion, wrong, labels }: ShowReport): void {
    if (this.blocks.has(block)) return;
    this.blocks.add(block);
    this.digits += count;
    this.distortion += distortion;
    this.last = this.wrong.map((_, network) => labels[(network + 1) * count - 1] ?? 0);
    wrong.forEach((misread, network) => {
      this.wrong[network] = (this.wrong[network] ?? 0) + misread;
    });
  }

  /** Share that a network misread. */
  share(network: number): number {
    return (this.wrong[network] ?? 0) / Math.max(1, this.digits);
  }

  /** Mean distortion of the images. */
  get meanDistortion(): number {
    return this.distortion / Math.max(1, this.digits);
  }

  /** The share's standard error. */
  error(network: number): number {
    return standardError(this.wrong[network] ?? 0, this.digits);
  }
}

/**
 * Standard error of a share, k of n: the standard deviation of Jeffreys'
 * posterior Beta(k + ½, n − k + ½), which, unlike √(p(1−p)/n), does not claim
 * to be certain when all or none were misread.
 */
export function standardError(k: number, n: number): number {
  const mean = (k + 0.5) / (n + 1);
  return Math.sqrt((mean * (1 - mean)) / (n + 2));
}
