// One subject's life under the agent: look, start, watch, and let its parts see to what is wrong. A reflex needs only the
// kernel and the local journal; the store is never waited for before an act.
import { assert } from '@reknit/base';
import type { ProcessIdentity } from '@reknit/runtime';
import type { StopOutcome } from '../driver.js';
import { type Boot, type Incident, type Mender, sameBoot, sameProcess } from '../incidents/incident.js';
import type { PlannedStopMark } from '../journal/entries.js';
import { underWay } from '../recover/ladder.js';
import { Acts } from './acts.js';
import { type Answering, Asking } from './asking.js';
import { CaseFile } from './case-file.js';
import { Climb, TAKES_DOWN } from './climb.js';
import { Deaths } from './deaths.js';
import type { Desk } from './desk.js';
import type { GuardState } from './guard-state.js';
import { HealthRounds, type Living, newHealth } from './health-rounds.js';
import { Hold } from './hold.js';
import { Launcher } from './launcher.js';
import { PlannedStops } from './planned-stops.js';
import { Proofs } from './proofs.js';
import { RequestRefused } from './request-refused.js';
import { RequestedRestart } from './requested-restart.js';
import { Restarts } from './restarts.js';
import { Sickness } from './sickness.js';
import { Stops } from './stops.js';

export class Guard {
  readonly subject: string;
  readonly #desk: Desk;
  readonly #hold: Hold;
  readonly #case: CaseFile;
  readonly #health: HealthRounds;
  readonly #launcher: Launcher;
  readonly #plannedStops: PlannedStops;
  readonly #requested: RequestedRestart;
  readonly #sickness: Sickness;
  readonly #restarts: Restarts;
  readonly #climb: Climb;
  readonly #deaths: Deaths;
  readonly #proofs: Proofs;
  /** The life that an earlier agent knew. */
  #leftBoot: Boot | undefined;

