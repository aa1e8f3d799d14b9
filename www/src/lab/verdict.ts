// Who counts as fooled: a network that read the original correctly and misreads the changed image. One that
// misread the original counts neither as fooled nor as one that could have been.

/** What a network made of a changed image: "already" where it misread the original, too. */
export type Verdict = "already" | "fooled" | "read";

/** The verdict on what it read before and after; `before` is undefined where nobody asked it. */
export function verdict(digit: number | undefined, before: number | undefined, after: number): Verdict {
  if (before !== undefined && before !== digit) return "already";
  return after === digit ? "read" : "fooled";
}

/** How many were fooled, and out of how many that could be. */
export function fooledOf(verdicts: readonly Verdict[]): { fooled: number; of: number } {
  const count = (wanted: Verdict) => verdicts.filter((one) => one === wanted).length;
  return { fooled: count("fooled"), of: verdicts.length - count("already") };
}
