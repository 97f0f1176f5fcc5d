// Three members of one system as real processes on loopback, nothing beside them: who is killed stays dead until `start`.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ZooKeeperControl } from '../zookeeper/control.js';
import { Control } from './control.js';
import type { MemberControl, MemberStatus } from './member-control.js';
import { freePorts } from './ports.js';
import { cpuSeconds, residentMegabytes, waitedSeconds } from './proc.js';
import type { MemberPlace, System } from './systems.js';

const MEMBERS = 3;
/** For clients, for peers, and for elections where these have one of their own. */
const PORTS_OF_MEMBER = 3;
const READY_WITHIN_MS = 60_000;
const POLL_MS = 20;
/** Of a start that is timed. */
const READY_POLL_MS = 5;
const STOP_GRACE_MS = 10_000;
/** Entries: a member that is so close has caught up, though writes go on. */
const LAG_MAX = 64n;

export interface Member {
  readonly place: MemberPlace;
  child: ChildProcess | undefined;
}

export interface Resources {
  /** Of all members together. */
  readonly cpuSeconds: number;
  readonly residentMegabytes: number;
}

/** Ended with this process, however it ends. */
const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

export class Cluster {
  readonly system: System;
  readonly members: readonly Member[];
  readonly #directory: string;

  private constructor(system: System, directory: string, ports: readonly number[]) {
    const count = ports.length / PORTS_OF_MEMBER;
    this.system = system;
    this.#directory = directory;
    this.members = Array.from({ length: count }, (_, at) => ({
      place: {
        name: `n${at + 1}`,
        directory: join(directory, `n${at + 1}`),
        clientPort: ports[PORTS_OF_MEMBER * at]!,
        peerPort: ports[PORTS_OF_MEMBER * at + 1]!,
        electionPort: ports[PORTS_OF_MEMBER * at + 2]!,
      },
      child: undefined,
    }));
  }

  /** Over an empty directory. Resolves when all members agree on a leader and a write was accepted. */
  static async start(system: System, directory: string, members: number = MEMBERS): Promise<Cluster> {
    const cluster = await Cluster.prepare(system, directory, members);
    for (const member of cluster.members) cluster.start(member);
    try {
      await cluster.whole();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** The directory is there, no member is started. */
  static async prepare(system: System, directory: string, members: number): Promise<Cluster> {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const cluster = new Cluster(system, directory, await freePorts(PORTS_OF_MEMBER * members));
    for (const { place } of cluster.members) system.prepare(place, cluster.#places);
    return cluster;
  }

  start(member: Member): void {
    const { name } = member.place;
    const log = openSync(join(this.#directory, `${name}.log`), 'a');
    const words = this.system.words(member.place, this.#places);
    const child = spawn(this.system.file, words, { stdio: ['ignore', log, log], cwd: this.#directory });
    closeSync(log);
    children.add(child);
    child.once('exit', () => children.delete(child));
    member.child = child;
  }

  /** Returns when the kernel has taken the signal. */
  kill(member: Member): void {
    member.child?.kill('SIGKILL');
  }

  /** It hangs: its sockets stay open, nothing is answered. */
  pause(member: Member): void {
    member.child?.kill('SIGSTOP');
  }

  resume(member: Member): void {
    member.child?.kill('SIGCONT');
  }

  async ended(member: Member): Promise<void> {
    const { child } = member;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    member.child = undefined;
  }

  /** Ends all members and removes their data. */
  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => this.#stopMember(member)));
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Resolves to the leader when all members follow it, have applied as much as it, and a write was accepted. */
  async whole(): Promise<Member> {
    const deadline = performance.now() + READY_WITHIN_MS;
    for (;;) {
      const leader = await this.#agreedLeader();
      if (leader !== undefined) return leader;
      const dead = this.members.find(({ child }) => child === undefined || child.exitCode !== null);
      if (dead !== undefined) throw new Error(`${this.system.name}: member ${dead.place.name} ended by itself`);
      if (performance.now() > deadline) throw new Error(`${this.system.name} is not whole after ${READY_WITHIN_MS} ms`);
      await sleep(POLL_MS);
    }
  }

  /** Resolves when a write through this very member was accepted. */
  async serves(member: Member): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!(await this.#accepts(member))) {
      if (performance.now() > deadline) throw new Error(`${member.place.name} accepts no write after ${READY_WITHIN_MS} ms`);
      await sleep(READY_POLL_MS);
    }
  }

  async status(member: Member): Promise<MemberStatus> {
    return this.with(member, (control) => control.status());
  }

  async with<T>(member: Member, ask: (control: MemberControl) => Promise<T>): Promise<T> {
    const { clientPort } = member.place;
    const control = this.system.dialect === 'zookeeper' ? new ZooKeeperControl(clientPort) : new Control(clientPort);
    try {
      return await ask(control);
    } finally {
      control.close();
    }
  }

  resources(): Resources {
    const pids = this.members.flatMap(({ child }) => (child?.pid === undefined ? [] : [child.pid]));
    return {
      cpuSeconds: pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0),
      residentMegabytes: pids.reduce((sum, pid) => sum + residentMegabytes(pid), 0),
    };
  }

  get #places(): readonly MemberPlace[] {
    return this.members.map(({ place }) => place);
  }

  /** Of each member's main thread so far. */
  waitedSeconds(): readonly number[] {
    return this.members.map(({ child }) => (child?.pid === undefined ? 0 : waitedSeconds(child.pid)));
  }

  async #agreedLeader(): Promise<Member | undefined> {
    const known = await Promise.all(this.members.map((member) => this.status(member).catch(() => undefined)));
    const leader = known.findIndex((status) => status !== undefined && status.leader === status.memberId);
    const status = known[leader];
    if (status === undefined) return undefined;
    const follows = known.every(
      (other) => other !== undefined && isFollowing(other, status) && other.applied >= status.applied - LAG_MAX,
    );
    if (!follows) return undefined;
    const member = this.members[leader]!;
    return (await this.#accepts(member)) ? member : undefined;
  }

  #accepts(member: Member): Promise<boolean> {
    return this.with(member, (control) => control.put(Buffer.from('/bench/whole'), Buffer.from('yes'))).then(
      () => true,
      () => false,
    );
  }

  /** Politely first: a profile, for example, is written at the end. */
  async #stopMember(member: Member): Promise<void> {
    const { child } = member;
    child?.kill('SIGTERM');
    child?.kill('SIGCONT');
    const timer = setTimeout(() => child?.kill('SIGKILL'), STOP_GRACE_MS);
    await this.ended(member);
    clearTimeout(timer);
  }
}

const isFollowing = (status: MemberStatus, leader: MemberStatus): boolean =>
  status.leader === 'untold' || (status.leader === leader.memberId && status.term === leader.term);
