// From "it must run" to "it has proven itself": intent, identity, act, outcome; then polls until the process answers
// with the proof that it is the one that was started.
import { toHex } from '@reknit/base';
import type { ProcessIdentity } from '@reknit/runtime';
import type { ProcessEnd } from '../driver.js';
import { type Boot, type Mender, sameProcess } from '../incidents/incident.js';
import { restartDelay, spend } from '../recover/back-off.js';
import { sleep } from '../sleep.js';
import type { GuardState } from './guard-state.js';
import type { Hold } from './hold.js';
import { standStill } from './standstill.js';
import { spokenSeconds } from './words.js';

type Starting = Extract<GuardState, { readonly kind: 'starting' }>;

const READY_POLL_FAST_MS = 20;
const READY_POLL_SLOW_MS = 200;
/** A node on a small log is up within this; later the poll may be lazy. */
const READY_FAST_FOR_MS = 5000;

export interface LauncherCallbacks {
  readonly onReady: (boot: Boot, starting: Starting) => void;
  readonly onEnd: (process: ProcessIdentity, end: ProcessEnd) => void;
  /** No process came into being. */
  readonly onRefused: (reason: string) => void;
}

interface Launch {
  /** Whose mend it will be. */
  readonly by?: Mender;
  /** What an operator asks for is not held back by a pause. */
  readonly asked?: 'by an operator' | 'by nobody';
}

export class Launcher {
  readonly #hold: Hold;
  readonly #callbacks: LauncherCallbacks;

  constructor(hold: Hold, callbacks: LauncherCallbacks) {
    this.#hold = hold;
    this.#callbacks = callbacks;
  }

  nextDelay(): number {
    const { desk, subject } = this.#hold;
    return restartDelay(desk.recall(subject).budget, desk.stamp(), desk.runtime.random.next(), desk.settings.backOff);
  }

  launchAfter(delayMs: number): void {
    if (delayMs === 0) return void this.launch();
    const { desk } = this.#hold;
    const timer = desk.runtime.clock.after(delayMs, () => void this.launch());
    this.#hold.enter({ kind: 'waiting', until: desk.stamp() + delayMs, timer });
  }

  /** Intent → identity → act → outcome. While an act is not allowed, it waits until it is. */
  async launch({ by = 'engine', asked = 'by nobody' }: Launch = {}): Promise<void> {
    const hold = this.#hold;
    const { journal, driver } = hold.desk;
    if (this.retire()) return;
    const objection = hold.objection();
    if (objection !== undefined && asked === 'by nobody') return this.#standHeld(objection);
    const launching = hold.enter({ kind: 'launching' });
    const token = this.#writeIntent();
    const holder = await hold.identify();
    if (!hold.isStill(launching)) return;
    if (holder !== undefined) return this.adopt(holder.process, 'operator');
    if (hold.case.open !== undefined) hold.case.steps.acts();
    try {
      const process = driver.start(hold.subject, token, (end) => this.#callbacks.onEnd(process, end));
      journal.note({ kind: 'launched', at: hold.desk.stamp(), subject: hold.subject, token, process });
      this.#awaitReady({ kind: 'starting', process, by, unwatch: () => undefined });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      hold.decide(`cannot be started: ${reason}`);
      this.#callbacks.onRefused(reason);
    }
  }

  /** True when it is at the end of its life: it stays down until what ended it is gone. */
  retire(): boolean {
    const hold = this.#hold;
    const { driver } = hold.desk;
    const reason = driver.retired(hold.subject);
    if (reason === undefined) return false;
    if (hold.state.kind !== 'retired') hold.decide(`is not started: ${reason}`);
    hold.case.expire(reason);
    standStill(hold, {
      kind: 'retired',
      reason,
      leftMs: () => undefined,
      isOver: () => driver.retired(hold.subject) === undefined,
      onOver: () => void this.launch(),
      onFound: (process) => this.adopt(process, 'operator'),
    });
    return true;
  }

  #standHeld(reason: string): void {
    const hold = this.#hold;
    hold.decide(`is down and not started: ${reason}`);
    standStill(hold, {
      kind: 'held',
      reason,
      leftMs: () => undefined,
      isOver: () => hold.objection() === undefined,
      onOver: () => void this.launch(),
      onFound: (process) => this.adopt(process, 'operator'),
    });
  }

  adopt(process: ProcessIdentity, by: Mender): void {
    const { desk, subject } = this.#hold;
    desk.journal.note({ kind: 'launched', at: desk.stamp(), subject, token: '', process });
    this.#hold.decide(`living process ${process.pid} found: adopting it`);
    const unwatch = desk.driver.watch(subject, process, (end) => this.#callbacks.onEnd(process, end));
    this.#awaitReady({ kind: 'starting', process, by, unwatch });
  }

  /** A start that mends an incident is paid from the budget; one that mends nothing is free. */
  #writeIntent(): string {
    const { desk, subject, case: file } = this.#hold;
    const at = desk.stamp();
    const incident = file.open;
    const attempt = incident?.attempt ?? 0;
    const token = `${incident?.id ?? subject}/${attempt}/${toHex(desk.runtime.random.bytes(8))}`;
    if (incident !== undefined) this.spend();
    const intent = { kind: 'intent', at, subject, token, attempt } as const;
    desk.journal.commit(incident === undefined ? intent : { ...intent, incident: incident.id });
    return token;
  }

  spend(): void {
    const { desk, subject } = this.#hold;
    desk.journal.note({ kind: 'budget', subject, budget: spend(desk.recall(subject).budget, desk.stamp()) });
  }

  #awaitReady(starting: Starting): void {
    this.#hold.enter(starting);
    void this.#pollReady(starting);
  }

  async #pollReady(starting: Starting): Promise<void> {
    const hold = this.#hold;
    const { clock } = hold.desk.runtime;
    const began = clock.now();
    let warned = false;
    while (hold.isStill(starting)) {
      const boot = await hold.identify();
      if (!hold.isStill(starting)) return;
      if (boot !== undefined && sameProcess(boot.process, starting.process)) return this.#callbacks.onReady(boot, starting);
      const waited = clock.now() - began;
      if (waited > hold.desk.settings.readyTimeoutMs && !warned) {
        warned = true;
        this.#notReadyInTime(starting.process, waited);
      }
      await sleep(clock, waited < READY_FAST_FOR_MS ? READY_POLL_FAST_MS : READY_POLL_SLOW_MS);
    }
  }

  /** It is left alone: it may be replaying a long log, and killing it would only begin that again. */
  #notReadyInTime(process: ProcessIdentity, waited: number): void {
    const { case: file } = this.#hold;
    const text = `pid ${process.pid} lives but has not answered for ${spokenSeconds(waited)}`;
    if (file.open === undefined) return this.#hold.decide(text);
    file.steps.end('failed', text);
    if (file.open.phase.kind !== 'suspected') file.escalate(text);
  }
}
