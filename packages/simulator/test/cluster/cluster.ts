// A healthy cluster with a checked load, for tests that choose their one fault themselves.
import type { Millis } from '@reknit/base';
import { createWorld, type Prng, type World } from '@reknit/runtime/simulated';
import { KEYSPACES, type ProtocolName } from '@reknit/store';
import { newCoverage } from '../../src/cluster/coverage.js';
import { SimulatedClient } from '../../src/cluster/simulated-client.js';
import { SimulatedMember } from '../../src/cluster/simulated-member.js';
import { History, registerWorkload } from '../../src/index.js';

const CLUSTER_PLAN = {
  electionTimeout: 1000,
  heartbeatInterval: 100,
  snapshotCount: 400,
  catchupEntries: 50,
  segmentBytes: 256 * 1024,
  watchProgressInterval: 60_000,
  requestBytesMax: 1024 * 1024,
  valueBytesMax: 0,
};

export interface ClusterOptions {
  /** Default Raft. */
  readonly protocol?: ProtocolName;
  /** Default 3. */
  readonly size?: number;
}

export interface Reign {
  readonly at: Millis;
  readonly node: string;
  readonly keyspace: string;
}

export class Cluster {
  readonly world: World;
  readonly prng: Prng;
  readonly members: readonly SimulatedMember[];
  readonly reigns: Reign[] = [];
  readonly history: History = new History();
  readonly #names: readonly string[];
  readonly #protocol: ProtocolName;

  constructor(seed: number, { protocol = 'raft', size = 3 }: ClusterOptions = {}) {
    this.#names = Array.from({ length: size }, (_, at) => `n${at + 1}`);
    this.#protocol = protocol;
    this.world = createWorld({ seed });
    this.prng = this.world.prng('test');
    this.members = this.#names.map((name) => this.#createMember(name));
    for (const member of this.members) member.start();
    this.world.run(4000);
  }

  /** Four clients at each member, some 30 operations a second each, to the end of the test. */
  load(): void {
    const shared = { world: this.world, members: this.members, keyspace: 'default', coverage: newCoverage() };
    const workload = registerWorkload({
      clients: this.#names.flatMap((name, at) =>
        [0, 1, 2, 3].map((one) => new SimulatedClient({ ...shared, first: at, prng: this.prng.fork(`${name} ${one}`) })),
      ),
      keys: ['a', 'b', 'c', 'd', 'e', 'f'],
      history: this.history,
      clock: {
        now: () => this.world.now,
        after: (delay, callback) => {
          let live = true;
          this.world.after(delay, () => live && callback());
          return { cancel: () => void (live = false) };
        },
      },
      random: () => this.prng.next(),
      thinkTime: 100,
    });
    workload.start();
  }

  get leader(): SimulatedMember {
    return this.members.find((member) => member.leads)!;
  }

  get allHearAll(): boolean {
    return this.members.every(
      ({ member }) => member!.peersUp === this.#names.length - 1 && member!.vitals.suspected.length === 0,
    );
  }

  othersThan(member: SimulatedMember): readonly SimulatedMember[] {
    return this.members.filter((other) => other !== member);
  }

  /** Who leads what, in which round, as every member that is up knows it. */
  offices(): readonly string[] {
    return KEYSPACES.map(({ name }) => {
      const statuses = this.members.map(({ member }) => member!.group(name)!.status);
      const leaders = this.members.filter((_, at) => statuses[at]!.role === 'leader').map((member) => member.name);
      return `${name}: ${leaders.join()} leads in rounds ${[...new Set(statuses.map(({ round }) => round))].join()}`;
    });
  }

  #createMember(name: string): SimulatedMember {
    return new SimulatedMember({
      machine: this.world.machine(name),
      cluster: this.#names.map((other) => ({ name: other, peerUrls: [`http://${other}:2380`] })),
      state: 'new',
      plan: CLUSTER_PLAN,
      protocol: this.#protocol,
      prng: this.world.prng(`member ${name}`),
      observer: {
        started: () => undefined,
        leads: (keyspace) => void this.reigns.push({ at: this.world.now, node: name, keyspace }),
        stores: () => undefined,
        decided: () => undefined,
        applied: () => undefined,
      },
      coverage: newCoverage(),
      onFatal: ({ rule, detail }) => {
        throw new Error(`${rule}: ${detail}`);
      },
      log: undefined,
    });
  }
}