  constructor(desk: Desk, subject: string) {
    this.subject = subject;
    this.#desk = desk;
    this.#case = new CaseFile(desk, subject);
    this.#hold = new Hold(desk, subject, this.#case);
    this.#proofs = new Proofs(this.#hold);
    this.#launcher = new Launcher(this.#hold, {
      onReady: (boot, { by, unwatch }) => this.#ready(boot, by, unwatch),
      onEnd: (process, end) => this.#deaths.seen(process, end),
      onRefused: (reason) => this.#startRefused(reason),
    });
    this.#restarts = new Restarts(this.#hold, this.#launcher);
    const stops = new Stops(this.#hold);
    this.#climb = new Climb(this.#hold, {
      acts: new Acts(this.#hold),
      restarts: this.#restarts,
      stops,
      verify: (boot, by) => this.#verify(boot, by),
      retire: () => this.#launcher.retire(),
      launch: () => void this.#launcher.launch(),
    });
    this.#sickness = new Sickness(this.#hold, this.#climb);
    this.#health = new HealthRounds(this.#hold, {
      onSick: (living, diagnosis) => this.#sickness.treat(living, diagnosis),
      onWell: () => this.#wellAgain(),
    });
    this.#plannedStops = new PlannedStops(this.#hold, this.#launcher);
    this.#deaths = new Deaths(this.#hold, { climb: this.#climb, launcher: this.#launcher, plannedStops: this.#plannedStops });
    this.#requested = new RequestedRestart(this.#hold, { launcher: this.#launcher, stops });
  }

  get state(): GuardState {
    return this.#hold.state;
  }

  get incident(): Incident | undefined {
    return this.#case.open;
  }

  /** What keeps the engine from its next act on it. */
  get heldBy(): readonly string[] {
    return this.#hold.heldBy;
  }

  /** @param left the incident that an earlier agent did not close */
  async begin(left: Incident | undefined): Promise<void> {
    assert(this.state.kind === 'new', 'a guard begins once', () => this.state.kind);
    if (left !== undefined) this.#case.resume(left);
    const looking = this.#hold.enter({ kind: 'looking' });
    const known = this.#desk.recall(this.subject);
    this.#leftBoot = known.boot;
    const found = await this.#findLiving();
    if (!this.#hold.isStill(looking)) return;
    const silent = found !== undefined && sameProcess(known.boot?.process, found.process) ? await this.#unproven() : undefined;
    if (!this.#hold.isStill(looking)) return;
    if (silent !== undefined) this.#adoptSilent(silent);
    else if (found !== undefined) this.#launcher.adopt(found.process, found.by);
    if (known.mark !== undefined && this.#desk.isPlannedDown(this.subject)) return void this.stopAsPlanned(known.mark);
    if (found !== undefined || this.#launcher.retire()) return;
    if (this.#case.open !== undefined) return this.#deaths.goOn();
    if (known.process !== undefined) return this.#deaths.found(known.process, known.boot);
    if (known.halt !== undefined) return this.#restarts.halt(known.halt.reason);
    return this.#launcher.launch();
  }

  /** Stops the subject until the mark's end. Durable before the signal is sent. */
  stopAsPlanned(mark: PlannedStopMark): Promise<StopOutcome> {
    return this.#plannedStops.stop(mark);
  }

  /** @throws RequestRefused */
  restart(by: string): Incident {
    return this.#requested.begin(by);
  }

  /** @throws RequestRefused */
  mend(action: 'repair' | 'replace', by: string): Incident {
    this.#requested.mend(action, by);
    this.#climb.goOn();
    return this.#case.require();
  }

  /** Re-validated by a diagnosis of this moment. Rejects with RequestRefused. */
  async approve(answering: Answering): Promise<Incident> {
    const asking = new Asking(this.#hold);
    const { state } = this;
    const incident = this.#case.open;
    const living = state.kind === 'living' ? state : undefined;
    const patient = living === undefined ? (incident?.patient ?? {}) : { process: living.boot.process, boot: living.boot };
    const silence = living === undefined ? undefined : this.#health.silence(living);
    const diagnosis = await this.#hold.diagnose(patient, silence);
    if (!this.#hold.isStill(state))
      throw new RequestRefused(`${this.subject} has changed while its plan was looked at: look again`);
    asking.approve(answering, diagnosis);
    if (living === undefined) this.#climb.goOn();
    return this.#case.require();
  }

  /** @throws RequestRefused */
  reject(answering: Answering, reason: string): Incident {
    new Asking(this.#hold).reject(answering, reason);
    if (this.state.kind !== 'living') this.#restarts.halt(`its plan is rejected by ${answering.by}: ${reason}`);
    return this.#case.require();
  }

  /** Somebody has seen it. @throws RequestRefused */
  acknowledge(id: string, by: string): Incident {
    const incident = [this.#case.open, this.#case.handedOver].find((each) => each?.id === id);
    if (incident === undefined) throw new RequestRefused(`incident ${id} is closed: there is nothing to acknowledge`);
    this.#case.acknowledge(by);
    this.#desk.pager.forget(id);
    return this.#case.require();
  }

  /** Lets the subject live on, unwatched. */
  release(): void {
    this.#case.detach();
    this.#hold.enter({ kind: 'released' });
  }

  async #findLiving(): Promise<{ process: ProcessIdentity; by: Mender } | undefined> {
    const { driver } = this.#desk;
    const { process, intent } = this.#desk.recall(this.subject);
    if (process !== undefined && driver.state(process) !== 'gone') return { process, by: 'engine' };
    const launched = intent === undefined ? undefined : driver.findLaunched(this.subject, intent.token);
    if (launched !== undefined) return { process: launched, by: 'engine' };
    const boot = await this.#hold.identify();
    if (boot === undefined) return undefined;
    return { process: boot.process, by: intent === undefined ? 'operator' : 'engine' };
  }

  /** The boot that the journal knows, if nobody proves to be it: it may be silent, and its silence is then weighed. */
  async #unproven(): Promise<Boot | undefined> {
    const { boot } = this.#desk.recall(this.subject);
    return (await this.#hold.identify()) === undefined ? boot : undefined;
  }

  /** Known by pid and start time, though it says nothing. */
  #adoptSilent(boot: Boot): void {
    const { driver } = this.#desk;
    const unwatch = driver.watch(this.subject, boot.process, (end) => this.#deaths.seen(boot.process, end));
    this.#hold.decide(`living process ${boot.process.pid} found, which does not answer: watching it`);
    this.#live(boot, 'engine', unwatch);
  }

  #live(boot: Boot, by: Mender, unwatch: () => void): Living {
    const health = newHealth(this.#desk.stamp());
    const living = this.#hold.pass<Living>({ kind: 'living', boot, by, unwatch, health });
    this.#health.begin(living);
    return living;
  }

  #ready(boot: Boot, by: Mender, unwatch: () => void): void {
    this.#desk.journal.note({ kind: 'living', at: this.#desk.stamp(), subject: this.subject, boot });
    const living = this.#live(boot, by, unwatch);
    const isSameLife = this.#leftBoot !== undefined && sameBoot(this.#leftBoot, boot);
    // Nobody has mended anything: it is verified once it is seen to be well.
    if (this.#case.handedOver !== undefined && isSameLife) living.health.unwell = true;
    else if (this.#case.handedOver !== undefined) return this.#verify(boot, by);
    const incident = this.#case.open;
    if (incident === undefined) return this.#hold.decide(`serves as pid ${boot.process.pid}, boot ${boot.bootId}`);
    if (incident.phase.kind === 'suspected') return this.#case.expire('it answers again');
    const run = underWay(incident);
    if (isUntouched(incident, boot)) return this.#goOnUntouched(incident);
    if (run === undefined) return this.#verify(boot, by);
    this.#climb.stepDone(`pid ${boot.process.pid}, boot ${boot.bootId} answers`, by);
  }

  /** The agent died before it did anything to the life that the incident is about. */
  #goOnUntouched(incident: Incident): void {
    const { state } = this;
    const run = underWay(incident);
    if (state.kind !== 'living') return;
    if (incident.request?.action === 'restart') return this.#requested.stop(state);
    if (run !== undefined && TAKES_DOWN.has(run.action))
      this.#case.steps.end('interrupted', 'the agent ended before it was done');
    else if (run !== undefined && run.action !== 'wait') this.#climb.resume(run);
    // Whether it is still sick is for the next look at it to say.
    if (incident.request !== undefined && underWay(this.#case.require()) === undefined) this.#climb.goOn();
  }

  /** A life that was unwell is well, and nothing that was done to it is under way. */
  #wellAgain(): void {
    const { state } = this;
    if (state.kind !== 'living') return;
    const { open, handedOver } = this.#case;
    if (open === undefined && handedOver === undefined) return this.#hold.decide('answers again');
    if (open === undefined) return this.#verify(state.boot, 'operator');
    if (open.phase.kind === 'suspected') return this.#case.expire('it answers again');
    if (open.phase.kind === 'verifying') return;
    if (open.request !== undefined) return isUntouched(open, state.boot) ? this.#goOnUntouched(open) : undefined;
    const run = underWay(open);
    if (run !== undefined && run.action !== 'wait') return;
    const mender = this.#sickness.menderOf();
    this.#hold.heldBy = [];
    this.#case.steps.end('succeeded', `pid ${state.boot.process.pid} answers again`);
    this.#verify(state.boot, mender);
  }

  #startRefused(reason: string): void {
    if (this.#case.open !== undefined) {
      this.#case.steps.end('failed', reason);
      return this.#deaths.goOn();
    }
    this.#launcher.spend();
    this.#launcher.launchAfter(this.#launcher.nextDelay());
  }

  #verify(boot: Boot, by: Mender): void {
    this.#proofs.begin(boot, by, this.#climb);
  }
}

/** The life that the incident is about still lives: nothing that was planned has been done to it. */
function isUntouched(incident: Incident, boot: Boot): boolean {
  const { patient, phase } = incident;
  const run = underWay(incident);
  if (run?.process !== undefined) return sameProcess(run.process, boot.process);
  const isOwn = patient.boot !== undefined && sameBoot(patient.boot, boot);
  return isOwn && phase.kind !== 'verifying' && (run === undefined || run.action !== 'restart');
}
