// How sure a share of right answers is: Wilson's score interval (1927), as in
// src/study/units/statistics.rs.

/** The standard normal's 97.5 % quantile. */
const Z = 1.959963984540054;

/** The 95 % confidence interval of `hits` out of `trials`. */
export function wilson(hits: number, trials: number): [low: number, high: number] {
  if (trials === 0) return [0, 1];
  const share = hits / trials;
  const scale = 1 / (1 + Z ** 2 / trials);
  const centre = scale * (share + Z ** 2 / (2 * trials));
  const half = scale * Z * Math.sqrt((share * (1 - share)) / trials + Z ** 2 / (4 * trials ** 2));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
