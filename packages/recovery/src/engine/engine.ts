// The engine of one agent: a guard for each subject, one desk for all. It starts with what the journal remembers and
// can be stopped at any step: the next engine over the same journal goes on from there.
import { assert } from '@reknit/base';
import { Candidacy } from '../controller/candidacy.js';
import { Duties } from '../controller/duties.js';
import { CONTROLLER_KEY } from '../controller/keys.js';
import type { StopOutcome } from '../driver.js';
import { type Incident, isFinal } from '../incidents/incident.js';
import { EVERYTHING } from '../journal/entries.js';
import type { Kin } from '../recover/brakes.js';
import { Desk } from './desk.js';
import { Guard } from './guard.js';
import { processOf } from './guard-state.js';
import type { EngineOptions } from './options.js';
import { type Pause, spokenPause } from './permits.js';
import { RequestRefused } from './request-refused.js';
import type { EngineStatus, SubjectStatus } from './status.js';
import { type Why, whyOf } from './why.js';

/** A stop of everything has no end of its own: it ends when an agent starts again, or after a day. */
const STOP_ALL_FOR_MS = 24 * 3600 * 1000;

export class Engine {
  readonly #desk: Desk;
  readonly #guards: ReadonlyMap<string, Guard>;
  readonly #since: number;
  readonly #candidacy: Candidacy;
  readonly #duties: Duties;

  constructor(options: EngineOptions) {
    this.#desk = new Desk(options);
    this.#candidacy = this.#newCandidacy();
    this.#duties = this.#newDuties();
    this.#guards = new Map(options.driver.subjects.map((subject) => [subject, new Guard(this.#desk, subject)]));
    this.#since = this.#desk.stamp();
    this.#desk.kin = () => [...this.#guards.values()].map((guard) => this.#kinOf(guard));
  }

