// Up the ladder of one incident: which step comes next, whether anything holds it back, and who carries it out. A rung that
// helps ends in the verification; one that does not leads to the next; the last one asks a human.
//
// Surprising: it keeps no state of its own. Where it stands is read from the record, at every turn: so the next life of the
// agent goes on where this one ended, and a step that may have been done is never simply done again.
import { unreachable } from '@reknit/base';
import { type Diagnosis, explain } from '../diagnose/diagnose.js';
import { ladderOf } from '../faults/catalogue.js';
import type { Boot, Incident, Mender, StepRun } from '../incidents/incident.js';
import type { Action, ActOutcome, Ladder } from '../recover/actions.js';
import { afterFutile, afterSuccess, type Futility, lastRun, type Move, underWay } from '../recover/ladder.js';
import { planFor } from '../recover/plan.js';
import type { Acts } from './acts.js';
import { Asking } from './asking.js';
import { nextMove } from './course.js';
import { type Living, tellOnce } from './health-rounds.js';
import type { Hold } from './hold.js';
import { obstaclesTo, pageIfHeldLong } from './obstacles.js';
import { isSilent, mayEndByItself } from './patience.js';
import { type Restarts, whyLeftDown } from './restarts.js';
import { standStill } from './standstill.js';
import type { Stops } from './stops.js';
import { spokenSeconds } from './words.js';

/** What the engine itself knows how to do; for the rest the driver is asked. */
const OWN: ReadonlySet<Action> = new Set<Action>(['wait', 'fence', 'stop', 'restart', 'suspend-accusations', 'page']);
/** They need the subject down, and it is started after them. */
const NEEDS_DOWN: ReadonlySet<Action> = new Set<Action>(['rebuild', 'replace', 'relocate', 'roll-back']);
/** In the course of them it is down. */
export const TAKES_DOWN: ReadonlySet<Action> = new Set<Action>(['fence', 'stop', 'restart', ...NEEDS_DOWN]);
/** A soft failure is tried again so often, in all. */
const TRIES_MAX = 3;
/** Longer than an observer's own trouble usually lasts; what the kernel shows is acted upon all the same. */
const SUSPEND_MS = 30_000;

export interface ClimbParts {
  readonly acts: Acts;
  readonly restarts: Restarts;
  readonly stops: Stops;
  readonly verify: (boot: Boot, by: Mender) => void;
  /** It is at the end of its life here. */
  readonly retire: () => boolean;
  /** Starts it, after a step for which it had to be down. */
  readonly launch: () => void;
}

export class Climb {
  readonly #hold: Hold;
  readonly #parts: ClimbParts;
  readonly #asking: Asking;

  constructor(hold: Hold, parts: ClimbParts) {
    this.#hold = hold;
    this.#parts = parts;
    this.#asking = new Asking(hold);
  }

