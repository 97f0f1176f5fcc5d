// The end of a subject's process: as it was meant, or unasked; seen by this agent, or found. What follows is the climb's
// business, and a dead child's first step is a reflex: it needs the kernel's word and the local journal only.
import { unreachable } from '@reknit/base';
import type { ProcessIdentity } from '@reknit/runtime';
import { describeExit } from '../detect/facts.js';
import type { ProcessEnd } from '../driver.js';
import { ladderOf } from '../faults/catalogue.js';
import { type Boot, type Incident, type OnsetSource, sameProcess } from '../incidents/incident.js';
import { lastRun } from '../recover/ladder.js';
import { type Climb, TAKES_DOWN } from './climb.js';
import { processOf } from './guard-state.js';
import type { Hold } from './hold.js';
import type { Launcher } from './launcher.js';
import type { PlannedStops } from './planned-stops.js';
import { whyLeftDown } from './restarts.js';

export interface DeathParts {
  readonly climb: Climb;
  readonly launcher: Launcher;
  readonly plannedStops: PlannedStops;
}

export class Deaths {
  readonly #hold: Hold;
  readonly #parts: DeathParts;

  constructor(hold: Hold, parts: DeathParts) {
    this.#hold = hold;
    this.#parts = parts;
  }

  seen(process: ProcessIdentity, end: ProcessEnd): void {
    const { state, desk, subject, case: file } = this.#hold;
    if (!sameProcess(processOf(state), process)) return;
    desk.detector.forget(subject);
    if (state.kind === 'fencing' || (state.kind === 'stopping' && state.next === 'go-on')) return this.#asMeant(process, end);
    if (state.kind === 'stopping' || desk.isPlannedDown(subject)) return void this.#parts.plannedStops.ended(process, end);
    if (desk.driver.retired(subject) !== undefined) {
      this.#hold.noteGone(process, end.exit, 'asked for');
      return void this.#parts.launcher.retire();
    }
    const { open } = file;
    if (open !== undefined && open.phase.kind !== 'suspected') return this.#again(process, end, open);
    this.#unasked(process, state.kind === 'living' ? state.boot : undefined, end);
  }

  /** It ended while no agent was there to see. */
  found(process: ProcessIdentity, boot: Boot | undefined): void {
    const { desk, subject, case: file } = this.#hold;
    const mark = desk.driver.exitMark(subject);
    const ownMark = mark !== undefined && mark.pid === process.pid;
    const onset = ownMark ? mark.at : desk.stamp();
    const onsetSource: OnsetSource = ownMark ? 'exit journal' : 'found dead';
    const text = `${subject}: pid ${process.pid} ended while no agent watched`;
    const patient = { process, ...(boot === undefined ? {} : { boot }) };
    file.detect({ onset, onsetSource, evidence: text, patient }, text);
    this.#hold.noteGone(process, undefined, 'not asked for');
    void this.#diagnose();
  }

  /** The subject is dead and its incident open: left by an earlier agent, or not resolved before the next end. */
  goOn(): void {
    const { phase, diagnosis } = this.#hold.case.require();
    switch (phase.kind) {
      case 'suspected':
        return this.#suspectFound();
      case 'detected':
        return void this.#diagnose();
      case 'diagnosed':
        return diagnosis === undefined ? void this.#diagnose() : this.#treat();
      case 'verifying':
      case 'planned':
      case 'awaiting-approval':
      case 'recovering':
        return this.#isAboutTheLiving() ? void this.#diagnose() : this.#parts.climb.goOn();
      case 'resolved':
      case 'escalated':
      case 'rejected':
      case 'expired':
        return;
      default:
        return unreachable(phase);
    }
  }

  #unasked(process: ProcessIdentity, boot: Boot | undefined, { exit, source }: ProcessEnd): void {
    const { subject, case: file, desk } = this.#hold;
    const text = `${subject}: pid ${process.pid} is gone: ${describeExit(exit)}`;
    const patient = { process, ...(boot === undefined ? {} : { boot }), ...(exit === undefined ? {} : { exit }) };
    file.detect({ onset: desk.stamp(), onsetSource: source, evidence: text, patient }, text);
    // After the incident: a death that is noted without one would look like a stop that nobody has to mend.
    this.#hold.noteGone(process, exit, 'not asked for');
    void this.#diagnose();
  }

  #again(process: ProcessIdentity, { exit }: ProcessEnd, open: Incident): void {
    const { case: file } = this.#hold;
    this.#hold.noteGone(process, exit, 'not asked for');
    this.#hold.decide(`pid ${process.pid} is gone: ${describeExit(exit)}, before incident ${open.id} was resolved`);
    file.endVerification();
    file.patientEnded(exit);
    file.steps.end('failed', describeExit(exit));
    this.#hold.enter({ kind: 'diagnosing' });
    this.goOn();
  }

  /** By the fence, or by the stop that a step began with; the kernel has confirmed it. */
  #asMeant(process: ProcessIdentity, { exit }: ProcessEnd): void {
    this.#hold.noteGone(process, exit, 'asked for');
    if (this.#hold.case.open === undefined) return void this.#parts.launcher.launch();
    this.#parts.climb.stopped(`the kernel confirms that pid ${process.pid} is gone: ${describeExit(exit)}`);
  }

  async #diagnose(): Promise<void> {
    const { case: file } = this.#hold;
    const diagnosing = this.#hold.enter({ kind: 'diagnosing' });
    const diagnosis = await this.#hold.diagnose(file.require().patient);
    if (!this.#hold.isStill(diagnosing)) return;
    const holder = diagnosis.facts.connect === 'accepted' ? await this.#hold.identify() : undefined;
    if (!this.#hold.isStill(diagnosing)) return;
    if (file.require().phase.kind === 'detected') file.diagnosed(diagnosis);
    else file.diagnosedAgain(diagnosis);
    if (holder !== undefined) return this.#parts.launcher.adopt(holder.process, 'operator');
    this.#treat();
  }

  #treat(): void {
    const { diagnosis } = this.#hold.case.require();
    if (diagnosis === undefined) return;
    if (ladderOf(diagnosis.verdict).length === 0) return this.#parts.climb.page(whyLeftDown(diagnosis));
    this.#parts.climb.plan(diagnosis);
    this.#parts.climb.goOn();
  }

  /** What was planned is for a living subject, and nothing of it was begun that had it down. */
  #isAboutTheLiving(): boolean {
    const incident = this.#hold.case.require();
    const { diagnosis, request } = incident;
    const last = lastRun(incident);
    if (request !== undefined || diagnosis === undefined || (last !== undefined && TAKES_DOWN.has(last.action))) return false;
    return diagnosis.facts.processState !== 'gone' && diagnosis.facts.processState !== 'unknown';
  }

  #suspectFound(): void {
    const { subject, case: file } = this.#hold;
    const { patient, moments } = file.require();
    const text = `${subject}: ended while no agent watched`;
    file.detect({ onset: moments.onset, onsetSource: 'found dead', evidence: text, patient }, text);
    void this.#diagnose();
  }
}
