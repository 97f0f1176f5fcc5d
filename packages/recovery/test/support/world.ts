// A small cluster in virtual time: nodes that boot, die and elect, a store that serves while a majority lives, and
// agents that can be killed between any two of their effects. What an agent has caused stays when it is gone.
import type { ProcessIdentity, Runtime } from '@reknit/runtime';
import {
  type Boot,
  type Driver,
  Engine,
  type EngineEvent,
  type EngineSettings,
  type ExitMark,
  Journal,
  type KeyValue,
  type LeaseId,
  type PageChannel,
  type ProcessEnd,
  StoreError,
  type SwitchState,
  type Transaction,
} from '../../src/index.js';
import { agentStore } from './agent-store.js';
import { answer, Killed } from './answer.js';
import { ManualClock } from './manual-clock.js';
import { MemoryDisk } from './memory-disk.js';
import { type Skills, skilled } from './skills.js';

export { Killed } from './answer.js';

interface FakeProcess {
  readonly identity: ProcessIdentity;
  readonly subject: string;
  readonly token: string;
  readonly bootId: string;
  readonly readyAt: number;
  /** SIGSTOP: lives, accepts, says nothing. */
  silent: boolean;
  /** Lives, accepts, says nothing, and its main thread spends its time so. */
  silence: { readonly since: number; readonly how: 'computes' | 'idle' | 'starved' } | undefined;
  /** SIGKILL does not end it: the kernel is waiting for a disk. */
  unkillable: boolean;
}

export interface WorldOptions {
  readonly bootMs?: number;
  readonly electionMs?: number;
  /** What a started process does instead of serving. */
  readonly failing?: (subject: string, nth: number) => boolean;
  readonly exitCode?: (nth: number) => number;
  readonly canFindLaunched?: boolean;
  readonly settings?: Partial<EngineSettings>;
  readonly killSwitch?: { state: SwitchState };
  /** What its driver can do beside starting and ending processes. */
  readonly skills?: Skills;
  readonly pages?: readonly PageChannel[];
  /** The engine's records are in a store of its own, which always answers. */
  readonly recordsElsewhere?: boolean;
}

const SETTINGS: Partial<EngineSettings> = {
  verification: { soakMs: 300, timeoutMs: 60_000, retryMs: 50 },
  readyTimeoutMs: 60_000,
};

export class World {
  readonly clock: ManualClock = new ManualClock();
  readonly disk: MemoryDisk = new MemoryDisk();
  readonly subjects: readonly string[] = ['n1', 'n2', 'n3'];
  readonly processes: Map<number, FakeProcess> = new Map();
  readonly exitMarks: Map<string, ExitMark> = new Map();
  /** Why a subject must never run again. */
  readonly retired: Map<string, string> = new Map();
  readonly events: EngineEvent[] = [];
  readonly store: Map<string, KeyValue> = new Map();
  readonly starts: { subject: string; at: number; token: string }[] = [];
  readonly fenced: { subject: string; at: number; pid: number }[] = [];
  collisions = 0;
  /** Subjects whose state differs from the others'. */
  readonly diverged: Set<string> = new Set();
  /** Entries that followers have not applied yet; the leader's index rises by one with each look under load. */
  followersBehind = 0;
  underLoad = false;
  /** Set by a test to look at each start before it happens. */
  onStart: ((subject: string, token: string) => void) | undefined;
  /** Every value that each incident key ever had. */
  readonly writes: { key: string; value: string; revision: number }[] = [];
  readonly options: WorldOptions;
  leader = 'n1';
  leaderSince = 0;
  revision = 1;
  agent: Agent | undefined;
  /** Effects of agents so far: journal lines, syncs, starts, store writes. */
  effects = 0;
  killAtEffect = Number.POSITIVE_INFINITY;
  /** Whose effects count; undefined: anybody's. */
  counted: Agent | undefined;
  /** In the order in which they were decided. */
  readonly transactions: { readonly agent: string; readonly transaction: Transaction; readonly committed: boolean }[] = [];
  readonly leases: Map<LeaseId, { expiresAt: number; ttlMs: number; readonly keys: Set<string> }> = new Map();
  /** Silent for the agent, and well for its peers. */
  readonly heardByPeers: Set<string> = new Set();
  /** `n1>n2`: n1 does not hear n2, which is well. */
  readonly deaf: Set<string> = new Set();
  /** Agents that the store does not hear. */
  readonly cutOff: Set<string> = new Set();
  #nextLease = 1;
  #nextPid = 100;
  readonly #watchers: Map<number, Set<(end: ProcessEnd) => void>> = new Map();

