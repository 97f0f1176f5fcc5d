// What the detectors of the components say, read when somebody asks.
import { isBadSignal, type Signal, signalKey } from '@reknit/recovery';
import type { Registry } from 'prom-client';
import { gauges } from './read-gauges.js';

const MS_PER_SECOND = 1000;

export interface SignalSource {
  readonly subjects: readonly string[];
  readonly signals: (subject: string) => readonly Signal[];
}

export function addSignalGauges(registry: Registry, { subjects, signals }: SignalSource): void {
  const each = <Sample>(sampleOf: (subject: string, signal: Signal) => readonly Sample[]): readonly Sample[] =>
    subjects.flatMap((subject) => signals(subject).flatMap((signal) => sampleOf(subject, signal)));
  gauges(
    registry,
    'reknit_signal_bad',
    'What a detector has concluded of a component: 1 when it is ill.',
    ['subject', 'signal'],
    () => each((subject, signal) => [[{ subject, signal: signalKey(signal) }, isBadSignal(signal) ? 1 : 0] as const]),
  );
  gauges(registry, 'reknit_probe_duration_seconds', 'How long the last answer took.', ['subject', 'probe'], () =>
    each((subject, signal) =>
      signal.kind === 'probe' ? [[{ subject, probe: signal.name }, signal.tookMs / MS_PER_SECOND] as const] : [],
    ),
  );
  gauges(registry, 'reknit_probe_failures_in_a_row', 'Since the last good answer.', ['subject', 'probe'], () =>
    each((subject, signal) =>
      signal.kind === 'probe' ? [[{ subject, probe: signal.name }, signal.failuresInARow] as const] : [],
    ),
  );
}
