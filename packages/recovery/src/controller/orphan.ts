// An incident whose agent is gone, finished by the controller: claimed, looked at from outside through the store, and
// closed as what it turned out to be. Nothing is acted upon, because nobody here owns the process.
//
// Every write compares the controller's epoch and the record's revision, and the first one that the session of the
// agent it is taken from is over: so neither that agent's return nor the next controller can be overwritten.
import type { Clock } from '@reknit/runtime';
import type { Driver } from '../driver.js';
import { amend, type Boot, enter, type Incident, isClosed, type Mender, type Reading, sameBoot } from '../incidents/incident.js';
import { incidentKey } from '../incidents/incident-id.js';
import { encodeIncident } from '../incidents/merge.js';
import type { Condition, StoreClient, Write } from '../store-client.js';
import type { Check } from '../verify/check.js';
import type { Answer, CheckContext } from '../verify/checks.js';
import { type VerificationOptions, verify } from '../verify/verification.js';
import { agentKey } from './keys.js';

export interface OrphanContext {
  readonly clock: Clock;
  readonly stamp: () => number;
  readonly store: StoreClient;
  readonly driver: Pick<Driver, 'identifyAt'>;
  readonly agentId: string;
  readonly verification: VerificationOptions;
  readonly callTimeoutMs: number;
  /** The revision after the write; undefined: it is no longer this controller's to write. */
  readonly commit: (when: readonly Condition[], writes: readonly Write[]) => Promise<number | undefined>;
  /** Told as it is written. */
  readonly onWritten: (incident: Incident, text: string) => void;
}

/** What can be asked of a subject that others own. A linearizable read through it tells that it has caught up, too. */
const CHECKS: readonly Check[] = ['identity', 'canary', 'soak', 'identity'];

export class Orphan {
  readonly #context: OrphanContext;
  #incident: Incident;
  #modRevision: number;
  #lost = false;

  constructor(context: OrphanContext, incident: Incident, modRevision: number) {
    this.#context = context;
    this.#incident = incident;
    this.#modRevision = modRevision;
  }

  /** Resolves once it is closed, or no longer this controller's. */
  async finish(): Promise<void> {
    const { agentId } = this.#context;
    const { owner, subject, phase } = this.#incident;
    const isOver: readonly Condition[] =
      owner === undefined || owner === agentId ? [] : [{ key: agentKey(owner), createRevision: 0 }];
    if (
      !(await this.#write(
        amend(this.#incident, { owner: agentId }),
        `${subject}: its agent ${owner ?? '?'} is gone: finishing its incident`,
        isOver,
      ))
    )
      return;
    if (phase.kind === 'suspected') return this.#close('expired', 'its agent is gone, and nothing was proven');
    const boot = await this.#identify();
    if (boot === undefined) return this.#close('escalated', `its agent is gone, and ${subject} does not prove that it serves`);
    await this.#verify(boot);
  }

  /** The claim, or the loss of it, is all that another controller needs to know. */
  async #identify(): Promise<Boot | undefined> {
    const { driver, clock, verification } = this.#context;
    const { endpoint } = this.#incident.patient;
    const deadline = clock.now() + verification.timeoutMs;
    if (endpoint === undefined) return undefined;
    for (;;) {
      const boot = await driver.identifyAt(this.#incident.subject, endpoint, this.#context.callTimeoutMs).catch(() => undefined);
      if (boot !== undefined || this.#lost || clock.now() >= deadline) return boot;
      await new Promise<void>((resolve) => void clock.after(LOOK_EVERY_MS, resolve));
    }
  }

  async #verify(boot: Boot): Promise<void> {
    const { subject, runs, phase } = this.#incident;
    if (phase.kind !== 'verifying' || !sameBoot(phase.boot, boot)) {
      const by: Mender = runs.length > 0 ? 'engine' : 'itself';
      const verifying = enter(this.#incident, { kind: 'verifying', at: this.#context.stamp(), by, boot });
      if (!(await this.#write(verifying, `${subject}: verifying boot ${boot.bootId} from outside`))) return;
    }
    const readings: Reading[] = [];
    const outcome = await verify(
      this.#context.clock,
      { checks: CHECKS, context: this.#checkContext(boot), options: this.#context.verification },
      { cancelled: () => this.#lost, onReading: (check, answer) => void readings.push(this.#reading(check, answer)) },
    );
    this.#incident = amend(this.#incident, { readings: [...this.#incident.readings, ...readings] });
    if (outcome.kind === 'failed')
      return this.#close('escalated', `its agent is gone, and ${outcome.check} failed: ${outcome.reason}`);
    if (outcome.kind === 'verified') await this.#resolve();
  }

  #reading(check: Check, answer: Answer): Reading {
    return {
      check,
      attempt: this.#incident.attempt,
      at: this.#context.stamp(),
      ok: answer.kind === 'good',
      detail: answer.detail,
    };
  }

  async #resolve(): Promise<void> {
    const { phase, subject } = this.#incident;
    if (phase.kind !== 'verifying') return;
    const at = this.#context.stamp();
    const served = amend(this.#incident, { moments: { servedAgain: at, redundancyRestored: at } });
    await this.#write(
      enter(served, { kind: 'resolved', at, by: phase.by, boot: phase.boot }),
      `${subject}: resolved for an agent that is gone`,
    );
  }

  async #close(kind: 'expired' | 'escalated', reason: string): Promise<void> {
    if (isClosed(this.#incident) && kind === 'escalated') return;
    const { subject } = this.#incident;
    await this.#write(enter(this.#incident, { kind, at: this.#context.stamp(), reason }), `${subject}: ${kind}: ${reason}`);
  }

  /** False: it is another's now. */
  async #write(incident: Incident, text: string, also: readonly Condition[] = []): Promise<boolean> {
    const key = incidentKey(incident.id);
    const when = [{ key, modRevision: this.#modRevision }, ...also];
    const revision = await this.#context
      .commit(when, [{ kind: 'put', key, value: encodeIncident(incident) }])
      .catch(() => undefined);
    if (revision === undefined) {
      this.#lost = true;
      return false;
    }
    this.#incident = incident;
    this.#modRevision = revision;
    this.#context.onWritten(incident, text);
    return true;
  }

  /** The checks of a repair, asked of a subject that is not this agent's. */
  #checkContext(boot: Boot): CheckContext {
    const { store, driver, callTimeoutMs } = this.#context;
    const { subject, id, change, patient } = this.#incident;
    const endpoint = patient.endpoint ?? '';
    return {
      store,
      driver: { endpoint: () => endpoint, identify: (_subject, timeoutMs) => driver.identifyAt(subject, endpoint, timeoutMs) },
      subject,
      boot,
      mark: `${id}/${change}/${boot.bootId}`,
      members: () => [{ subject, endpoint }],
      callTimeoutMs,
    };
  }
}

const LOOK_EVERY_MS = 500;
