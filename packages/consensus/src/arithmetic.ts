// Branded numbers lose their brand in sums; these give it back, in one place.
import type { Index, Round } from './types.js';

export const shift = (index: Index, by: number): Index => (index + by) as Index;
export const following = (index: Index): Index => (index + 1) as Index;
export const preceding = (index: Index): Index => (index - 1) as Index;
export const nextRound = (round: Round): Round => (round + 1) as Round;

export const lower = (left: Index, right: Index): Index => (left < right ? left : right);
export const higher = (left: Index, right: Index): Index => (left > right ? left : right);