  /** What is going to be done about a verdict, in place of any earlier plan. */
  plan({ verdict }: Diagnosis): void {
    const { case: file, subject } = this.#hold;
    file.plan(planFor({ subject, ladder: this.#ladderFor(verdict), cannot: (action) => !this.#can(action) }));
  }

  /** A living subject is sick, by a diagnosis of this moment. Asked again at every look. */
  treat(living: Living, diagnosis: Diagnosis): void {
    const run = underWay(this.#incident());
    if (run !== undefined && this.#isBusyWith(run, living)) return;
    this.#to(nextMove(this.#hold, diagnosis), diagnosis);
  }

  /** True while there is nothing to decide: a step goes on. What an earlier agent left undone is ended, or asked for. */
  #isBusyWith(run: StepRun, living: Living): boolean {
    const { steps } = this.#hold.case;
    if (run.action === 'wait') {
      if (mayEndByItself(this.#hold, living)) return true;
      steps.end('failed', 'it did not come back in time');
      return false;
    }
    if (TAKES_DOWN.has(run.action)) {
      steps.end('interrupted', 'the agent ended before it was done');
      return false;
    }
    if (!this.#parts.acts.isInHand(run)) this.resume(run);
    return true;
  }

  /** A dead one: what comes first, or next. */
  goOn(): void {
    const incident = this.#incident();
    const run = underWay(incident);
    if (run !== undefined) return this.resume(run);
    this.#to(nextMove(this.#hold, incident.diagnosis), incident.diagnosis);
  }

  /** What was under way is done, as far as it is to be seen. @param by whose doing it is */
  stepDone(detail: string, by: Mender = 'engine'): void {
    const { plan } = this.#incident();
    const run = underWay(this.#incident());
    if (run === undefined || plan === undefined) return;
    this.#hold.case.steps.end('succeeded', detail);
    const move = afterSuccess(plan, run.step);
    const { state } = this.#hold;
    if (move.kind === 'verify' && state.kind === 'living') return this.#parts.verify(state.boot, by);
    this.#to(move, this.#incident().diagnosis);
  }

  /** It has not helped: further up. */
  futile(reason: string, futility: Futility = 'rung', step: number | undefined = lastRun(this.#incident())?.step): void {
    const { plan, diagnosis } = this.#incident();
    this.#hold.case.steps.end('failed', reason);
    if (plan === undefined || step === undefined) return this.page(reason);
    this.#to(afterFutile(plan, step, futility), diagnosis, reason);
  }

  /** The last rung: a human. What is down stays down; what lives is watched. */
  page(reason: string): void {
    const { case: file, state } = this.#hold;
    this.#hold.heldBy = [];
    if (state.kind === 'living' || state.kind === 'fencing' || state.kind === 'stopping') return file.escalate(reason);
    this.#parts.restarts.halt(reason);
  }

  /** What it was stopped for goes on: the kernel has confirmed its end. */
  stopped(detail: string): void {
    const run = underWay(this.#incident());
    if (run === undefined) return this.goOn();
    if (run.action === 'restart') return void this.#parts.restarts.launch();
    if (NEEDS_DOWN.has(run.action)) return this.#act(run);
    this.stepDone(detail);
  }

  #to(move: Move, diagnosis: Diagnosis | undefined, reason?: string): void {
    const { state } = this.#hold;
    switch (move.kind) {
      case 'end':
        return this.page(reason ?? 'nothing of its ladder is left');
      case 'verify':
        return state.kind === 'living' ? this.#parts.verify(state.boot, 'engine') : this.#downAtTheEnd();
      case 'step':
        if (move.action === 'page') return this.page(reason ?? this.#reasonToPage(diagnosis));
        return this.#unlessHeld(move, diagnosis);
      default:
        return unreachable(move);
    }
  }

  #unlessHeld(move: Extract<Move, { kind: 'step' }>, diagnosis: Diagnosis | undefined): void {
    const hold = this.#hold;
    const { state } = hold;
    const isLiving = state.kind === 'living';
    const spent = isLiving && diagnosis?.facts.silence === undefined ? hold.restraints.spent() : undefined;
    if (spent !== undefined) return this.page(spent);
    const held = [...this.#asking.objections(), ...obstaclesTo(hold, move.action, diagnosis)];
    hold.heldBy = held;
    // What the launcher holds back itself, it begins at once when it may.
    if (held.length === 0 || (move.action === 'restart' && !isLiving && !hold.restraints.needsApproval()))
      return void this.#perform(move);
    const text = `${diagnosis?.verdict ?? 'its repair'}, not acted on: ${held.join('; ')}`;
    pageIfHeldLong(hold, held);
    if (isLiving) return tellOnce(hold, state.health, text);
    standStill(hold, {
      kind: 'held',
      reason: held.join('; '),
      leftMs: () => undefined,
      isOver: () => this.#asking.objections().length === 0,
      onOver: () => this.goOn(),
      onFound: (process) => this.#parts.restarts.adopt(process),
    });
  }

  async #perform({ step, action }: Extract<Move, { kind: 'step' }>): Promise<void> {
    const { case: file, state } = this.#hold;
    const process = state.kind === 'living' ? state.boot.process : undefined;
    file.endVerification();
    switch (action) {
      case 'wait':
        return this.#wait(step);
      case 'fence':
      case 'stop':
        file.steps.begin({ step, action, process });
        return state.kind === 'living' ? this.#end(state, action) : this.stepDone('it is down');
      case 'restart':
        if (state.kind !== 'living') return this.#parts.restarts.begin(step, this);
        file.steps.begin({ step, action, process });
        return this.#end(state, isSilent(this.#hold) ? 'fence' : 'stop');
      case 'suspend-accusations':
        file.steps.begin({ step, action });
        return this.#suspendAccusations();
      default:
        return this.#beginAct(step, action);
    }
  }

  async #beginAct(step: number, action: Action): Promise<void> {
    const { case: file, state } = this.#hold;
    const incident = this.#incident();
    const epoch = await this.#parts.acts.epochFor(action);
    const isOvertaken = !this.#hold.isStill(state) || file.open?.id !== incident.id || underWay(this.#incident()) !== undefined;
    if (isOvertaken) return;
    const process = state.kind === 'living' ? state.boot.process : undefined;
    const run = file.steps.begin({ step, action, process, epoch: epoch === 'no-quorum' ? undefined : epoch });
    if (epoch === 'no-quorum') return this.futile(`${action} needs a quorum of the store, and none answers`);
    if (state.kind === 'living' && NEEDS_DOWN.has(action)) return this.#end(state, isSilent(this.#hold) ? 'fence' : 'stop');
    this.#act(run);
  }

  #end({ boot, unwatch }: Living, how: 'fence' | 'stop'): void {
    this.#parts.stops.end({ process: boot.process, unwatch }, how);
  }

  #act(run: StepRun): void {
    const { case: file, state } = this.#hold;
    if (state.kind !== 'living') this.#hold.enter({ kind: 'acting', action: run.action });
    file.steps.act();
    void this.#parts.acts.carryOut(run, (outcome) => this.#acted(run, outcome));
  }

  #acted(run: StepRun, outcome: ActOutcome): void {
    switch (outcome.kind) {
      case 'done':
        if (!NEEDS_DOWN.has(run.action) || this.#hold.state.kind === 'living') return this.stepDone(outcome.detail);
        this.#hold.decide(`${run.action}: ${outcome.detail}`);
        if (!this.#parts.retire()) this.#parts.launch();
        return;
      case 'retry':
        return this.#retry(run, outcome.detail);
      case 'not-here':
        return this.futile(outcome.detail, 'here');
      case 'nowhere':
        return this.futile(outcome.detail, 'everywhere');
      case 'unknown':
        return this.futile(`nobody knows what came of it: ${outcome.detail}`);
      default:
        return unreachable(outcome);
    }
  }

  #retry(run: StepRun, detail: string): void {
    const tries = this.#incident().runs.filter(
      ({ step, attempt }) => step === run.step && attempt > (this.#incident().plan?.since ?? 0),
    );
    if (tries.length >= TRIES_MAX) return this.futile(detail);
    this.#hold.decide(`${run.action} is tried again: ${detail}`);
    // It stays under way meanwhile: nobody takes it for futile.
    this.#hold.desk.runtime.clock.after(PAUSE_MS * tries.length, () => {
      if (!this.#parts.acts.isStill(run)) return;
      this.#hold.case.steps.end('failed', detail);
      this.#to({ kind: 'step', step: run.step, action: run.action }, this.#incident().diagnosis);
    });
  }

  /** What an earlier agent has begun, and whose outcome nobody knows. */
  resume(run: StepRun): void {
    const { steps } = this.#hold.case;
    if (run.action === 'fence' || run.action === 'stop') return this.stepDone('it is down');
    if (OWN.has(run.action)) {
      steps.end('interrupted', 'the agent ended, and the process is not there');
      return this.goOn();
    }
    this.#act(run);
  }

  /** Its rung is done and it is down, as that rung meant it, or elsewhere. */
  #downAtTheEnd(): void {
    if (this.#parts.retire()) return;
    this.futile('it is down');
  }

  #wait(step: number): void {
    const { case: file, desk, state } = this.#hold;
    if (state.kind !== 'living') return this.futile('it is down: there is nothing to wait for', 'rung', step);
    if (isSilent(this.#hold) && !mayEndByItself(this.#hold, state)) return this.#skipWait(step);
    file.steps.begin({ step, action: 'wait' });
    const { blockedPatienceMs, patienceMs } = desk.settings;
    const left = isSilent(this.#hold) ? blockedPatienceMs - (desk.stamp() - state.health.lastHeardAt) : patienceMs;
    tellOnce(this.#hold, state.health, `given another ${spokenSeconds(left)} to come back by itself`, 'waiting');
  }

  #suspendAccusations(): void {
    const { desk } = this.#hold;
    const { diagnosis } = this.#incident();
    desk.accusesFrom = desk.stamp() + SUSPEND_MS;
    this.#hold.decide(`nobody is accused for ${spokenSeconds(SUSPEND_MS)}: ${diagnosis === undefined ? '' : explain(diagnosis)}`);
    this.stepDone('this observer suspects itself');
  }

  /** It was silent for so long already. */
  #skipWait(step: number): void {
    const { plan, diagnosis } = this.#incident();
    if (plan !== undefined) this.#to(afterFutile(plan, step), diagnosis);
  }

  #ladderFor(verdict: Diagnosis['verdict']): Ladder {
    const ofClass = ladderOf(verdict);
    const declared = this.#hold.restraints.policy.ladder;
    if (declared === undefined || !ofClass.flat().some((action) => action !== 'page')) return ofClass;
    const mayRestart = ofClass.flat().includes('restart');
    return mayRestart ? declared : declared.filter((rung) => !rung.includes('restart'));
  }

  #can(action: Action): boolean {
    const { desk, subject } = this.#hold;
    return OWN.has(action) || desk.driver.actions?.(subject).has(action) === true;
  }

  #reasonToPage(diagnosis: Diagnosis | undefined): string {
    if (diagnosis === undefined) return 'nothing else is left to try';
    return this.#hold.state.kind === 'living' ? `${diagnosis.verdict}: a human has to look` : whyLeftDown(diagnosis);
  }

  #incident(): Incident {
    return this.#hold.case.require();
  }
}

/** Before a step is tried again, times the tries so far. */
const PAUSE_MS = 1000;
