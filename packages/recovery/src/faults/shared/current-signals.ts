// The signals that count now. An older word is no word, and what was said of an earlier life of the subject is not about
// this one: after a restart the log line that led to it must not lead to the next.
import type { Facts } from '../../detect/facts.js';
import type { LogSignal, MetricSignal, ProbeSignal, Signal, StoreAlarm, StoreSignal } from '../../detect/signal.js';

/** Slow probes come once in half a minute; two rounds may be missed. */
const FRESH_MS = 60_000;

type Kind = Signal['kind'];

export function current<K extends Kind>(facts: Facts, kind: K): readonly Extract<Signal, { readonly kind: K }>[] {
  const from = Math.max(facts.at - FRESH_MS, facts.servesSince ?? Number.NEGATIVE_INFINITY);
  return facts.signals.filter(
    (signal): signal is Extract<Signal, { readonly kind: K }> => signal.kind === kind && signal.at >= from,
  );
}

export const failingProbes = (facts: Facts): readonly ProbeSignal[] => current(facts, 'probe').filter(({ failing }) => failing);
export const breached = (facts: Facts): readonly MetricSignal[] => current(facts, 'metric').filter((signal) => signal.breached);
export const alarmingLogs = (facts: Facts): readonly LogSignal[] => current(facts, 'log').filter(({ alarming }) => alarming);

/** An alarm of the store stands as long as its detector repeats it, or, of who has ended, as its last word. */
export const storeAlarm = (facts: Facts, ...alarms: readonly StoreAlarm[]): StoreSignal | undefined =>
  current(facts, 'store').find(({ alarm }) => alarms.includes(alarm));

/** Where its own last words or its log say so. Of a living process the last line is only its newest, whatever it says. */
export function saying(facts: Facts, pattern: RegExp): string | undefined {
  const ended = facts.processState === 'gone' ? [facts.exitMark?.reason, facts.lastWords] : [];
  const said = [...ended, ...alarmingLogs(facts).map(({ line }) => line)];
  return said.find((words) => words !== undefined && pattern.test(words));
}
