// Whether anything is wrong with the subject itself, by whomever. Classes that blame something else ask this first: who is
// well is not a victim of anything.
import type { Facts } from '../../detect/facts.js';
import { alarmingLogs, breached, failingProbes } from './current-signals.js';
import { endsAlike, LOOP_EXITS } from './ends.js';

/** In words, undefined when nothing is. */
export function illnessOf(facts: Facts): string | undefined {
  const [probe] = failingProbes(facts);
  const [metric] = breached(facts);
  const [log] = alarmingLogs(facts);
  if (facts.silence !== undefined) return `silent for ${Math.round(facts.silence.ms)} ms`;
  if (probe !== undefined) return `${probe.name} fails: ${probe.detail}`;
  if (facts.health === 'bad') return 'its health probe says bad';
  if (metric !== undefined) return `${metric.threshold} for ${metric.forMs} ms`;
  if (log !== undefined) return `its log says "${log.line}"`;
  return endsAlike(facts) >= LOOP_EXITS ? `${endsAlike(facts)} ends alike` : undefined;
}
