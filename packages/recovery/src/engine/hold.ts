// What the parts of one guard share: the subject, its case, and the one state. Every asynchronous step remembers the
// state object that it began in and goes on only if that state still holds: so an exit, a planned stop or the agent's
// own end overtakes it, and no answer is applied to a later life of the subject.
import type { Millis } from '@reknit/base';
import type { ProcessIdentity } from '@reknit/runtime';
import type { Silence } from '../detect/facts.js';
import type { Diagnosis } from '../diagnose/diagnose.js';
import { investigate } from '../diagnose/investigate.js';
import type { ProcessEnd } from '../driver.js';
import type { Boot } from '../incidents/incident.js';
import type { CaseFile } from './case-file.js';
import type { Desk } from './desk.js';
import { type GuardState, letGo } from './guard-state.js';
import { Restraints } from './restraints.js';
import { surroundingsOf } from './surroundings.js';

const IDENTIFY_TIMEOUT_MS: Millis = 500;

export interface Patient {
  readonly process?: ProcessIdentity | undefined;
  readonly boot?: Boot | undefined;
  readonly exit?: ProcessEnd['exit'];
}

export class Hold {
  readonly desk: Desk;
  readonly subject: string;
  readonly case: CaseFile;
  readonly restraints: Restraints;
  /** What keeps the engine from the next act, for `why`; empty while nothing does. */
  heldBy: readonly string[] = [];
  #state: GuardState = { kind: 'new' };

  constructor(desk: Desk, subject: string, caseFile: CaseFile) {
    this.desk = desk;
    this.subject = subject;
    this.case = caseFile;
    this.restraints = new Restraints(desk, subject, () => caseFile.open);
  }

  get state(): GuardState {
    return this.#state;
  }

  /** Ends what the state before held. */
  enter<State extends GuardState>(state: State): State {
    letGo(this.#state);
    this.#state = state;
    return state;
  }

  /** To a state that takes over what the one before held: the watch of the same process. */
  pass<State extends GuardState>(state: State): State {
    this.#state = state;
    return state;
  }

  isStill(state: GuardState): boolean {
    return this.#state === state;
  }

  /** Why nothing may be done to this subject now. */
  objection(): string | undefined {
    return this.restraints.objection();
  }

  decide(text: string): void {
    this.desk.decide(this.subject, `${this.subject}: ${text}`);
  }

  identify(): Promise<Boot | undefined> {
    return this.desk.driver.identify(this.subject, IDENTIFY_TIMEOUT_MS).catch(() => undefined);
  }

  /** @param silence of a living process that is not heard any more */
  diagnose({ process, boot, exit }: Patient, silence?: Silence): Promise<Diagnosis> {
    const { desk, subject } = this;
    const { mark, exits } = desk.recall(subject);
    const plannedStop = mark !== undefined && desk.isPlannedDown(subject) ? { until: mark.until, by: mark.by } : undefined;
    const observerLateMs = desk.detector.ownLateness(desk.runtime.clock.now());
    const { vitals, votes } = desk.views.of(subject);
    const servesSince = this.#state.kind === 'living' ? this.#state.health.since : undefined;
    return investigate(desk.driver, {
      subject,
      at: desk.stamp(),
      process,
      boot,
      exit,
      silence,
      vitals,
      votes,
      observerLateMs,
      exits,
      plannedStop,
      surroundings: surroundingsOf(desk, subject, servesSince),
    });
  }

  /** Only ends that nobody asked for speak of a crash loop. */
  noteGone(process: ProcessIdentity, exit: ProcessEnd['exit'], asked: 'asked for' | 'not asked for'): void {
    const planned = asked === 'asked for';
    const entry = { kind: 'gone', at: this.desk.stamp(), subject: this.subject, process, planned } as const;
    this.desk.journal.note(exit === undefined ? entry : { ...entry, exit });
  }
}
