// The engine of one agent: a guard for each subject, one desk for all. It starts with what the journal remembers and
// can be stopped at any step: the next engine over the same journal goes on from there.
import { assert } from '@reknit/base';
import { Candidacy } from '../controller/candidacy.js';
import { Duties } from '../controller/duties.js';
import type { StopOutcome } from '../driver.js';
import { type Incident, isFinal } from '../incidents/incident.js';
import { EVERYTHING } from '../journal/entries.js';
import type { Mode } from '../recover/actions.js';
import type { Kin } from '../recover/brakes.js';
import type { Answering } from './asking.js';
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
      modes: this.#modes(),
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
    const guard = this.#guardOf(subject);
    if (!force && guard.state.kind === 'living') await this.#refuseWithoutMajority(subject, 'restart');
    return guard.restart(by);
  }

  /** Its data are had anew from its peers, or a spare takes its place. Rejects with RequestRefused, as `restart` does. */
  async mend(subject: string, { action, by, force }: MendRequest): Promise<Incident> {
    const guard = this.#guardOf(subject);
    if (!force && guard.state.kind === 'living') await this.#refuseWithoutMajority(subject, action);
    return guard.mend(action, by);
  }

  /** What waits for it is carried out, if the facts are still those that it rests on. Rejects with RequestRefused. */
  approve(id: string, answering: Answering): Promise<Incident> {
    return this.#guardOfIncident(id).approve(answering);
  }

  /** @throws RequestRefused */
  reject(id: string, answering: Answering, reason: string): Incident {
    return this.#guardOfIncident(id).reject(answering, reason);
  }

  /** Somebody has seen it: nobody is paged for it any more. @throws RequestRefused */
  acknowledge(id: string, by: string): Incident {
    return this.#guardOfIncident(id).acknowledge(id, by);
  }

  /** Of one subject, in place of what is declared for it, or of everything; undefined: what is declared. */
  setMode({ subject = EVERYTHING, mode, by }: ModeRequest): EngineStatus['modes'] {
    const { journal } = this.#desk;
    journal.commit({ kind: 'mode', at: this.#desk.stamp(), scope: subject, mark: mode === undefined ? null : { mode, by } });
    this.#desk.decide(
      subjectOf(subject).subject,
      `${subject === EVERYTHING ? 'everything' : subject}: ${spokenMode(mode)}, set by ${by}`,
    );
    return this.#modes();
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
  async #refuseWithoutMajority(subject: string, action: string): Promise<void> {
    const { store, driver, settings } = this.#desk;
    const { group, voters } = this.#desk.policy(subject);
    const members = driver.subjects.filter((other) => this.#desk.policy(other).group === group);
    if (voters !== true || members.length === 1) return;
    const isLiving = (other: string): boolean => this.#guards.get(other)?.state.kind === 'living';
    const living = members.filter((other) => other !== subject && isLiving(other));
    if (living.length * 2 <= members.length) {
      const missing = members.filter((other) => other !== subject && !living.includes(other));
      throw new RequestRefused(
        `a ${action} of ${subject} would leave ${living.length} of ${members.length}, no majority: ${missing.join(', ')} is not well; wait for it, or accept the outage with --force`,
      );
    }
    // The engine's records may stand elsewhere: the members themselves are asked, for a read that needs their majority.
    const timeoutMs = settings.probeTimeoutMs;
    const asked = living.map((other) => store.get('default', 'reknit/canary', { endpoint: driver.endpoint(other), timeoutMs }));
    await Promise.any(asked).catch(({ errors: [error] }: AggregateError) => {
      throw new RequestRefused(
        `a ${action} of ${subject} could cost the majority: no quorum answers (${error instanceof Error ? error.message : String(error)}); wait for it, or accept the outage with --force`,
      );
    });
  }

  #modes(): EngineStatus['modes'] {
    return [...this.#desk.journal.memory.modes].map(([scope, mark]) => ({ ...subjectOf(scope), ...mark }));
  }

  #guardOf(subject: string): Guard {
    const guard = this.#guards.get(subject);
    assert(guard !== undefined, 'the subject is one of this engine', () => subject);
    return guard;
  }

  /** @throws RequestRefused */
  #guardOfIncident(id: string): Guard {
    const guard = this.#guards.get(this.incident(id)?.subject ?? '');
    if (guard === undefined) throw new RequestRefused(`no incident ${id} of this agent is known`);
    return guard;
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

export interface MendRequest {
  /** `repair`: its data are set aside and had anew from its peers; `replace`: a spare takes its place. */
  readonly action: 'repair' | 'replace';
  readonly by: string;
  /** Though it costs the majority. */
  readonly force: boolean;
}

export interface ModeRequest {
  /** Absent: everything. */
  readonly subject?: string;
  readonly mode: Mode | undefined;
  readonly by: string;
}

const spokenMode = (mode: Mode | undefined): string =>
  mode === undefined ? 'mode as declared' : `mode ${typeof mode === 'object' ? mode.kind : mode}`;

export interface PauseRequest {
  /** Absent: everything. */
  readonly subject?: string;
  readonly forMs: number;
  readonly by: string;
}

const subjectOf = (scope: string): { readonly subject?: string } => (scope === EVERYTHING ? {} : { subject: scope });
