// A machine: a disk that stays, and processes that come and go on it. `boot` starts its main process and hands out that
// process's runtime; `kill` ends the main process alone, as kill -9 would; `crash` takes all processes and what the disk
// had not made durable.
import { assert, type Millis } from '@reknit/base';
import type { Logger } from '../logger.js';
import type { ProcessExit, ProcessIdentity } from '../processes.js';
import type { Runtime } from '../runtime.js';
import { SimulatedDisk } from './disk.js';
import type { DiskFaults } from './faults.js';
import type { Host, SimulatedNetwork } from './network.js';
import { type PeersSee, ProcessEndedError, SimulatedProcess } from './process.js';
import { ProcessDisk } from './process-disk.js';
import { type ProcessHost, type Program, SimulatedProcesses } from './processes.js';
import type { Timeline } from './timeline.js';

/** 2026-01-01T00:00:00Z, where every world's wall clock begins. */
const WALL_START_MS = 1_767_225_600_000;
const FATAL_EXIT_CODE = 70;
const SILENT_LOG: Logger = { log: () => {} };

export interface BootOptions {
  readonly log?: Logger;
  readonly onFatal?: (reason: string, cause: unknown) => void;
  /** After the process's end, whatever ended it; from within the call that did. */
  readonly onEnd?: (exit: ProcessExit) => void;
}

/** What machines share. */
export interface MachineWorld {
  readonly timeline: Timeline;
  readonly network: SimulatedNetwork;
  readonly programs: ReadonlyMap<string, Program>;
  readonly diskFaults: DiskFaults;
}

export class Machine implements Host, ProcessHost {
  readonly name: string;
  readonly index: number;
  readonly disk: SimulatedDisk;
  /** Added to the wall clock of every process here. */
  wallOffsetMs: Millis = 0;
  /** How fast the monotonic clock of a process goes that starts from now on: 1.01 gains ten milliseconds a second. */
  clockRate: number = 1;
  readonly #world: MachineWorld;
  readonly #processes: Map<number, SimulatedProcess> = new Map();
  #main: SimulatedProcess | undefined;
  #powered: boolean = true;
  #starts: number = 0;

  constructor(world: MachineWorld, name: string, index: number) {
    this.#world = world;
    this.name = name;
    this.index = index;
    this.disk = new SimulatedDisk(world.timeline, name, world.diskFaults);
  }

  get powered(): boolean {
    return this.#powered;
  }

  get state(): 'running' | 'stopped' | 'ended' {
    return this.#main?.state ?? 'ended';
  }

  boot(options: BootOptions = {}): Runtime {
    assert(this.state === 'ended', 'a machine boots after its main process has ended', () => this.name);
    this.#powered = true;
    const { process, runtime } = this.#start(options);
    this.#main = process;
    return runtime;
  }

  kill(): void {
    this.#main?.end({ code: undefined, signal: 'SIGKILL' }, 'ended');
  }

  /** @param peers 'silent' is a loss of power: nothing answers until the next boot, and sessions break by time-out */
  crash(peers: PeersSee = 'ended'): void {
    this.#powered = peers === 'ended';
    for (const process of [...this.#processes.values()]) process.end({ code: undefined, signal: 'SIGKILL' }, peers);
    this.disk.crash();
    this.#world.timeline.trace.record(this.#world.timeline.now, this, 'disk-crash', 0);
  }

  /** Stops every process here, for this long when told. */
  pause(duration?: Millis): void {
    for (const process of this.#processes.values()) process.stop();
    const { timeline } = this.#world;
    if (duration !== undefined) timeline.callAt(timeline.now + duration, () => this.resume());
  }

  resume(): void {
    for (const process of this.#processes.values()) process.resume();
  }

  /** Something from outside of the simulated network, e.g. a client's request: the main process takes it as it takes frames. */
  arrive(callback: () => void): void {
    this.#main?.after(0, 'callback', callback);
  }

  find(identity: ProcessIdentity): SimulatedProcess | undefined {
    const process = this.#processes.get(identity.pid);
    return process?.identity.startTime === identity.startTime ? process : undefined;
  }

  identify(pid: number): ProcessIdentity | undefined {
    return this.#processes.get(pid)?.identity;
  }

  spawn(command: string, args: readonly string[]): SimulatedProcess {
    const program = this.#world.programs.get(command);
    if (program === undefined) throw new Error(`cannot start "${command}": no such program`);
    const { process, runtime } = this.#start({});
    process.after(0, 'callback', () => program(runtime, args));
    return process;
  }

  #start(options: BootOptions): { process: SimulatedProcess; runtime: Runtime } {
    const { timeline } = this.#world;
    const pid = 1000 + ++this.#starts;
    const process = new SimulatedProcess(this, { pid, startTime: this.#starts }, timeline);
    this.#processes.set(pid, process);
    process.onEnd((exit) => {
      this.#processes.delete(pid);
      this.disk.abandon(process);
      options.onEnd?.(exit);
    });
    return { process, runtime: this.#runtime(process, options) };
  }

  #runtime(process: SimulatedProcess, options: BootOptions): Runtime {
    const { timeline, network } = this.#world;
    const prng = timeline.prng(`process ${this.name} ${process.identity.startTime}`);
    const rate = this.clockRate;
    return {
      clock: {
        now: () => (timeline.now - process.startedAt) * rate,
        wall: () => Math.floor(WALL_START_MS + timeline.now + this.wallOffsetMs),
        after: (delay, callback) => process.after(delay / rate, 'timer', callback),
        soon: (callback) => void process.after(0, 'soon', callback),
      },
      random: { next: () => prng.next(), bytes: (length) => prng.bytes(length) },
      disk: new ProcessDisk(this.disk, process),
      network: network.attach(process),
      processes: new SimulatedProcesses(this, process),
      log: options.log ?? SILENT_LOG,
      fatal: (reason, cause) => {
        if (process.alive) options.onFatal?.(reason, cause);
        process.end({ code: FATAL_EXIT_CODE, signal: undefined }, 'ended');
        throw new ProcessEndedError(reason, { cause });
      },
    };
  }
}
