// Slots that an acceptor holds beyond its first hole, as ranges: ascending, apart from each other. The usual case has none.
import { higher, preceding } from '../arithmetic.js';
import type { Index } from '../types.js';

export interface SlotRange {
  readonly first: Index;
  readonly last: Index;
}

/** More are not claimed: they are sent again once the holes before them are filled. A lossy link makes a few, a sane one none. */
const RANGES_MAX = 64;

/** With another range among them, merged with those that it meets. */
export function withRange(ranges: readonly SlotRange[], added: SlotRange): readonly SlotRange[] {
  const before = ranges.filter(({ last }) => last < added.first - 1);
  const after = ranges.filter(({ first }) => first > added.last + 1);
  const met = ranges.slice(before.length, ranges.length - after.length);
  const first = met.length === 0 || met[0]!.first > added.first ? added.first : met[0]!.first;
  const last = met.length === 0 ? added.last : higher(added.last, met.at(-1)!.last);
  const merged = [...before, { first, last }, ...after];
  return merged.length > RANGES_MAX ? merged.slice(0, RANGES_MAX) : merged;
}

/** From `held` on upwards: how far it reaches with the ranges that meet it, and those that do not. */
export function absorb(
  held: Index,
  ranges: readonly SlotRange[],
): { readonly held: Index; readonly ranges: readonly SlotRange[] } {
  let met = 0;
  let reached = held;
  while (met < ranges.length && preceding(ranges[met]!.first) <= reached) reached = higher(reached, ranges[met++]!.last);
  return { held: reached, ranges: met === 0 ? ranges : ranges.slice(met) };
}

/** The end of the range that `index` lies in. */
export const rangeEnd = (ranges: readonly SlotRange[], index: Index): Index | undefined =>
  ranges.find(({ first, last }) => first <= index && index <= last)?.last;
