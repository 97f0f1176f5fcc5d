// What others say of the subject: peers that were heard a moment ago, and observers on other machines. One host counts once,
// and an aged vote says nothing.
import type { Facts } from '../../detect/facts.js';
import { current } from './current-signals.js';
import { LASTING_MS } from './reach-matrix.js';

export interface Witness {
  readonly name: string;
  readonly vote: 'up' | 'down';
}

export function observersOf(facts: Facts): readonly Witness[] {
  const byHost = new Map<string, Witness>();
  for (const { observer, host, vote } of current(facts, 'vote')) if (vote !== 'stale') byHost.set(host, { name: observer, vote });
  return [...byHost.values()];
}

export const witnessesOf = (facts: Facts): readonly Witness[] => [...facts.votes, ...observersOf(facts)];

/** Who has said so for a while. Other observers weigh their words before they give them. */
export const lastingWitnessesOf = (facts: Facts): readonly Witness[] => [
  ...facts.votes.filter(({ forMs }) => forMs !== undefined && forMs >= LASTING_MS),
  ...observersOf(facts),
];

export const namesOf = (witnesses: readonly Witness[]): string => witnesses.map(({ name }) => name).join(', ');