  constructor(options: WorldOptions = {}) {
    this.options = options;
  }

  /** A new agent over the same disk; its predecessor of the same name must be gone. */
  startAgent(name = 'test', subjects: readonly string[] = this.subjects): Agent {
    this.agent = new Agent(this, name, subjects);
    return this.agent;
  }

  async healthy(): Promise<Agent> {
    const agent = this.startAgent();
    await this.clock.until(() => this.subjects.every((subject) => agent.stateOf(subject) === 'living'));
    return agent;
  }

  living(subject: string): FakeProcess | undefined {
    return [...this.processes.values()].find((process) => process.subject === subject);
  }

  boot(process: FakeProcess): Boot {
    return { process: process.identity, bootId: process.bootId, incarnation: `data-of-${process.subject}` };
  }

  /** One effect of an agent; the agent that is to die here dies before it. */
  effect(agent: Agent): void {
    if (!agent.alive) throw new Killed();
    if (this.counted !== undefined && this.counted !== agent) return;
    this.effects++;
    if (this.effects === this.killAtEffect) {
      agent.alive = false;
      throw new Killed();
    }
  }

  launch(subject: string, token: string): FakeProcess {
    const nth = this.starts.filter((start) => start.subject === subject).length;
    const pid = this.#nextPid++;
    const process: FakeProcess = {
      identity: { pid, startTime: pid * 7 },
      subject,
      token,
      bootId: `boot-${pid}`,
      readyAt: this.clock.now() + (this.options.bootMs ?? 80),
      silent: false,
      silence: undefined,
      unkillable: false,
    };
    const locked = this.living(subject) !== undefined;
    if (locked) this.collisions++;
    this.starts.push({ subject, at: this.clock.now(), token });
    this.processes.set(pid, process);
    if (locked || (this.options.failing?.(subject, nth) ?? false))
      this.clock.after(10, () => this.end(pid, { code: this.options.exitCode?.(nth) ?? 1 }));
    return process;
  }

  kill(subject: string): void {
    const process = this.living(subject);
    if (process !== undefined) this.end(process.identity.pid, { signal: 'SIGKILL' });
  }

  end(pid: number, exit: { code?: number; signal?: string }): void {
    const process = this.processes.get(pid);
    if (process === undefined) return;
    this.processes.delete(pid);
    if (process.subject === this.leader) this.leaderSince = this.clock.now() + (this.options.electionMs ?? 40);
    const watchers = this.#watchers.get(pid) ?? new Set();
    this.#watchers.delete(pid);
    for (const watcher of watchers) this.clock.soon(() => watcher({ exit, source: 'kernel exit notice' }));
  }

  watch(pid: number, onEnd: (end: ProcessEnd) => void): () => void {
    const watchers = this.#watchers.get(pid) ?? new Set();
    this.#watchers.set(pid, watchers.add(onEnd));
    return () => void watchers.delete(onEnd);
  }

  serving(): FakeProcess[] {
    return [...this.processes.values()].filter((process) => process.readyAt <= this.clock.now() && !isMute(process));
  }

  /** The member that serves at this endpoint, while there is a leader and a majority. */
  member(endpoint: string | undefined): FakeProcess {
    const serving = this.serving();
    const member = serving.find((process) => endpoint === undefined || endpoint === `http://${process.subject}`);
    if (member === undefined) throw new StoreError('unavailable', 'connection refused');
    if (serving.length < 2) throw new StoreError('unavailable', 'etcdserver: no leader');
    if (!serving.some((process) => process.subject === this.leader)) {
      if (this.clock.now() < this.leaderSince) throw new StoreError('unavailable', 'etcdserver: leader changed');
      this.leader = serving[0]!.subject;
    }
    return member;
  }

