// Medians and ratios over rounds.

/** Of a non-empty list; the mean of the two in the middle when their number is even. */
export function median(values: readonly number[]): number {
  const sorted = sort(values);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Nearest rank: a value that was measured, never one between two. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = sort(values);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

export interface Ratio {
  /** Of the medians. */
  readonly of: number;
  /** Of the two values of one round, the lowest and the highest. */
  readonly lowest: number;
  readonly highest: number;
}

/** Round by round; both lists in the order of the rounds. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): Ratio {
  if (ours.length === 0 || ours.length !== theirs.length) throw new Error('a ratio needs the same rounds of both');
  const each = ours.map((value, at) => value / theirs[at]!);
  return { of: median(ours) / median(theirs), lowest: Math.min(...each), highest: Math.max(...each) };
}

function sort(values: readonly number[]): readonly number[] {
  if (values.length === 0) throw new Error('there is nothing to take the middle of');
  return [...values].sort((left, right) => left - right);
}
