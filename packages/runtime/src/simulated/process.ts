// One simulated process: a life between a start and an end. After the end nothing of it happens any more: its timers,
// callbacks and sessions are dead with it, and code that still unwinds the stack meets ProcessEndedError at the next
// disk call. While it is stopped its events wait, as with SIGSTOP, and come when it goes on as an event loop takes them: the
// timers that are due before what the sockets hold. So it sees how late it is before it hears what the others did meanwhile.
import type { Millis } from '@reknit/base';
import type { Timer } from '../clock.js';
import type { ProcessExit, ProcessIdentity } from '../processes.js';
import { ScheduledEvent } from './event-queue.js';
import type { Timeline } from './timeline.js';
import type { TracedMachine, TraceKind } from './trace.js';

/** Unwinds the stack of a simulated process that has ended. Not to be caught by what runs in it. */
export class ProcessEndedError extends Error {
  override readonly name: string = 'ProcessEndedError';
}

/** How the end shows at the other ends of its sessions: the kernel closes them, or the machine is just silent. */
export type PeersSee = 'ended' | 'silent';

type State =
  | { readonly kind: 'running' }
  | { readonly kind: 'stopped'; readonly held: ProcessEvent[] }
  | { readonly kind: 'ended' };

const RUNNING: State = { kind: 'running' };
const ENDED: State = { kind: 'ended' };

export abstract class ProcessEvent extends ScheduledEvent {
  abstract readonly process: SimulatedProcess;
  abstract readonly kind: TraceKind;
  abstract readonly detail: number;

  override fire(): void {
    this.process.dispatch(this);
  }

  abstract run(): void;
}

export class CallbackEvent extends ProcessEvent implements Timer {
  override readonly process: SimulatedProcess;
  override readonly kind: TraceKind;
  override readonly detail: number = 0;
  #callback: (() => void) | undefined;

  constructor(process: SimulatedProcess, kind: TraceKind, callback: () => void) {
    super();
    this.process = process;
    this.kind = kind;
    this.#callback = callback;
  }

  cancel(): void {
    this.#callback = undefined;
  }

  override fire(): void {
    if (this.#callback !== undefined) this.process.dispatch(this);
  }

  override run(): void {
    const callback = this.#callback;
    this.#callback = undefined;
    callback?.();
  }
}

export class SimulatedProcess {
  readonly machine: TracedMachine;
  readonly identity: ProcessIdentity;
  readonly timeline: Timeline;
  readonly startedAt: Millis;
  readonly #onEnd: ((exit: ProcessExit, peers: PeersSee) => void)[] = [];
  #state: State = RUNNING;

  constructor(machine: TracedMachine, identity: ProcessIdentity, timeline: Timeline) {
    this.machine = machine;
    this.identity = identity;
    this.timeline = timeline;
    this.startedAt = timeline.now;
    this.record('boot', identity.pid);
  }

  get state(): State['kind'] {
    return this.#state.kind;
  }

  get alive(): boolean {
    return this.#state !== ENDED;
  }

  record(kind: TraceKind, detail: number): void {
    this.timeline.trace.record(this.timeline.now, this.machine, kind, detail);
  }

  assertAlive(): void {
    if (!this.alive) throw new ProcessEndedError(`process ${this.identity.pid} on ${this.machine.name} has ended`);
  }

  after(delay: Millis, kind: TraceKind, callback: () => void): Timer {
    const event = new CallbackEvent(this, kind, callback);
    if (this.alive) this.timeline.at(this.timeline.now + (delay > 0 ? delay : 0), event);
    return event;
  }

  /** In the order of registration, from within `end`. */
  onEnd(callback: (exit: ProcessExit, peers: PeersSee) => void): void {
    this.#onEnd.push(callback);
  }

  dispatch(event: ProcessEvent): void {
    if (this.#state === RUNNING) this.#enter(event);
    else if (this.#state.kind === 'stopped') this.#state.held.push(event);
  }

  stop(): void {
    if (this.#state !== RUNNING) return;
    this.record('stop', this.identity.pid);
    this.#state = { kind: 'stopped', held: [] };
  }

  /** Its events come in an event of their own, before any later one, so that the order of each session holds. Timers first. */
  resume(): void {
    const stopped = this.#state;
    if (stopped.kind !== 'stopped') return;
    this.timeline.callAt(this.timeline.now, () => {
      if (this.#state !== stopped) return;
      this.record('resume', this.identity.pid);
      this.#state = RUNNING;
      for (const event of stopped.held) if (isDueBeforeSockets(event)) this.dispatch(event);
      for (const event of stopped.held) if (!isDueBeforeSockets(event)) this.dispatch(event);
    });
  }

  end(exit: ProcessExit, peers: PeersSee): void {
    if (!this.alive) return;
    this.record('end', exit.code ?? -1);
    this.#state = ENDED;
    for (const callback of this.#onEnd) callback(exit, peers);
  }

  #enter(event: ProcessEvent): void {
    this.record(event.kind, event.detail);
    try {
      event.run();
    } catch (error) {
      if (this.alive || !(error instanceof ProcessEndedError)) throw error;
    }
  }
}

const isDueBeforeSockets = ({ kind }: ProcessEvent): boolean => kind === 'timer' || kind === 'soon';