  grant(ttlMs: number): { id: LeaseId; ttlMs: number } {
    const id = (this.#nextLease++).toString(16);
    this.leases.set(id, { expiresAt: this.clock.now() + ttlMs, ttlMs, keys: new Set() });
    return { id, ttlMs };
  }

  revoke(id: LeaseId): void {
    for (const key of this.leases.get(id)?.keys ?? []) this.store.delete(key);
    this.leases.delete(id);
  }

  expireLeases(): void {
    for (const [id, { expiresAt }] of this.leases) if (expiresAt <= this.clock.now()) this.revoke(id);
  }

  appliedAt(endpoint: string): number {
    if (this.underLoad) this.revision++;
    return endpoint === `http://${this.leader}` ? this.revision : this.revision - this.followersBehind;
  }

  decodedWrites(prefix: string): unknown[] {
    return this.writes.filter(({ key }) => key.startsWith(prefix)).map(({ value }) => JSON.parse(value));
  }
}

export class Agent {
  alive = true;
  readonly name: string;
  readonly subjects: readonly string[];
  readonly engine: Engine;
  readonly #world: World;

  constructor(world: World, name: string, subjects: readonly string[]) {
    this.#world = world;
    this.name = name;
    this.subjects = subjects;
    const runtime = agentRuntime(world, this);
    this.engine = new Engine({
      runtime,
      driver: agentDriver(world, this),
      store: agentStore(world, this),
      journal: Journal.open(runtime, name === 'test' ? '/agent' : `/agent-${name}`),
      observer: `agent of ${name}`,
      otherEndpoints: world.subjects.filter((subject) => !subjects.includes(subject)).map((subject) => `http://${subject}`),
      ...(world.options.pages === undefined ? {} : { pages: world.options.pages }),
      killSwitch: { path: '/agent/kill-switch', read: () => world.options.killSwitch?.state ?? 'absent' },
      settings: { ...SETTINGS, ...world.options.settings },
      onEvent: (event) => void world.events.push(event),
    });
    void this.engine.start();
  }

  kill(): void {
    this.alive = false;
  }

  stateOf(subject: string): string | undefined {
    return this.engine.status().subjects.find((status) => status.subject === subject)?.state;
  }

  async settled(): Promise<void> {
    const quiet = (): boolean => {
      const { subjects } = this.engine.status();
      return subjects.every((subject) => subject.state === 'living' && subject.incident === undefined);
    };
    await this.#world.clock.until(() => !this.alive || quiet());
    await this.#world.clock.advance(100);
  }
}

function agentRuntime(world: World, agent: Agent): Runtime {
  const { clock } = world;
  let seed = 1;
  const unused = (): never => {
    throw new Error('the engine does not use this');
  };
  return {
    clock: {
      now: () => clock.now(),
      wall: () => clock.wall(),
      after: (delay, callback) => clock.after(delay, () => agent.alive && swallowKill(callback)),
      soon: (callback) => clock.soon(() => agent.alive && swallowKill(callback)),
    },
    random: { next: () => 0.5, bytes: (length) => new Uint8Array(length).map(() => (seed++ + world.effects) % 256) },
    disk: guardedDisk(world, agent),
    network: { listen: unused, connect: unused },
    processes: { self: { pid: 1, startTime: 1 }, spawn: unused, identify: unused, state: unused, signal: unused, watch: unused },
    log: { log: () => undefined },
    fatal: (reason, cause) => {
      if (cause instanceof Killed) throw cause;
      throw new Error(`fatal: ${reason}`);
    },
  };
}

function swallowKill(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
}

/** Each write and each sync is an effect at which the agent may die. */
function guardedDisk(world: World, agent: Agent): Runtime['disk'] {
  const { disk } = world;
  return new Proxy(disk, {
    get: (target, name) => {
      if (name !== 'open') return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name);
      return (path: string, mode: 'read' | 'write' | 'create') => {
        const file = target.open(path, mode);
        return {
          ...file,
          write: (offset: number, data: Uint8Array) => {
            world.effect(agent);
            file.write(offset, data);
          },
          sync: () => {
            world.effect(agent);
            file.sync();
          },
        };
      };
    },
  });
}