  /** Resolves once every subject was looked for; starts and repairs go on after that. */
  async start(): Promise<void> {
    const { journal, runtime } = this.#desk;
    journal.note({ kind: 'agent-started', at: this.#since, process: runtime.processes.self });
    if (journal.damagedLines > 0)
      this.#desk.decide(undefined, `the journal had ${journal.damagedLines} damaged lines; they were skipped`);
    this.#desk.publishBacklog();
    this.#desk.watchHeartbeats();
    this.#desk.pager.begin();
    this.#candidacy.begin();
    await Promise.all([...this.#guards.values()].map((guard) => guard.begin(this.#leftOpen(guard.subject))));
  }

  /** Lets go of everything at once; the subjects live on. Resolves once the store knows that this agent is gone, or cannot be told. */
  stop(): Promise<void> {
    for (const guard of this.#guards.values()) guard.release();
    this.#duties.end();
    this.#desk.end();
    this.#desk.journal.sync();
    return this.#candidacy.end();
  }

  status(): EngineStatus {
    const subjects = [...this.#guards.values()].map((guard) => this.#statusOf(guard));
    const { killSwitch } = this.#desk.permits;
    const controller = this.#candidacy.known();
    return {
      observer: this.#desk.observer,
      since: this.#since,
      subjects,
      open: this.incidents().filter((incident) => !isFinal(incident)),
      pauses: this.#desk.permits.pauses(),
      ...(controller === undefined ? {} : { controller }),
      ...(killSwitch === undefined ? {} : { killSwitch: { path: killSwitch.path, state: killSwitch.read() } }),
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

  /**
   * End in order, start, verify. The result is the record as it begins; rejects with RequestRefused.
   * @param request.force though it costs the majority
   */
  async restart(subject: string, { by, force }: { readonly by: string; readonly force: boolean }): Promise<Incident> {
    const guard = this.#guards.get(subject);
    assert(guard !== undefined, 'the subject is one of this engine', () => subject);
    if (!force && guard.state.kind === 'living') await this.#refuseWithoutMajority(subject);
    return guard.restart(by);
  }

  /** Until then, or until it is resumed, this engine only observes: everything, or one subject. */
  pause({ subject = EVERYTHING, forMs, by }: PauseRequest): readonly Pause[] {
    assert(forMs > 0, 'a pause has a length', () => forMs);
    const pause = { until: this.#desk.stamp() + forMs, by };
    this.#desk.permits.pause(subject, pause);
    this.#desk.decide(subjectOf(subject).subject, spokenPause({ ...pause, ...subjectOf(subject) }, this.#desk.stamp()));
    return this.#desk.permits.pauses();
  }

  resume({ subject = EVERYTHING, by }: Omit<PauseRequest, 'forMs'>): readonly Pause[] {
    this.#desk.permits.resume(subject);
    this.#desk.decide(subjectOf(subject).subject, `healing${subject === EVERYTHING ? '' : ` of ${subject}`} is resumed by ${by}`);
    return this.#desk.permits.pauses();
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

  /** A member that lives is not taken from a cluster that could not spare it: by what is known here, and by a quorum's word. */
  async #refuseWithoutMajority(subject: string): Promise<void> {
    const { driver, store, settings } = this.#desk;
    const living = [...this.#guards.values()].filter((guard) => guard.subject !== subject && guard.state.kind === 'living');
    if (driver.subjects.length === 1) return;
    if (living.length * 2 <= driver.subjects.length) {
      const missing = driver.subjects.filter((other) => other !== subject && !living.some((guard) => guard.subject === other));
      throw new RequestRefused(
        `a restart of ${subject} would leave ${living.length} of ${driver.subjects.length}, no majority: ${missing.join(', ')} is not well; wait for it, or accept the outage with --force`,
      );
    }
    await store.get('_system', CONTROLLER_KEY, { timeoutMs: settings.probeTimeoutMs }).catch((error: unknown) => {
      throw new RequestRefused(
        `a restart of ${subject} could cost the majority: no quorum answers (${error instanceof Error ? error.message : String(error)}); wait for it, or accept the outage with --force`,
      );
    });
  }

  #newCandidacy(): Candidacy {
    const desk = this.#desk;
    const { runtime, store, agentId, observer, driver } = desk;
    return new Candidacy(
      { clock: runtime.clock, store, agentId, observer, subjects: driver.subjects },
      {
        onElected: (epoch) => {
          desk.decide(undefined, `elected controller, epoch ${epoch}`);
          this.#duties.begin(epoch);
        },
        onDeposed: (epoch, reason) => {
          this.#duties.end();
          desk.decide(undefined, `no longer the controller of epoch ${epoch}: ${reason}`);
        },
      },
    );
  }

  #newDuties(): Duties {
    const desk = this.#desk;
    const { runtime, store, agentId, driver, settings, journal } = desk;
    return new Duties({
      clock: runtime.clock,
      stamp: () => desk.stamp(),
      store,
      driver,
      agentId,
      verification: settings.verification,
      callTimeoutMs: settings.probeTimeoutMs,
      candidacy: this.#candidacy,
      isOwn: (id) => journal.memory.incidents.has(id),
      objection: () => desk.permits.objection(EVERYTHING, 'coordinated'),
      onWritten: (incident, text) => desk.tellForeign(incident, text),
    });
  }

  #leftOpen(subject: string): Incident | undefined {
    return this.incidents().findLast((incident) => incident.subject === subject && !isFinal(incident));
  }

  #kinOf({ subject, state, incident }: Guard): Kin {
    const phase = incident?.phase.kind;
    return {
      subject,
      group: this.#desk.policy(subject).group,
      isWell: state.kind === 'living' && (incident === undefined || incident.request !== undefined) && !state.health.unwell,
      isUnderRepair: phase === 'recovering' || phase === 'verifying',
    };
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
      ...('reason' in state ? { reason: state.reason } : {}),
      ...(guard.heldBy.length === 0 ? {} : { heldBy: guard.heldBy }),
      ...(state.kind === 'waiting' ? { until: state.until } : {}),
      restarts: this.#desk.recall(subject).budget.restarts,
    };
  }
}

export interface PauseRequest {
  /** Absent: everything. */
  readonly subject?: string;
  readonly forMs: number;
  readonly by: string;
}

const subjectOf = (scope: string): { readonly subject?: string } => (scope === EVERYTHING ? {} : { subject: scope });
