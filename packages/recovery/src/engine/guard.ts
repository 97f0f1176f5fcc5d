// One subject's life under the agent: look, start, watch, and when it ends: diagnose, restart, verify. A reflex needs
// only the kernel and the local journal; the store is never waited for before an act.
import { assert, unreachable } from '@reknit/base';
import type { ProcessIdentity } from '@reknit/runtime';
import { describeExit } from '../detect/facts.js';
import type { ProcessEnd, StopOutcome } from '../driver.js';
import { ladderOf } from '../faults/catalogue.js';
import { type Boot, type Incident, type Mender, type OnsetSource, sameBoot, sameProcess } from '../incidents/incident.js';
import type { PlannedStopMark } from '../journal/entries.js';
import type { VerificationOutcome } from '../verify/verification.js';
import { CaseFile } from './case-file.js';
import type { Desk } from './desk.js';
import { type GuardState, processOf } from './guard-state.js';
import { HealthRounds, newHealth } from './health-rounds.js';
import { Hold } from './hold.js';
import { Launcher } from './launcher.js';
import { PlannedStops } from './planned-stops.js';
import { RequestedRestart } from './requested-restart.js';
import { Restarts } from './restarts.js';
import { Sickness } from './sickness.js';

/** A human may take hours: each look lasts as long as a verification may. */
const VERIFY_AGAIN_MS = 60_000;

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

  constructor(desk: Desk, subject: string) {
    this.subject = subject;
    this.#desk = desk;
    this.#case = new CaseFile(desk, subject);
    this.#hold = new Hold(desk, subject, this.#case);
    this.#sickness = new Sickness(this.#hold);
    this.#health = new HealthRounds(this.#hold, {
      onSick: (living, diagnosis) => this.#sickness.treat(living, diagnosis),
      onHeard: () => this.#heardAgain(),
    });
    this.#launcher = new Launcher(this.#hold, {
      onReady: (boot, { by, unwatch }) => this.#ready(boot, by, unwatch),
      onEnd: (process, end) => this.#onEnd(process, end),
      onRefused: (reason) => this.#startRefused(reason),
    });
    this.#plannedStops = new PlannedStops(this.#hold, this.#launcher);
    this.#restarts = new Restarts(this.#hold, this.#launcher);
    this.#requested = new RequestedRestart(this.#hold, this.#launcher);
  }

  get state(): GuardState {
    return this.#hold.state;
  }

  get incident(): Incident | undefined {
    return this.#case.open;
  }

  /** @param left the incident that an earlier agent did not close */
  async begin(left: Incident | undefined): Promise<void> {
    assert(this.state.kind === 'new', 'a guard begins once', () => this.state.kind);
    if (left !== undefined) this.#case.resume(left);
    const looking = this.#hold.enter({ kind: 'looking' });
    const known = this.#desk.recall(this.subject);
    const found = await this.#findLiving();
    if (!this.#hold.isStill(looking)) return;
    const silent = found !== undefined && sameProcess(known.boot?.process, found.process) ? await this.#unproven() : undefined;
    if (!this.#hold.isStill(looking)) return;
    if (silent !== undefined) this.#adoptSilent(silent);
    else if (found !== undefined) this.#launcher.adopt(found.process, found.by);
    if (known.mark !== undefined && this.#desk.isPlannedDown(this.subject)) return void this.stopAsPlanned(known.mark);
    if (found !== undefined || this.#launcher.retire()) return;
    if (this.#case.open !== undefined) return this.#continueCase();
    if (known.process !== undefined) return this.#foundDead(known.process, known.boot);
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
    const unwatch = driver.watch(this.subject, boot.process, (end) => this.#onEnd(boot.process, end));
    this.#hold.decide(`living process ${boot.process.pid} found, which does not answer: watching it`);
    this.#live(boot, 'engine', unwatch);
  }

  #live(boot: Boot, by: Mender, unwatch: () => void): void {
    const health = newHealth(this.#desk.stamp());
    this.#health.begin(this.#hold.pass({ kind: 'living', boot, by, unwatch, health }));
  }

  #ready(boot: Boot, by: Mender, unwatch: () => void): void {
    this.#desk.journal.note({ kind: 'living', at: this.#desk.stamp(), subject: this.subject, boot });
    this.#live(boot, by, unwatch);
    if (this.#case.escalated !== undefined) return this.#verify(boot, by);
    const incident = this.#case.open;
    if (incident === undefined) return this.#hold.decide(`serves as pid ${boot.process.pid}, boot ${boot.bootId}`);
    if (incident.phase.kind === 'suspected') return this.#case.expire('it answers again');
    if (isUnstopped(incident, boot)) return this.#requested.stop(boot.process, unwatch);
    this.#case.endStep('succeeded', `pid ${boot.process.pid}, boot ${boot.bootId} answers`);
    this.#verify(boot, by);
  }

  /** A boot that was silent is heard again, before anything was done about it. */
  #heardAgain(): void {
    const { state } = this;
    const { open } = this.#case;
    if (state.kind !== 'living') return;
    if (open === undefined) return this.#hold.decide('answers again');
    if (open.phase.kind === 'suspected') return this.#case.expire('it answers again');
    if (open.phase.kind === 'verifying') return;
    if (isUnstopped(open, state.boot)) return this.#requested.stop(state.boot.process, state.unwatch);
    const mender = this.#sickness.menderOf();
    this.#case.endStep('succeeded', `pid ${state.boot.process.pid} answers again`);
    this.#verify(state.boot, mender);
  }

  #startRefused(reason: string): void {
    if (this.#case.open !== undefined) {
      this.#case.endStep('failed', reason);
      return this.#restart();
    }
    this.#launcher.spend();
    this.#launcher.launchAfter(this.#launcher.nextDelay());
  }

  #onEnd(process: ProcessIdentity, end: ProcessEnd): void {
    const { state } = this;
    if (!sameProcess(processOf(state), process)) return;
    this.#desk.detector.forget(this.subject);
    if (state.kind === 'fencing' || (state.kind === 'stopping' && state.next === 'start'))
      return this.#endedAsMeant(process, end);
    if (state.kind === 'stopping' || this.#desk.isPlannedDown(this.subject)) return void this.#plannedStops.ended(process, end);
    if (this.#desk.driver.retired(this.subject) !== undefined) {
      this.#hold.noteGone(process, end.exit, 'asked for');
      return void this.#launcher.retire();
    }
    const { open } = this.#case;
    if (open !== undefined && open.phase.kind !== 'suspected') return this.#diedAgain(process, end, open);
    this.#died(process, state.kind === 'living' ? state.boot : undefined, end);
  }

  #died(process: ProcessIdentity, boot: Boot | undefined, { exit, source }: ProcessEnd): void {
    const text = `${this.subject}: pid ${process.pid} is gone: ${describeExit(exit)}`;
    const patient = { process, ...(boot === undefined ? {} : { boot }), ...(exit === undefined ? {} : { exit }) };
    this.#case.detect({ onset: this.#desk.stamp(), onsetSource: source, evidence: text, patient }, text);
    // After the incident: a death that is noted without one would look like a stop that nobody has to mend.
    this.#hold.noteGone(process, exit, 'not asked for');
    void this.#diagnoseCase();
  }

  #diedAgain(process: ProcessIdentity, { exit }: ProcessEnd, open: Incident): void {
    this.#hold.noteGone(process, exit, 'not asked for');
    this.#hold.decide(`pid ${process.pid} is gone: ${describeExit(exit)}, before incident ${open.id} was resolved`);
    this.#case.patientEnded(exit);
    this.#case.endStep('failed', describeExit(exit));
    this.#continueCase();
  }

  /** By the fence, or by the stop that somebody asked for; the kernel has confirmed it. */
  #endedAsMeant(process: ProcessIdentity, { exit }: ProcessEnd): void {
    this.#hold.noteGone(process, exit, 'asked for');
    const { open } = this.#case;
    if (open === undefined) return void this.#launcher.launch();
    this.#case.endStep('succeeded', `the kernel confirms that pid ${process.pid} is gone: ${describeExit(exit)}`);
    this.#case.beginStep('restart', { next: 'step' });
    return void this.#launcher.launch({ asked: open.request === undefined ? 'by nobody' : 'by an operator' });
  }

  /** It ended while no agent was there to see. */
  #foundDead(process: ProcessIdentity, boot: Boot | undefined): void {
    const mark = this.#desk.driver.exitMark(this.subject);
    const ownMark = mark !== undefined && mark.pid === process.pid;
    const onset = ownMark ? mark.at : this.#desk.stamp();
    const onsetSource: OnsetSource = ownMark ? 'exit journal' : 'found dead';
    const text = `${this.subject}: pid ${process.pid} ended while no agent watched`;
    const patient = { process, ...(boot === undefined ? {} : { boot }) };
    this.#case.detect({ onset, onsetSource, evidence: text, patient }, text);
    this.#hold.noteGone(process, undefined, 'not asked for');
    void this.#diagnoseCase();
  }

  async #diagnoseCase(): Promise<void> {
    const diagnosing = this.#hold.enter({ kind: 'diagnosing' });
    const diagnosis = await this.#hold.diagnose(this.#openCase().patient);
    if (!this.#hold.isStill(diagnosing)) return;
    const holder = diagnosis.facts.connect === 'accepted' ? await this.#hold.identify() : undefined;
    if (!this.#hold.isStill(diagnosing)) return;
    this.#case.diagnosed(diagnosis);
    if (holder !== undefined) return this.#launcher.adopt(holder.process, 'operator');
    this.#restarts.treat(diagnosis);
  }

  /** The subject is dead and its incident open: left by an earlier agent, or not resolved before the next end. */
  #continueCase(): void {
    const { phase } = this.#openCase();
    switch (phase.kind) {
      case 'suspected':
        return this.#suspectFoundDead();
      case 'detected':
        return void this.#diagnoseCase();
      case 'diagnosed':
        this.#case.plan(ladderOf(this.#openCase().diagnosis?.verdict ?? 'crash'));
        return this.#restart();
      case 'planned':
      case 'awaiting-approval':
        return this.#restart();
      case 'recovering':
      case 'verifying':
        this.#case.endStep('interrupted', 'the agent ended, and the process is not there');
        return this.#restart();
      case 'resolved':
      case 'escalated':
      case 'rejected':
      case 'expired':
        return;
      default:
        return unreachable(phase);
    }
  }

  #restart(): void {
    void this.#restarts.begin(this.#openCase().patient);
  }

  #suspectFoundDead(): void {
    const { patient, moments } = this.#openCase();
    const text = `${this.subject}: ended while no agent watched`;
    this.#case.detect({ onset: moments.onset, onsetSource: 'found dead', evidence: text, patient }, text);
    void this.#diagnoseCase();
  }

  #verify(boot: Boot, by: Mender): void {
    const { phase } = this.#case.escalated ?? this.#openCase();
    const mender = phase.kind === 'verifying' && sameBoot(phase.boot, boot) ? phase.by : by;
    this.#case.verify(boot, mender, (outcome) => this.#verified(boot, outcome));
  }

  #verified(boot: Boot, outcome: VerificationOutcome): void {
    if (outcome.kind === 'cancelled') return;
    if (outcome.kind === 'failed') return this.#unverified(boot, `verification failed at ${outcome.check}: ${outcome.reason}`);
    const { state } = this;
    assert(state.kind === 'living', 'what is resolved lives', () => state.kind);
    assert(sameBoot(state.boot, boot), 'what lives is what was verified', () => [state.boot, boot]);
    this.#desk.journal.note({ kind: 'sound', at: this.#desk.stamp(), subject: this.subject });
    this.#case.resolve(state.boot);
  }

  /** A human is asked; what was missing may come back meanwhile, here or elsewhere, and is then recognised. */
  #unverified(boot: Boot, reason: string): void {
    this.#case.escalate(reason);
    const { id } = this.#case.escalated ?? {};
    this.#desk.runtime.clock.after(VERIFY_AGAIN_MS, () => {
      const { state } = this;
      const isSame = state.kind === 'living' && sameBoot(state.boot, boot) && this.#case.escalated?.id === id;
      if (isSame) this.#verify(boot, 'operator');
    });
  }

  #openCase(): Incident {
    const { open } = this.#case;
    assert(open !== undefined, 'an incident is open', () => this.subject);
    return open;
  }
}

/** A restart was asked for, and the boot that it was asked for still lives: the agent died before it sent the signal. */
const isUnstopped = ({ request, patient }: Incident, boot: Boot): boolean =>
  request !== undefined && patient.boot !== undefined && sameBoot(patient.boot, boot);
