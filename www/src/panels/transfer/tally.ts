// Counts of misread digits, row by row.

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

  /** Counts a block: `read` is `[networks, digits]`. */
  add(block: number, read: Uint8Array, labels: readonly number[], distortions: readonly number[]): void {
    if (this.blocks.has(block)) return;
    this.blocks.add(block);
    this.digits += labels.length;
    this.distortion += distortions.reduce((sum, distortion) => sum + distortion, 0);
    this.last = this.wrong.map((_, network) => read[(network + 1) * labels.length - 1] ?? 0);
    for (let network = 0; network < this.wrong.length; network += 1) {
      const misread = labels.filter((label, i) => read[network * labels.length + i] !== label).length;
      this.wrong[network] = (this.wrong[network] ?? 0) + misread;
    }
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
