// Counters and histograms of what the engine does, fed by its events while they happen.
//
// Surprising: an incident that was handed to a human and then mended counts under both outcomes: both happened.
import { type EngineEvent, type Incident, isClosed, isFinal, type PhaseKind, type Times } from '@reknit/recovery';
import { Counter, exponentialBuckets, Histogram, type Registry } from 'prom-client';

/** 5 ms, below which nothing is detected from afar, to 11 minutes. */
const BUCKETS = exponentialBuckets(0.005, 2, 18);
const MS_PER_SECOND = 1000;
/** Incidents whose steps are still being counted: one a component, and those that the controller finishes for others. */
const FOLLOWED_MAX = 1000;

const TIMES: readonly (readonly [keyof Times, string])[] = [
  ['mttd', 'From the fault to its detection.'],
  ['mtta', 'From the fault to the first action.'],
  ['mttm', 'From the fault until clients were served again.'],
  ['mttr', 'From the fault until redundancy was restored.'],
];

export class IncidentMeters {
  readonly #events: Counter;
  readonly #phases: Counter;
  readonly #outcomes: Counter;
  readonly #steps: Counter;
  readonly #readings: Counter;
  readonly #times: readonly (readonly [keyof Times, Histogram])[];
  /** Up to when the steps and readings of each incident are counted. */
  readonly #counted: Map<string, number> = new Map();
  readonly #since: number;

  /** @param since what an earlier agent did before is not counted again */
  constructor(registry: Registry, since: number) {
    const counter = (name: string, help: string, labelNames: string[]): Counter =>
      new Counter({ name, help, labelNames, registers: [registry] });
    this.#since = since;
    this.#events = counter('reknit_events_total', 'What the engine told: phases, progress, decisions.', ['kind']);
    this.#phases = counter('reknit_incident_phases_total', 'Phases that incidents have entered.', ['phase']);
    this.#outcomes = counter('reknit_incidents_total', 'Incidents that are closed, by class and outcome.', [
      'subject',
      'fault',
      'outcome',
      'by',
    ]);
    this.#steps = counter('reknit_recovery_steps_total', 'Steps of recovery that have ended.', ['action', 'outcome']);
    this.#readings = counter('reknit_verification_readings_total', 'Readings of verifications.', ['check', 'ok']);
    this.#times = TIMES.map(([name, help]) => [
      name,
      new Histogram({
        name: `reknit_${name}_seconds`,
        help,
        labelNames: ['fault'],
        buckets: BUCKETS,
        registers: [registry],
      }),
    ]);
  }

  note({ about }: EngineEvent): void {
    this.#events.inc({ kind: about.kind });
    if (about.kind === 'decision') return;
    this.#countWork(about.incident);
    if (about.kind === 'phase') this.#countPhase(about.incident, about.phase);
  }

  #countPhase(incident: Incident, phase: PhaseKind): void {
    this.#phases.inc({ phase });
    if (!isClosed(incident)) return;
    const by = incident.phase.kind === 'resolved' ? incident.phase.by : '';
    this.#outcomes.inc({ subject: incident.subject, fault: faultOf(incident), outcome: phase, by });
    if (phase === 'resolved') this.#observeTimes(incident);
    if (isFinal(incident)) this.#counted.delete(incident.id);
  }

  #observeTimes(incident: Incident): void {
    const fault = faultOf(incident);
    for (const [name, histogram] of this.#times) {
      const ms = incident.times[name];
      if (ms !== undefined) histogram.observe({ fault }, ms / MS_PER_SECOND);
    }
  }

  #countWork({ id, runs, readings }: Incident): void {
    const counted = this.#counted.get(id) ?? this.#since;
    for (const { action, outcome = 'unknown', endedAt } of runs)
      if (endedAt !== undefined && endedAt > counted) this.#steps.inc({ action, outcome });
    for (const { check, ok, at } of readings) if (at > counted) this.#readings.inc({ check, ok: String(ok) });
    const last = Math.max(counted, ...runs.map(({ endedAt = 0 }) => endedAt), ...readings.map(({ at }) => at));
    this.#counted.delete(id);
    this.#counted.set(id, last);
    if (this.#counted.size > FOLLOWED_MAX) this.#counted.delete(this.#counted.keys().next().value!);
  }
}

const faultOf = ({ request, diagnosis }: Incident): string =>
  request === undefined ? (diagnosis?.verdict ?? 'not-diagnosed') : 'none: requested';
