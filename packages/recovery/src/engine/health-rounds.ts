// Looks after a living subject: is it heard, and do its detectors call it well? Heartbeats are asked for at a steady pace
// and weighed by phi-accrual, which an observer that was late itself does not hold against anybody. A suspicion is
// investigated at every round until the subject is well again or what is wrong with it is known.
//
// Surprising: what the kernel says needs no phi. Stopped at two looks in a row is suspicious at once. And who answers is not
// well for that: an ill subject stays suspected until its signals turn good.
import { bareFacts, type Effort, type Silence } from '../detect/facts.js';
import type { Diagnosis } from '../diagnose/diagnose.js';
import { explain } from '../diagnose/explain.js';
import type { Probe } from '../driver.js';
import { badLinkOf } from '../faults/shared/reach-matrix.js';
import type { GuardState, HealthWatch } from './guard-state.js';
import type { Hold } from './hold.js';
import { membersBeside } from './surroundings.js';
import { onsetOf, spokenSickness } from './symptoms.js';

export type Living = Extract<GuardState, { kind: 'living' }>;

export interface HealthCallbacks {
  /** Asked at every round while it is unwell. */
  readonly onSick: (living: Living, diagnosis: Diagnosis) => void;
  /** It is heard, and nothing is held against it any more. */
  readonly onWell: (living: Living) => void;
}

const STOPPED_LOOKS = 2;
/** A human has it in hand. */
const LEFT_EVERY_MS = 5000;
/** For a second most peers say that it is down, though this observer hears it: elections and pauses are shorter. */
const ACCUSED_LOOKS = 4;
/** An answer may come a round late. */
const HEARD_ROUNDS = 2;
/** One accuser may be the one that is cut off. */
const ACCUSERS_MIN = 2;

export class HealthRounds {
  readonly #hold: Hold;
  readonly #callbacks: HealthCallbacks;

  constructor(hold: Hold, callbacks: HealthCallbacks) {
    this.#hold = hold;
    this.#callbacks = callbacks;
  }

  begin(living: Living): void {
    const { desk, subject } = this.#hold;
    desk.detector.watch(subject, desk.runtime.clock.now());
    living.health.effortAtLast = this.#effort(living);
    this.#next(living);
  }

  /** All subjects at the same moments: an agent with nothing to do wakes as seldom as it can. */
  #next(living: Living): void {
    const { desk } = this.#hold;
    const { clock } = desk.runtime;
    const every = desk.settings.probeEveryMs;
    const left = every - (clock.now() % every);
    // A timer may come a little early: the moment that it was set for is not the next one.
    clock.after(left < every / 2 ? left + every : left, () => this.#round(living));
  }

  #round(living: Living): void {
    const { desk, subject } = this.#hold;
    if (!this.#hold.isStill(living)) return;
    if (!living.health.probing) void this.#probe(living);
    const isStopped = desk.driver.state(living.boot.process) === 'stopped';
    living.health.stoppedInARow = isStopped ? living.health.stoppedInARow + 1 : 0;
    living.health.accusedInARow = this.#isAccused(living) ? living.health.accusedInARow + 1 : 0;
    if (living.health.stoppedInARow >= STOPPED_LOOKS || desk.detector.isSuspected(subject)) void this.#suspect(living, 'silent');
    else if (this.#isIll(living)) void this.#suspect(living, 'ill');
    this.#next(living);
  }

  #isIll({ health }: Living): boolean {
    const { desk, subject } = this.#hold;
    return health.accusedInARow >= ACCUSED_LOOKS || this.#hasBadLink() || desk.badSignals(subject, health.since).length > 0;
  }

