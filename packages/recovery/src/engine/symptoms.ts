// In which words a sickness shows, and since when: of a silence its length, of an illness what the detectors say.
import type { Facts } from '../detect/facts.js';
import { describeSignal, isBadSignal, type Signal } from '../detect/signal.js';

const badSignals = (signals: readonly Signal[]): readonly Signal[] => signals.filter(isBadSignal);

interface Onset {
  readonly onset: number;
  readonly onsetSource: 'last heartbeat' | 'signal';
}

/** What is silent is sick since its last word; what is ill, since the first signal that says so. */
export function onsetOf({ facts }: { readonly facts: Facts }, lastHeardAt: number): Onset {
  if (facts.silence !== undefined) return { onset: lastHeardAt, onsetSource: 'last heartbeat' };
  const first = Math.min(facts.at, ...badSignals(facts.signals).map(({ at }) => at));
  return { onset: first, onsetSource: 'signal' };
}

export function spokenSickness({ facts }: { readonly facts: Facts }): string {
  if (facts.silence !== undefined) return `not heard for ${Math.round(facts.silence.ms)} ms`;
  const bad = badSignals(facts.signals).map(describeSignal);
  return bad.length > 0 ? bad.join('; ') : 'its peers do not hear it';
}
