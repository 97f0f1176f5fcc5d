// One subject's life under the agent: look, start, watch, and when it ends: diagnose, restart, verify. A reflex needs
// only the kernel and the local journal; the store is never waited for before an act.
import { assert, unreachable } from '@reknit/base';
import type { ProcessIdentity } from '@reknit/runtime';
import { describeExit } from '../detect/facts.js';
import type { ProcessEnd, StopOutcome } from '../driver.js';
import { ladderOf } from '../faults/catalogue.js';
import { type Boot, type Incident, type Mender, type OnsetSource, sameBoot, sameProcess } from '../incidents/incident.js';
import type { PlannedStopMark } from '../journal/entries.js';
import { FULL_BUDGET } from '../recover/back-off.js';
import type { VerificationOutcome } from '../verify/verification.js';
import { CaseFile } from './case-file.js';
import type { Desk } from './desk.js';
import { type GuardState, processOf } from './guard-state.js';
import { HealthRounds } from './health-rounds.js';
import { Hold } from './hold.js';
import { Launcher } from './launcher.js';
import { PlannedStops } from './planned-stops.js';

export class Guard {
  readonly subject: string;
  readonly #desk: Desk;
  readonly #hold: Hold;
  readonly #case: CaseFile;
  readonly #health: HealthRounds;
  readonly #launcher: Launcher;
  readonly #plannedStops: PlannedStops;

  constructor(desk: Desk, subject: string) {
    this.subject = subject;
    this.#desk = desk;
    this.#case = new CaseFile(desk, subject);
    this.#hold = new Hold(desk, subject, this.#case);
    this.#health = new HealthRounds(this.#hold);
    this.#launcher = new Launcher(this.#hold, {
      onReady: (boot, { by, unwatch }) => this.#ready(boot, by, unwatch),
      onEnd: (process, end) => this.#onEnd(process, end),
      onRefused: (reason) => this.#startRefused(reason),
    });
    this.#plannedStops = new PlannedStops(this.#hold, this.#launcher);
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
    if (found !== undefined) this.#launcher.adopt(found.process, found.by);
    if (known.mark !== undefined && this.#desk.isPlannedDown(this.subject)) return void this.stopAsPlanned(known.mark);
    if (found !== undefined) return;
    if (this.#case.open !== undefined) return this.#continueCase();
    if (known.process !== undefined) return this.#foundDead(known.process, known.boot);
    return this.#launcher.launch();
  }

  /** Stops the subject until the mark's end. Durable before the signal is sent. */
  stopAsPlanned(mark: PlannedStopMark): Promise<StopOutcome> {
    return this.#plannedStops.stop(mark);
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

  #ready(boot: Boot, by: Mender, unwatch: () => void): void {
    this.#desk.journal.note({ kind: 'living', at: this.#desk.stamp(), subject: this.subject, boot });
    const health = { lastGoodAt: this.#desk.stamp(), silentInARow: 0, silenceReported: false };
    this.#health.begin(this.#hold.pass({ kind: 'living', boot, by, unwatch, health }));
    const incident = this.#case.open;
    if (incident === undefined) return this.#hold.decide(`serves as pid ${boot.process.pid}, boot ${boot.bootId}`);
    if (incident.phase.kind === 'suspected') return;
    this.#case.endAttempt('succeeded', `pid ${boot.process.pid}, boot ${boot.bootId} answers`);
    this.#verify(boot, by);
  }

  #startRefused(reason: string): void {
    if (this.#case.open !== undefined) {
      this.#case.endAttempt('failed', reason);
      return this.#restart();
    }
    this.#launcher.spend();
    this.#launcher.launchAfter(this.#launcher.nextDelay());
  }

  #onEnd(process: ProcessIdentity, end: ProcessEnd): void {
    const { state } = this;
    if (!sameProcess(processOf(state), process)) return;
    if (state.kind === 'stopping' || this.#desk.isPlannedDown(this.subject)) return void this.#plannedStops.ended(process, end);
    const { open } = this.#case;
    if (open !== undefined && open.phase.kind !== 'suspected') return this.#diedAgain(process, end, open);
    this.#died(process, state.kind === 'living' ? state.boot : undefined, end);
  }

  #died(process: ProcessIdentity, boot: Boot | undefined, { exit, source }: ProcessEnd): void {
    const text = `${this.subject}: pid ${process.pid} is gone: ${describeExit(exit)}`;
    const patient = { process, ...(boot === undefined ? {} : { boot }), ...(exit === undefined ? {} : { exit }) };
    this.#case.detect({ onset: this.#desk.stamp(), onsetSource: source, evidence: text, patient }, text);
    // After the incident: a death that is noted without one would look like a stop that nobody has to mend.
    this.#hold.noteGone(process, exit, false);
    void this.#diagnoseCase();
  }

  #diedAgain(process: ProcessIdentity, { exit }: ProcessEnd, open: Incident): void {
    this.#hold.noteGone(process, exit, false);
    this.#hold.decide(`pid ${process.pid} is gone: ${describeExit(exit)}, before incident ${open.id} was resolved`);
    this.#case.patientEnded(exit);
    this.#case.endAttempt('failed', describeExit(exit));
    this.#continueCase();
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
    this.#hold.noteGone(process, undefined, false);
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
    if (ladderOf(diagnosis.verdict).includes('restart')) return this.#planAndRestart();
    this.#case.escalate(`down, but diagnosed as ${diagnosis.verdict}: not restarted without a human`);
  }

  #planAndRestart(): void {
    this.#case.plan();
    this.#restart();
  }

  #restart(): void {
    const delay = this.#launcher.nextDelay();
    this.#case.beginAttempt(delay);
    this.#launcher.launchAfter(delay);
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
    const { state } = this;
    assert(state.kind === 'living', 'what is resolved lives', () => state.kind);
    assert(sameBoot(state.boot, boot), 'what lives is what was verified', () => [state.boot, boot]);
    this.#desk.journal.note({ kind: 'budget', subject: this.subject, budget: FULL_BUDGET });
    this.#case.resolve(state.boot);
  }

  #openCase(): Incident {
    const { open } = this.#case;
    assert(open !== undefined, 'an incident is open', () => this.subject);
    return open;
  }
}