  /** As both its ends say, for a while: no member is silent, and nobody is accused by a majority. */
  #hasBadLink(): boolean {
    const { desk, subject } = this.#hold;
    return badLinkOf(desk.views.reach(membersBeside(desk, subject)), subject) !== undefined;
  }

  /** By its peers, while this observer hears it: a silence is another matter. */
  #isAccused({ health }: Living): boolean {
    const { desk, subject } = this.#hold;
    if (desk.stamp() - health.lastHeardAt > HEARD_ROUNDS * desk.settings.probeEveryMs) return false;
    const { votes } = desk.views.of(subject);
    const down = votes.filter(({ vote }) => vote === 'down').length;
    return down >= ACCUSERS_MIN && down * 2 > votes.length;
  }

  async #probe(living: Living): Promise<void> {
    const { desk, subject } = this.#hold;
    living.health.probing = true;
    const silent: Probe = { connect: 'not-tried', health: 'silent' };
    const { health, vitals } = await desk.driver.probe(subject, desk.settings.probeTimeoutMs).catch(() => silent);
    living.health.probing = false;
    if (!this.#hold.isStill(living) || (health !== 'good' && health !== 'bad')) return;
    if (vitals !== undefined) desk.views.note(subject, vitals);
    this.#heard(living);
  }

  #heard(living: Living): void {
    const { desk, subject } = this.#hold;
    const { health } = living;
    const wasSuspected = desk.detector.heard(subject, desk.runtime.clock.now()) !== undefined || health.told !== '';
    health.unwell ||= wasSuspected;
    health.lastHeardAt = desk.stamp();
    health.effortAtLast = this.#effort(living);
    health.stoppedInARow = 0;
    if (this.#isIll(living)) return;
    health.told = '';
    const isNews = health.unwell || this.#hold.case.open !== undefined;
    health.unwell = false;
    if (isNews) this.#callbacks.onWell(living);
  }

  async #suspect(living: Living, how: 'silent' | 'ill'): Promise<void> {
    const { health, boot } = living;
    if (health.investigating || !this.#isJudgeable(living) || this.#isLeftToAHuman(living)) return;
    const silence = how === 'silent' ? this.#silenceOf(living) : undefined;
    health.unwell = true;
    if (this.#hold.case.open === undefined && this.#hold.case.handedOver === undefined) this.#openSuspicion(living, silence);
    health.investigating = true;
    health.investigatedAt = this.#hold.desk.stamp();
    const diagnosis = await this.#hold.diagnose({ process: boot.process, boot }, silence);
    health.investigating = false;
    const isOver = silence === undefined ? !this.#isIll(living) : health.lastHeardAt > diagnosis.facts.at;
    if (!this.#hold.isStill(living) || isOver) return;
    if (diagnosis.verdict !== 'not-enough-evidence') return this.#callbacks.onSick(living, diagnosis);
    tellOnce(this.#hold, health, `${explain(diagnosis)}: nothing done, watching`, 'not enough evidence');
  }

  /** Only something graver would change anything: that is looked for less often. */
  #isLeftToAHuman({ health }: Living): boolean {
    const { case: file, desk } = this.#hold;
    if (file.open !== undefined || file.handedOver === undefined) return false;
    return desk.stamp() - health.investigatedAt < LEFT_EVERY_MS;
  }

  /** An act that somebody asked for has its own view of silence; an observer that suspects itself accuses nobody. */
  #isJudgeable({ health }: Living): boolean {
    const isProven = health.stoppedInARow >= STOPPED_LOOKS;
    if (!isProven && this.#hold.desk.stamp() < this.#hold.desk.accusesFrom) return false;
    return this.#hold.case.open?.request === undefined || this.#hold.case.open.phase.kind === 'verifying';
  }

  #openSuspicion({ boot, health }: Living, silence: Silence | undefined): void {
    const { subject, desk } = this.#hold;
    const facts = { ...bareFacts(subject, desk.stamp()), silence, signals: desk.driver.signals?.(subject) ?? [] };
    const phi = silence === undefined ? '' : ` (phi ${silence.phi.toFixed(1)})`;
    const evidence = `${spokenSickness({ facts })}${phi}, process ${boot.process.pid} lives`;
    this.#hold.case.suspect(
      { ...onsetOf({ facts }, health.lastHeardAt), evidence, patient: { process: boot.process, boot } },
      `${subject}: suspected: ${evidence}`,
    );
  }

  /** Of one that is silent now. */
  silence(living: Living): Silence | undefined {
    const { desk, subject } = this.#hold;
    const isSilent = living.health.stoppedInARow >= STOPPED_LOOKS || desk.detector.isSuspected(subject);
    return isSilent ? this.#silenceOf(living) : undefined;
  }

  #silenceOf(living: Living): Silence {
    const { desk, subject } = this.#hold;
    const { lastHeardAt, effortAtLast } = living.health;
    const effort = this.#effort(living);
    const since = (pick: (effort: Effort) => number): number | undefined =>
      effort === undefined || effortAtLast === undefined ? undefined : Math.round(pick(effort) - pick(effortAtLast));
    return {
      ms: desk.stamp() - lastHeardAt,
      phi: Math.round(desk.detector.phi(subject, desk.runtime.clock.now()) * 10) / 10,
      ranMs: since(({ ranMs }) => ranMs),
      queuedMs: since(({ queuedMs }) => queuedMs),
    };
  }

  #effort({ boot }: Living): Effort | undefined {
    const { desk } = this.#hold;
    const effort = desk.driver.effort(boot.process);
    return effort === undefined ? undefined : { at: desk.runtime.clock.now(), ...effort };
  }
}

export const newHealth = (at: number): HealthWatch => ({
  since: at,
  unwell: false,
  accusedInARow: 0,
  investigatedAt: 0,
  lastHeardAt: at,
  probing: false,
  investigating: false,
  stoppedInARow: 0,
  effortAtLast: undefined,
  told: '',
});

/** Rounds come several times a second; an inaction is news once. @param topic what makes it the same news */
export function tellOnce(hold: Hold, health: HealthWatch, text: string, topic: string = text): void {
  if (health.told === topic) return;
  health.told = topic;
  hold.decide(text);
}