function agentDriver(world: World, agent: Agent): Driver {
  const toAgent = (onEnd: (end: ProcessEnd) => void) => (end: ProcessEnd) => void (agent.alive && swallowKill(() => onEnd(end)));
  const byIdentity = (identity: ProcessIdentity) => world.processes.get(identity.pid);
  return {
    subjects: agent.subjects,
    endpoint: (subject) => `http://${subject}`,
    state: (identity) => {
      const process = byIdentity(identity);
      return process === undefined ? 'gone' : process.silent ? 'stopped' : 'running';
    },
    start: (subject, token, onEnd) => {
      world.effect(agent);
      world.onStart?.(subject, token);
      const { identity } = world.launch(subject, token);
      world.watch(identity.pid, toAgent(onEnd));
      return identity;
    },
    // Only the parent learns how a process ended.
    watch: (_subject, identity, onEnd) => world.watch(identity.pid, ({ source }) => toAgent(onEnd)({ exit: undefined, source })),
    findLaunched: (subject, token) => {
      if (world.options.canFindLaunched === false) return undefined;
      return [...world.processes.values()].find((process) => process.subject === subject && process.token === token)?.identity;
    },
    identify: (subject) =>
      answer(world, agent, () => {
        const process = world.serving().find((candidate) => candidate.subject === subject);
        return process === undefined ? undefined : world.boot(process);
      }),
    identifyAt: (subject) =>
      answer(world, agent, () => {
        const process = world.serving().find((each) => each.subject === subject);
        return process === undefined ? undefined : world.boot(process);
      }),
    probe: (subject) =>
      answer(world, agent, () => {
        const process = world.living(subject);
        if (process === undefined || process.readyAt > world.clock.now()) return { connect: 'refused', health: 'silent' };
        if (isMute(process)) return { connect: 'accepted', health: 'silent' };
        // A peer notices a silence at once, and forgives as fast.
        const mute = [...world.processes.values()].filter(isMute).map((each) => each.subject);
        const unheard = world.subjects.filter((name) => world.deaf.has(`${subject}>${name}`));
        const suspectedPeers = [...mute.filter((name) => !world.heardByPeers.has(name)), ...unheard];
        return { connect: 'accepted', health: 'good', vitals: { loopDelayMs: 0, logSyncMs: 1, suspectedPeers } };
      }),
    exitMark: (subject) => world.exitMarks.get(subject),
    retired: (subject) => world.retired.get(subject),
    lastWords: () => undefined,
    effort: (identity) => effortOf(world, byIdentity(identity)),
    look: () => [{ source: 'wchan', text: 'do_signal_stop' }],
    fence: (_subject, identity) => {
      world.effect(agent);
      const process = byIdentity(identity);
      if (process?.unkillable === true) return answer(world, agent, () => 'still-there' as const);
      if (process !== undefined) world.fenced.push({ subject: process.subject, at: world.clock.now(), pid: identity.pid });
      world.end(identity.pid, { signal: 'SIGKILL' });
      return answer(world, agent, () => 'gone' as const);
    },
    stop: (_subject, identity) =>
      answer(world, agent, () => {
        const process = byIdentity(identity);
        if (process === undefined) return 'already-gone';
        if (process.unkillable) return 'still-there';
        world.exitMarks.set(process.subject, {
          bootId: process.bootId,
          pid: identity.pid,
          at: world.clock.wall(),
          reason: 'signal SIGTERM',
        });
        world.end(identity.pid, { code: 0 });
        return 'terminated';
      }),
    ...(world.options.skills === undefined
      ? {}
      : skilled(world.options.skills, { effect: () => world.effect(agent), answer: (compute) => answer(world, agent, compute) })),
  };
}

const isMute = ({ silent, silence }: FakeProcess): boolean => silent || silence !== undefined;

/** Counted from the silence: before it, nobody asks. */
function effortOf(world: World, process: FakeProcess | undefined): { ranMs: number; queuedMs: number } | undefined {
  if (process === undefined) return undefined;
  const now = world.clock.now();
  const { silence } = process;
  if (silence === undefined || silence.how === 'idle') return { ranMs: 0, queuedMs: 0 };
  const lasted = now - silence.since;
  return silence.how === 'computes' ? { ranMs: lasted, queuedMs: 0 } : { ranMs: lasted * 0.05, queuedMs: lasted * 0.9 };
}
