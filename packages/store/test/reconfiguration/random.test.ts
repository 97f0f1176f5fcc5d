// Random changes, one after another, while members crash, are paused and lose frames: each change ends in force or refused,
// nothing acknowledged is lost, and nobody ends who was not removed.
import { utf8Decode } from '@reknit/base';
import type { ProtocolName } from '@reknit/consensus';
import { createPutRequest, encodePutRequest } from '@reknit/etcd-api';
import { expect, it } from 'vitest';
import { addedNodeId, nodeIdOf } from '../../src/cluster/identity.js';
import type { Change } from '../../src/configuration/changes.js';
import { settled } from '../support/changes.js';
import { bytes, callsOf } from '../support/etcd-calls.js';
import { type Answer, TestCluster, type TestMember } from '../support/test-cluster.js';

/** More of them, and others, by the environment. */
const SEEDS = Number(process.env.RECONFIGURATION_SEEDS ?? 4);
const FIRST = Number(process.env.RECONFIGURATION_FIRST ?? 1);
const CHANGES = 7;
const PROTOCOLS: readonly ProtocolName[] = ['raft', 'paxos', 'zab'];

class Run {
  readonly cluster: TestCluster;
  readonly answers: { readonly key: string; readonly answer: Answer; readonly alive: () => boolean }[] = [];
  readonly #random: () => number;
  #next = 1;
  #names = 3;

  constructor(seed: number) {
    let state = seed * 2654435761;
    this.#random = () => {
      state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x12345) >>> 0;
      return state / 2 ** 32;
    };
    const lossy = this.#random() < 0.5;
    const network = lossy ? { loss: 0.02, duplication: 0.02, reorder: 0.02 } : {};
    const short = this.#random() < 0.5 ? { snapshotCount: 20, catchupEntries: 5 } : {};
    this.cluster = new TestCluster(3, { protocol: this.#pick(PROTOCOLS), ...short }, { seed, network }).started();
  }

  carryOut(): void {
    for (let at = 0; at < CHANGES; at++) this.#changeOnce();
    this.#everybodyBack();
    settled(this.cluster);
    this.cluster.until(() => this.answers.every(({ answer, alive }) => answer.settled || !alive()), 'all are answered', 60_000);
    expect(this.#lost()).toEqual([]);
  }

  get #live(): readonly TestMember[] {
    return this.cluster.members.filter((member) => !isGone(member));
  }

  #changeOnce(): void {
    const { cluster } = this;
    const asked = this.#pick(this.#live.filter(({ up, ready }) => up && ready));
    const change = this.#draw(asked);
    if (change === undefined) return this.#work(100);
    let settledAs: string | undefined;
    const alive = lifeOf(asked);
    asked.member.reconfiguration.request({ id: `change ${this.#next}`, epoch: undefined, change }, 20_000, {
      done: () => {
        settledAs = 'done';
      },
      failed: ({ message }) => {
        settledAs = message;
      },
    });
    this.#work(this.#random() * 400);
    if (this.#random() < 0.6) this.#hurt();
    this.#work(this.#random() * 600);
    this.#everybodyBack();
    cluster.until(() => settledAs !== undefined || !alive(), `${change.kind} is answered`, 40_000);
    const announced = change.kind === 'add' || change.kind === 'replace' ? change.id : undefined;
    cluster.run(200);
    const members = this.#live.flatMap(({ member }) => member.reconfiguration.applied?.members ?? []);
    const known = members.find(({ id }) => id === announced);
    if (known !== undefined) this.#startNewcomer(known.peerUrls[0]!);
    settled(cluster);
  }

  #draw(asked: TestMember): Change | undefined {
    const members = asked.member.reconfiguration.applied?.members ?? [];
    const voters = members.filter(({ role }) => role === 'voter');
    const learners = members.filter(({ role }) => role === 'learner');
    const name = `n${this.#names + 1}`;
    const peerUrls = [`http://${name}:2380`];
    const id = addedNodeId(peerUrls, 'etcd-cluster', this.#names);
    const kind = this.#pick(['add', 'remove', 'promote', 'replace', 'switch', 'switch'] as const);
    if ((kind === 'add' && members.length < 5) || kind === 'replace') this.#names++;
    switch (kind) {
      case 'add':
        return members.length < 5 ? { kind, id, peerUrls, learner: learners.length === 0 && this.#random() < 0.5 } : undefined;
      case 'remove':
        return voters.length > 3 || (voters.length === 3 && learners.length > 0)
          ? { kind, member: this.#pick(members).id }
          : undefined;
      case 'promote':
        return learners.length > 0 ? { kind, member: learners[0]!.id } : undefined;
      case 'replace':
        return { kind, member: this.#pick(voters).id, id, peerUrls };
      case 'switch':
        return { kind, protocol: this.#pick(PROTOCOLS) };
    }
  }

  #startNewcomer(url: string): void {
    const name = /\/\/(n\d+):/.exec(url)![1]!;
    const newcomer = this.cluster.newcomer(name).start();
    this.#work(50 + this.#random() * 200);
    if (this.#random() < 0.4) {
      newcomer.machine.crash();
      newcomer.start();
    }
    this.cluster.until(() => newcomer.ready, `${name} is ready`, 60_000);
  }

  #hurt(): void {
    const victim = this.#pick(this.#live.filter(({ up }) => up));
    if (this.#random() < 0.5) victim.machine.crash();
    else victim.machine.pause(this.#random() * 1500);
  }

  #everybodyBack(): void {
    for (const member of this.#live) if (!member.up) member.start();
    this.cluster.until(
      () => this.cluster.members.every((member) => isGone(member) || (member.up && member.ready)),
      'all are back',
      60_000,
    );
    const faults = this.#live.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${failure}`));
    expect(faults).toEqual([]);
  }

  #work(milliseconds: number): void {
    for (let passed = 0; passed < milliseconds; passed += 10) {
      for (const member of this.#live) if (member.up && member.ready) this.#put(member);
      this.cluster.run(10);
    }
  }

  #put(member: TestMember): void {
    const key = `w${this.#next++}`;
    const request = encodePutRequest(createPutRequest({ key: bytes(key), value: bytes(key) }));
    this.answers.push({ key, answer: member.call('/etcdserverpb.KV/Put', request), alive: lifeOf(member) });
  }

  #lost(): readonly string[] {
    const voter = this.#live.find(({ up, member }) => up && !member.isLearner)!;
    const { kvs } = callsOf(this.cluster, voter).range({ key: bytes('w'), rangeEnd: bytes('x') }).value!;
    const found = new Set(kvs.map(({ key }) => utf8Decode(key)));
    return this.answers.flatMap(({ key, answer }) => (answer.response !== undefined && !found.has(key) ? [key] : []));
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)]!;
  }
}

/** Until this process ends: what it was asked then has no answer. */
const lifeOf = (member: TestMember): (() => boolean) => {
  const life = member.member;
  return () => member.up && member.member === life && !life.closed;
};

/** Ended because it was removed, and by nothing else. */
const isGone = ({ failures }: TestMember): boolean =>
  failures.some((failure) => failure.includes('was removed from its cluster'));

it.each(Array.from({ length: SEEDS }, (_, at) => FIRST + at))(
  'random changes under faults keep every write (seed %i)',
  (seed) => {
    const run = new Run(seed);
    run.carryOut();
    const ids = new Set(run.cluster.members.filter((member) => !isGone(member)).map(({ member }) => nodeIdOf(member.self.id)));
    const known = run.cluster.leader().member.reconfiguration.applied!.members.map(({ id }) => id);
    expect(known.every((id) => ids.has(id))).toBe(true);
  },
);
