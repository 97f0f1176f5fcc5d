// Looks after a living subject: is it heard? Heartbeats are asked for at a steady pace and weighed by phi-accrual, which
// an observer that was late itself does not hold against anybody. A suspicion is investigated at every round until the
// subject is heard again or what is wrong with it is known.
//
// Surprising: what the kernel says needs no phi. Stopped at two looks in a row is suspicious at once.
import type { Effort, Silence } from '../detect/facts.js';
import { type Diagnosis, explain } from '../diagnose/diagnose.js';
import type { Probe } from '../driver.js';
import type { GuardState, HealthWatch } from './guard-state.js';
import type { Hold } from './hold.js';

export type Living = Extract<GuardState, { kind: 'living' }>;

export interface HealthCallbacks {
  /** Asked at every round while the silence lasts. */
  readonly onSick: (living: Living, diagnosis: Diagnosis) => void;
  /** It is heard again. */
  readonly onHeard: (living: Living) => void;
}

const STOPPED_LOOKS = 2;

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

  #next(living: Living): void {
    const { desk } = this.#hold;
    desk.runtime.clock.after(desk.settings.probeEveryMs, () => this.#round(living));
  }

  #round(living: Living): void {
    const { desk, subject } = this.#hold;
    if (!this.#hold.isStill(living)) return;
    if (!living.health.probing) void this.#probe(living);
    const isStopped = desk.driver.state(living.boot.process) === 'stopped';
    living.health.stoppedInARow = isStopped ? living.health.stoppedInARow + 1 : 0;
    if (living.health.stoppedInARow >= STOPPED_LOOKS || desk.detector.isSuspected(subject)) void this.#suspect(living);
    this.#next(living);
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
    health.lastHeardAt = desk.stamp();
    health.effortAtLast = this.#effort(living);
    health.stoppedInARow = 0;
    health.told = '';
    if (wasSuspected || this.#hold.case.open !== undefined) this.#callbacks.onHeard(living);
  }

  async #suspect(living: Living): Promise<void> {
    const { health, boot } = living;
    if (health.investigating || !this.#isJudgeable()) return;
    const silence = this.#silenceOf(living);
    if (this.#hold.case.open === undefined) this.#openSuspicion(living, silence);
    health.investigating = true;
    const diagnosis = await this.#hold.diagnose({ process: boot.process, boot }, silence);
    health.investigating = false;
    if (!this.#hold.isStill(living) || health.lastHeardAt > diagnosis.facts.at) return;
    if (diagnosis.verdict !== 'not-enough-evidence') return this.#callbacks.onSick(living, diagnosis);
    tellOnce(this.#hold, health, `${explain(diagnosis)}: nothing done, watching`, 'not enough evidence');
  }

  /** An act that somebody asked for has its own view of silence. */
  #isJudgeable(): boolean {
    return this.#hold.case.open?.request === undefined || this.#hold.case.open.phase.kind === 'verifying';
  }

  #openSuspicion({ boot, health }: Living, { ms, phi }: Silence): void {
    const { subject } = this.#hold;
    const evidence = `not heard for ${Math.round(ms)} ms (phi ${phi.toFixed(1)}), process ${boot.process.pid} lives`;
    this.#hold.case.suspect(
      { onset: health.lastHeardAt, onsetSource: 'last heartbeat', evidence, patient: { process: boot.process, boot } },
      `${subject}: suspected: ${evidence}`,
    );
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
