// The word that was probably meant.

/** Undefined when nothing is near: no more than two slips of the hand, and not a whole short word. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const [best] = known
    .map((other) => ({ other, slips: slipsBetween(lower, other.toLowerCase()) }))
    .filter(({ other, slips }) => slips <= 2 && slips <= other.length / 2)
    .sort((a, b) => a.slips - b.slips);
  return best?.other;
}

/** Levenshtein's distance. */
function slipsBetween(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + Number(left[i - 1] !== right[j - 1])));
    row = next;
  }
  return row[right.length]!;
}
