// One subject's life under the agent: look, start, watch, and when it ends: diagnose, restart, verify. A reflex needs
// only the kernel and the local journal; the store is never waited for before an act.
//
// Every asynchronous step remembers the state object that it began in and goes on only if that state still holds: so an
// exit, a planned stop or the agent's own end overtakes it, and no answer is applied to a later life of the subject.

import { assert, toHex, unreachable } from '@reknit/base';
import type { ProcessIdentity, Timer } from '@reknit/runtime';
import { describeExit, type PlannedStop } from '../detect/facts.js';
import { gatherFacts } from '../detect/observe.js';
import { type Diagnosis, diagnose } from '../diagnose/diagnose.js';
import type { ProcessEnd, StopOutcome } from '../driver.js';
import { type Boot, type Incident, type Mender, type OnsetSource, sameBoot, sameProcess } from '../incidents/incident.js';
import { FULL_BUDGET, restartDelay, spend } from '../recover/back-off.js';
import { sleep } from '../sleep.js';
import type { VerificationOutcome } from '../verify/verification.js';
import { CaseFile } from './case-file.js';
import type { Desk } from './desk.js';
import { type GuardState, letGo, processOf, unwatchOf } from './guard-state.js';
import { HealthRounds } from './health-rounds.js';
import { spokenSeconds } from './words.js';

const READY_POLL_FAST_MS = 20;
const READY_POLL_SLOW_MS = 200;
/** A node on a small log is up within this; later the poll may be lazy. */
const READY_FAST_FOR_MS = 5000;
const IDENTIFY_TIMEOUT_MS = 500;
/** How often a parked subject is looked at: someone may have started it by hand. */
const PARK_CHECK_MS = 2000;

export interface PlannedStopRequest extends PlannedStop {
  readonly endsWithAgent: boolean;
}

interface Patient {
  readonly process?: ProcessIdentity | undefined;
  readonly boot?: Boot | undefined;
  readonly exit?: ProcessEnd['exit'];
}

export class Guard {
  readonly subject: string;
  readonly #desk: Desk;
  readonly #case: CaseFile;
  readonly #health: HealthRounds;
  #state: GuardState = { kind: 'new' };

  constructor(desk: Desk, subject: string) {
    this.subject = subject;
    this.#desk = desk;
    this.#case = new CaseFile(desk, subject);
    this.#health = new HealthRounds(desk, subject, this.#case, () => this.#state);
  }

  get state(): GuardState {
    return this.#state;
  }

  get incident(): Incident | undefined {
    return this.#case.open;
  }

