// The engine of one agent: a guard for each subject, one desk for all. It starts with what the journal remembers and
// can be stopped at any step: the next engine over the same journal goes on from there.
import { assert } from '@reknit/base';
import type { StopOutcome } from '../driver.js';
import { type Incident, isClosed } from '../incidents/incident.js';
import { Desk } from './desk.js';
import { Guard } from './guard.js';
import { processOf } from './guard-state.js';
import type { EngineOptions } from './options.js';
import type { EngineStatus, SubjectStatus } from './status.js';
import { type Why, whyOf } from './why.js';

/** A stop of everything has no end of its own: it ends when an agent starts again, or after a day. */
const STOP_ALL_FOR_MS = 24 * 3600 * 1000;

export class Engine {
  readonly #desk: Desk;
  readonly #guards: ReadonlyMap<string, Guard>;
  readonly #since: number;

  constructor(options: EngineOptions) {
    this.#desk = new Desk(options);
    this.#guards = new Map(options.driver.subjects.map((subject) => [subject, new Guard(this.#desk, subject)]));
    this.#since = this.#desk.stamp();
  }

  /** Resolves once every subject was looked for; starts and repairs go on after that. */
  async start(): Promise<void> {
    const { journal, runtime } = this.#desk;
    journal.note({ kind: 'agent-started', at: this.#since, process: runtime.processes.self });
    if (journal.damagedLines > 0)
      this.#desk.decide(undefined, `the journal had ${journal.damagedLines} damaged lines; they were skipped`);
    this.#desk.publishBacklog();
    await Promise.all([...this.#guards.values()].map((guard) => guard.begin(this.#leftOpen(guard.subject))));
  }

  /** Lets go of everything; the subjects live on. */
  stop(): void {
    for (const guard of this.#guards.values()) guard.release();
    this.#desk.end();
    this.#desk.journal.sync();
  }

  status(): EngineStatus {
    const subjects = [...this.#guards.values()].map((guard) => this.#statusOf(guard));
    return {
      observer: this.#desk.observer,
      since: this.#since,
      subjects,
      open: this.incidents().filter((incident) => !isClosed(incident)),
    };
  }

  /** Oldest first. */
  incidents(): readonly Incident[] {
    return [...this.#desk.journal.memory.incidents.values()];
  }

  incident(id: string): Incident | undefined {
    return this.#desk.journal.memory.incidents.get(id);
  }

  why(subject?: string): Why {
    return whyOf({ memory: this.#desk.journal.memory, status: this.status(), at: this.#desk.stamp() }, subject);
  }

  /** Undefined when there is no such subject. */
  plannedStop(subject: string, forMs: number, by: string): Promise<StopOutcome> | undefined {
    assert(forMs > 0, 'a planned stop has a length', () => forMs);
    return this.#guards.get(subject)?.stopAsPlanned({ until: this.#desk.stamp() + forMs, by, endsWithAgent: false });
  }

  /** Stops every subject; they start again when an agent does. */
  async stopAll(by: string): Promise<ReadonlyMap<string, StopOutcome>> {
    const mark = { until: this.#desk.stamp() + STOP_ALL_FOR_MS, by, endsWithAgent: true };
    const outcomes = await Promise.all(
      [...this.#guards].map(async ([subject, guard]) => [subject, await guard.stopAsPlanned(mark)] as const),
    );
    return new Map(outcomes);
  }

  #leftOpen(subject: string): Incident | undefined {
    return this.incidents().findLast((incident) => incident.subject === subject && !isClosed(incident));
  }

  #statusOf(guard: Guard): SubjectStatus {
    const { subject, state, incident } = guard;
    const process = processOf(state);
    return {
      subject,
      endpoint: this.#desk.driver.endpoint(subject),
      state: state.kind,
      ...(process === undefined ? {} : { process }),
      ...(state.kind === 'living' ? { bootId: state.boot.bootId } : {}),
      ...(incident === undefined ? {} : { incident: incident.id }),
      restarts: this.#desk.recall(subject).budget.restarts,
    };
  }
}
