/** The middle one of some numbers, or the mean of the two in the middle. */
export function median(numbers) {
  if (numbers.length === 0) throw new Error("there is no median of nothing");
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
