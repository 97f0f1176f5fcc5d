/** The first index of `items`, which ascend, whose number is at least `least`; their count if there is none. */
export function firstAtLeast<T>(items: readonly T[], numberOf: (item: T) => number, least: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numberOf(items[middle]!) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