  /** @param left the incident that an earlier agent did not close */
  async begin(left: Incident | undefined): Promise<void> {
    const { kind } = this.#state;
    assert(kind === 'new', 'a guard begins once', () => kind);
    if (left !== undefined) this.#case.resume(left);
    const looking = this.#enter({ kind: 'looking' });
    const known = this.#desk.recall(this.subject);
    const found = await this.#findLiving();
    if (!this.#isStill(looking)) return;
    if (found !== undefined) this.#adopt(found.process, found.by);
    if (known.mark !== undefined && this.#desk.isPlannedDown(this.subject)) return void this.stopAsPlanned({ ...known.mark });
    if (found !== undefined) return;
    if (this.#case.open !== undefined) return this.#continueCase();
    if (known.process !== undefined) return this.#foundDead(known.process, known.boot);
    return this.#launch();
  }

  /** Stops the subject until the mark's end. Durable before the signal is sent. */
  async stopAsPlanned(mark: PlannedStopRequest): Promise<StopOutcome> {
    const { journal, driver, settings } = this.#desk;
    journal.commit({ kind: 'mark', at: this.#desk.stamp(), subject: this.subject, mark });
    if (this.#case.open !== undefined) this.#case.expire(`planned stop by ${mark.by}`);
    const process = processOf(this.#state);
    if (process === undefined) {
      this.#park(`${this.subject}: stays down: planned stop by ${mark.by}`);
      return 'already-gone';
    }
    this.#state = { kind: 'stopping', process, unwatch: unwatchOf(this.#state) };
    this.#desk.decide(this.subject, `${this.subject}: planned stop by ${mark.by}: asking pid ${process.pid} to end`);
    return driver.stop(this.subject, process, settings.stopGraceMs);
  }

  /** Lets the subject live on, unwatched. */
  release(): void {
    this.#case.detach();
    this.#enter({ kind: 'released' });
  }

  #enter<State extends GuardState>(state: State): State {
    letGo(this.#state);
    this.#state = state;
    return state;
  }

  #isStill(state: GuardState): boolean {
    return this.#state === state;
  }

  // --- finding and adopting ------------------------------------------------------------------------------------------

  async #findLiving(): Promise<{ process: ProcessIdentity; by: Mender } | undefined> {
    const { driver } = this.#desk;
    const { process, intent } = this.#desk.recall(this.subject);
    if (process !== undefined && driver.state(process) !== 'gone') return { process, by: 'engine' };
    const launched = intent === undefined ? undefined : driver.findLaunched(this.subject, intent.token);
    if (launched !== undefined) return { process: launched, by: 'engine' };
    const boot = await this.#identify();
    if (boot === undefined) return undefined;
    return { process: boot.process, by: intent === undefined ? 'operator' : 'engine' };
  }

  #adopt(process: ProcessIdentity, by: Mender): void {
    this.#desk.journal.note({ kind: 'launched', at: this.#desk.stamp(), subject: this.subject, token: '', process });
    this.#desk.decide(this.subject, `${this.subject}: living process ${process.pid} found: adopting it`);
    const unwatch = this.#desk.driver.watch(this.subject, process, (end) => this.#onEnd(process, end));
    this.#awaitReady(process, by, unwatch);
  }

  #identify(): Promise<Boot | undefined> {
    return this.#desk.driver.identify(this.subject, IDENTIFY_TIMEOUT_MS).catch(() => undefined);
  }

  // --- starting ------------------------------------------------------------------------------------------------------

  /** Intent → identity → act → outcome. */
  async #launch(): Promise<void> {
    const { journal, driver } = this.#desk;
    const launching = this.#enter({ kind: 'launching' });
    const token = this.#writeIntent();
    const holder = await this.#identify();
    if (!this.#isStill(launching)) return;
    if (holder !== undefined) return this.#adopt(holder.process, 'operator');
    if (this.#case.open !== undefined) this.#case.actionBegins();
    try {
      const process = driver.start(this.subject, token, (end) => this.#onEnd(process, end));
      journal.note({ kind: 'launched', at: this.#desk.stamp(), subject: this.subject, token, process });
      this.#awaitReady(process, 'engine', () => undefined);
    } catch (error) {
      this.#startRefused(error instanceof Error ? error.message : String(error));
    }
  }

  #writeIntent(): string {
    const { journal, runtime } = this.#desk;
    const at = this.#desk.stamp();
    const incident = this.#case.open;
    const nonce = toHex(runtime.random.bytes(8));
    const token = `${incident?.id ?? this.subject}/${incident?.attempt ?? 0}/${nonce}`;
    const budget = spend(this.#desk.recall(this.subject).budget, at);
    if (incident !== undefined) journal.note({ kind: 'budget', subject: this.subject, budget });
    const intent = { kind: 'intent', at, subject: this.subject, token, attempt: incident?.attempt ?? 0 } as const;
    journal.commit(incident === undefined ? intent : { ...intent, incident: incident.id });
    return token;
  }

  #startRefused(reason: string): void {
    this.#desk.decide(this.subject, `${this.subject}: cannot be started: ${reason}`);
    if (this.#case.open !== undefined) {
      this.#case.endAttempt('failed', reason);
      return this.#restart();
    }
    const at = this.#desk.stamp();
    this.#desk.journal.note({ kind: 'budget', subject: this.subject, budget: spend(this.#desk.recall(this.subject).budget, at) });
    this.#launchAfter(this.#nextDelay());
  }

  #launchAfter(delayMs: number): void {
    if (delayMs === 0) return void this.#launch();
    this.#enter({ kind: 'waiting', timer: this.#desk.runtime.clock.after(delayMs, () => void this.#launch()) });
  }

  #nextDelay(): number {
    return restartDelay(
      this.#desk.recall(this.subject).budget,
      this.#desk.stamp(),
      this.#desk.runtime.random.next(),
      this.#desk.settings.backOff,
    );
  }

  #awaitReady(process: ProcessIdentity, by: Mender, unwatch: () => void): void {
    const starting = this.#enter({ kind: 'starting', process, by, unwatch });
    void this.#pollReady(starting);
  }

  async #pollReady(starting: Extract<GuardState, { kind: 'starting' }>): Promise<void> {
    const { clock } = this.#desk.runtime;
    const began = clock.now();
    let warned = false;
    for (;;) {
      const boot = await this.#identify();
      if (!this.#isStill(starting)) return;
      if (boot !== undefined && sameProcess(boot.process, starting.process)) return this.#ready(boot, starting);
      const waited = clock.now() - began;
      if (waited > this.#desk.settings.readyTimeoutMs && !warned) {
        warned = true;
        this.#notReadyInTime(starting.process, waited);
      }
      await sleep(clock, waited < READY_FAST_FOR_MS ? READY_POLL_FAST_MS : READY_POLL_SLOW_MS);
      if (!this.#isStill(starting)) return;
    }
  }

  /** It is left alone: it may be replaying a long log, and killing it would only begin that again. */
  #notReadyInTime(process: ProcessIdentity, waited: number): void {
    const text = `pid ${process.pid} lives but has not answered for ${spokenSeconds(waited)}`;
    if (this.#case.open === undefined) return this.#desk.decide(this.subject, `${this.subject}: ${text}`);
    this.#case.endAttempt('failed', text);
    if (this.#case.open.phase.kind !== 'suspected') this.#case.escalate(text);
  }

  #ready(boot: Boot, starting: Extract<GuardState, { kind: 'starting' }>): void {
    const { journal } = this.#desk;
    journal.note({ kind: 'living', at: this.#desk.stamp(), subject: this.subject, boot });
    const health = { lastGoodAt: this.#desk.stamp(), silentInARow: 0, silenceReported: false };
    // The watch passes on to the new state: it must not be let go of.
    const { unwatch, by } = starting;
    const living: GuardState = { kind: 'living', boot, by, unwatch, health };
    this.#state = living;
    this.#health.begin(living);
    const incident = this.#case.open;
    if (incident === undefined)
      return this.#desk.decide(this.subject, `${this.subject}: serves as pid ${boot.process.pid}, boot ${boot.bootId}`);
    if (incident.phase.kind === 'suspected') return;
    this.#case.endAttempt('succeeded', `pid ${boot.process.pid}, boot ${boot.bootId} answers`);
    this.#verify(boot, by);
  }

  // --- ending --------------------------------------------------------------------------------------------------------

  #onEnd(process: ProcessIdentity, end: ProcessEnd): void {
    const state = this.#state;
    if (state.kind === 'released' || !sameProcess(processOf(state), process)) return;
    if (state.kind === 'stopping' || this.#desk.isPlannedDown(this.subject)) return void this.#endedAsPlanned(process, end);
    this.#died(process, state, end);
  }

  async #endedAsPlanned(process: ProcessIdentity, end: ProcessEnd): Promise<void> {
    const { boot, mark } = this.#desk.recall(this.subject);
    this.#noteGone(process, end, true);
    const left = spokenSeconds((mark?.until ?? 0) - this.#desk.stamp());
    const parked = this.#park(undefined);
    const diagnosis = await this.#diagnoseNow({ process, boot, exit: end.exit });
    if (!this.#isStill(parked)) return;
    const exit = describeExit(end.exit);
    this.#desk.decide(
      this.subject,
      `${this.subject}: ${exit} with planned stop mark by ${mark?.by} for another ${left}: ${diagnosis.verdict}, nothing done`,
    );
  }

  #died(process: ProcessIdentity, state: GuardState, end: ProcessEnd): void {
    const boot = state.kind === 'living' ? state.boot : undefined;
    const text = `${this.subject}: pid ${process.pid} is gone: ${describeExit(end.exit)}`;
    const open = this.#case.open;
    if (open !== undefined && open.phase.kind !== 'suspected') {
      this.#noteGone(process, end, false);
      this.#desk.decide(this.subject, `${text}, before incident ${open.id} was resolved`);
      this.#case.patientEnded(end.exit);
      this.#case.endAttempt('failed', describeExit(end.exit));
      return this.#continueCase();
    }
    const onset = this.#desk.stamp();
    const patient = { process, ...(boot === undefined ? {} : { boot }), ...(end.exit === undefined ? {} : { exit: end.exit }) };
    this.#case.detect({ onset, onsetSource: end.source, evidence: text, patient }, text);
    this.#noteGone(process, end, false);
    void this.#diagnoseCase();
  }

  /** It ended while no agent was there to see. */
  #foundDead(process: ProcessIdentity, boot: Boot | undefined): void {
    const mark = this.#desk.driver.exitMark(this.subject);
    const ownMark = mark !== undefined && mark.pid === process.pid;
    const onset = ownMark ? mark.at : this.#desk.stamp();
    const onsetSource: OnsetSource = ownMark ? 'exit journal' : 'found dead';
    const text = `${this.subject}: pid ${process.pid} ended while no agent watched`;
    this.#case.detect(
      { onset, onsetSource, evidence: text, patient: { process, ...(boot === undefined ? {} : { boot }) } },
      text,
    );
    this.#noteGone(process, { exit: undefined, source: 'kernel exit notice' }, false);
    void this.#diagnoseCase();
  }

  #noteGone(process: ProcessIdentity, { exit }: ProcessEnd, planned: boolean): void {
    const entry = { kind: 'gone', at: this.#desk.stamp(), subject: this.subject, process, planned } as const;
    this.#desk.journal.note(exit === undefined ? entry : { ...entry, exit });
  }

  #park(text: string | undefined): GuardState {
    if (text !== undefined) this.#desk.decide(this.subject, text);
    const { mark } = this.#desk.recall(this.subject);
    const left = Math.max(0, (mark?.until ?? 0) - this.#desk.stamp());
    return this.#enter({ kind: 'parked', timer: this.#parkTimer(left) });
  }

  #parkTimer(left: number): Timer {
    return this.#desk.runtime.clock.after(Math.min(left, PARK_CHECK_MS), () => void this.#lookAtParked());
  }

  async #lookAtParked(): Promise<void> {
    const parked = this.#state;
    const holder = await this.#identify();
    if (!this.#isStill(parked)) return;
    if (holder === undefined && this.#desk.isPlannedDown(this.subject)) return void this.#park(undefined);
    this.#desk.journal.note({ kind: 'mark', at: this.#desk.stamp(), subject: this.subject, mark: null });
    if (holder !== undefined) return this.#adopt(holder.process, 'operator');
    this.#desk.decide(this.subject, `${this.subject}: the planned stop is over: starting it`);
    return this.#launch();
  }

  // --- diagnosing and recovering -------------------------------------------------------------------------------------

  #diagnoseNow(patient: Patient): Promise<Diagnosis> {
    const { mark } = this.#desk.recall(this.subject);
    const plannedStop = mark !== undefined && mark.until > this.#desk.stamp() ? { until: mark.until, by: mark.by } : undefined;
    const { process, boot, exit } = patient;
    const question = { subject: this.subject, at: this.#desk.stamp(), process, boot, exit, silentProbes: 0, plannedStop };
    return gatherFacts(this.#desk.driver, question).then((facts) => diagnose(facts));
  }

  async #diagnoseCase(): Promise<void> {
    const diagnosing = this.#enter({ kind: 'diagnosing' });
    const diagnosis = await this.#diagnoseNow(this.#openCase().patient);
    if (!this.#isStill(diagnosing)) return;
    const holder = diagnosis.facts.connect === 'accepted' ? await this.#identify() : undefined;
    if (!this.#isStill(diagnosing)) return;
    this.#case.diagnosed(diagnosis);
    if (holder !== undefined) return this.#adopt(holder.process, 'operator');
    if (diagnosis.verdict === 'crash') return this.#planAndRestart();
    this.#case.escalate(`down, but diagnosed as ${diagnosis.verdict}: not restarted without a human`);
  }

  #planAndRestart(): void {
    this.#case.plan();
    this.#restart();
  }

  #restart(): void {
    const delay = this.#nextDelay();
    this.#case.beginAttempt(delay);
    this.#launchAfter(delay);
  }

  /** The subject is dead and an earlier agent left its incident open. */
  #continueCase(): void {
    const { phase } = this.#openCase();
    switch (phase.kind) {
      case 'suspected':
        return void this.#suspectFoundDead();
      case 'detected':
        return void this.#diagnoseCase();
      case 'diagnosed':
        return this.#planAndRestart();
      case 'planned':
        return this.#restart();
      case 'recovering':
      case 'verifying':
        this.#case.endAttempt('interrupted', 'the agent ended, and the process is not there');
        return this.#restart();
      case 'resolved':
      case 'escalated':
      case 'expired':
        return;
      default:
        return unreachable(phase);
    }
  }

  #suspectFoundDead(): void {
    const { patient, moments } = this.#openCase();
    const text = `${this.subject}: ended while no agent watched`;
    this.#case.detect({ onset: moments.onset, onsetSource: 'found dead', evidence: text, patient }, text);
    void this.#diagnoseCase();
  }

  #verify(boot: Boot, by: Mender): void {
    const { phase } = this.#openCase();
    const mender = phase.kind === 'verifying' && sameBoot(phase.boot, boot) ? phase.by : by;
    this.#case.verify(boot, mender, (outcome) => this.#verified(boot, outcome));
  }

  #verified(boot: Boot, outcome: VerificationOutcome): void {
    if (outcome.kind === 'cancelled') return;
    if (outcome.kind === 'failed') return this.#case.escalate(`verification failed at ${outcome.check}: ${outcome.reason}`);
    const state = this.#state;
    assert(state.kind === 'living', 'what is resolved lives', () => state.kind);
    assert(sameBoot(state.boot, boot), 'what lives is what was verified', () => [state.boot, boot]);
    this.#desk.journal.note({ kind: 'budget', subject: this.subject, budget: FULL_BUDGET });
    this.#case.resolve(state.boot);
  }

  #openCase(): Incident {
    const incident = this.#case.open;
    assert(incident !== undefined, 'an incident is open', () => this.subject);
    return incident;
  }
}
