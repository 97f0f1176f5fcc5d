// One event loop, many keys: how long do a member's pings wait while everything is ranged, compacted, hashed? A ping shares
// nothing with the heavy request but the member's loop, as heartbeats do. Every member is pinged, whoever does the work.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, type Member } from '../cluster/cluster.js';
import { bytesField, numberField } from '../cluster/protobuf.js';
import type { System } from '../cluster/systems.js';
import type { PingPhase } from '../load/pings.js';
import { keyAt, valueAt } from '../load/requests.js';
import { LoadProcess, spawnLoad } from '../load/spawn-load.js';
import type { LoopPhase } from '../report/results.js';

export interface LoopSettings {
  readonly systems: readonly System[];
  readonly keys: number;
  readonly directory: string;
  readonly report: (line: string) => void;
}

interface Place {
  readonly cluster: Cluster;
  readonly leader: Member;
  readonly follower: Member;
}

interface Work {
  readonly name: string;
  readonly run: (place: Place) => Promise<Outcome>;
}

interface Outcome {
  readonly refused: number;
  readonly replyBytes: number;
}

const PING_EVERY_MS = 10;
/** The rule that is measured here. */
export const PING_LATE_MS = 100;
const IDLE_MS = 3000;
/** Between phases, so that one's garbage and flushes are not the next one's. */
const REST_MS = 1000;
const PAGE_KEYS = 10_000;
const LOAD = { dialect: 'etcd', connections: 10, pace: { inFlight: 1000 } } as const;

export async function measureLoops(settings: LoopSettings): Promise<readonly LoopPhase[]> {
  const phases: LoopPhase[] = [];
  for (const system of settings.systems) {
    const cluster = await Cluster.start(system, join(settings.directory, system.name));
    try {
      phases.push(...(await measureLoop(settings, cluster)));
    } finally {
      await cluster.stop();
    }
  }
  return phases;
}

async function measureLoop(settings: LoopSettings, cluster: Cluster): Promise<readonly LoopPhase[]> {
  const { keys, report } = settings;
  const pings = new LoadProcess('pings', {
    ports: cluster.members.map(({ place }) => place.clientPort),
    everyMs: PING_EVERY_MS,
    lateMs: PING_LATE_MS,
  });
  const phases: Omit<LoopPhase, keyof PingPhase>[] = [];
  for (const { name, run } of worksOf(keys)) {
    await sleep(REST_MS);
    const leader = await cluster.whole();
    const follower = cluster.members.find((member) => member !== leader)!;
    const termBefore = await termOf(cluster);
    pings.tell(`phase ${name}`);
    const waitedBefore = cluster.waitedSeconds();
    const startedAt = performance.now();
    const outcome = await run({ cluster, leader, follower }).catch((error: unknown) => String(error));
    const seconds = (performance.now() - startedAt) / 1000;
    const what = typeof outcome === 'string' ? outcome : faultOf(outcome);
    const waited = cluster.waitedSeconds().map((after, at) => after - waitedBefore[at]!);
    pings.tell('phase rest');
    phases.push({
      system: cluster.system.name,
      seconds,
      waitedShare: Math.max(...waited) / seconds,
      leader: cluster.members.indexOf(leader),
      termsPassed: (await termOf(cluster)) - termBefore,
      fault: what,
    });
    report(`${cluster.system.name.padEnd(10)} ${name}: ${seconds.toFixed(2)} s${what === undefined ? '' : `, ${what}`}`);
  }
  const measured = (await pings.stop()).filter(({ name }) => name !== 'rest');
  return measured.map((phase, at) => ({ ...phase, ...phases[at]! }));
}

const faultOf = ({ refused }: Outcome): string | undefined => (refused === 0 ? undefined : `${refused} requests were refused`);

/** 0 when no member tells it. */
async function termOf(cluster: Cluster): Promise<number> {
  const known = await Promise.all(cluster.members.map((member) => cluster.status(member).catch(() => undefined)));
  return Number(known.reduce((highest, status) => (status !== undefined && status.term > highest ? status.term : highest), 0n));
}

const ALL = Buffer.concat([bytesField(1, Uint8Array.of(0)), bytesField(2, Uint8Array.of(0))]);
const KV = '/etcdserverpb.KV';

function worksOf(keys: number): readonly Work[] {
  const some = Math.ceil(keys / 10);
  return [
    { name: 'idle', run: () => sleep(IDLE_MS, { refused: 0, replyBytes: 0 }) },
    { name: `put ${keys} keys, 1000 in flight`, run: ({ leader }) => put(leader, keys) },
    { name: 'idle, with keys', run: () => sleep(IDLE_MS, { refused: 0, replyBytes: 0 }) },
    { name: 'count all, 10 times', run: ({ leader }) => range(leader, Array(10).fill([numberField(9, 1)])) },
    { name: 'range all in one reply, leader', run: ({ leader }) => range(leader, [[]]) },
    { name: 'range all in one reply, follower', run: ({ follower }) => range(follower, [[]]) },
    { name: `range all, ${PAGE_KEYS} keys a page`, run: ({ leader }) => calls(leader, `${KV}/Range`, pagesOf(keys)) },
    // Sorted by value, descending, the first ten.
    {
      name: 'range all, sorted by value',
      run: ({ leader }) => range(leader, [[numberField(3, 10), numberField(5, 2), numberField(6, 4)]]),
    },
    { name: 'a transaction of 10 ranges of 1000', run: ({ leader }) => calls(leader, `${KV}/Txn`, [rangeTxn()]) },
    { name: 'transactions of 50 puts', run: ({ leader }) => calls(leader, `${KV}/Txn`, putTxns(some)) },
    { name: `put ${some} keys again, 1000 in flight`, run: ({ leader }) => put(leader, some) },
    { name: 'delete a tenth in one request', run: ({ leader }) => calls(leader, `${KV}/DeleteRange`, [tenthOfKeys()]) },
    { name: 'compact', run: compact },
    { name: 'HashKV, all members', run: hash },
    {
      name: 'range, compact and hash at once',
      run: async (place) => {
        const puts = await put(place.leader, some);
        return sum([puts, ...(await Promise.all([range(place.follower, [[]]), compact(place), hash(place)]))]);
      },
    },
  ];
}

async function put(member: Member, keys: number): Promise<Outcome> {
  const job = { kind: 'put', ports: [member.place.clientPort], ...LOAD, requests: keys, keys, firstKey: 0 } as const;
  const { refused } = await spawnLoad('unary', job);
  return { refused, replyBytes: 0 };
}

const calls = (member: Member, method: string, messages: readonly Uint8Array[]): Promise<Outcome> =>
  spawnLoad('calls', {
    port: member.place.clientPort,
    method,
    inFlight: 1,
    messages: messages.map((message) => Buffer.from(message).toString('base64')),
  });

const range = (member: Member, fields: readonly (readonly Uint8Array[])[]): Promise<Outcome> =>
  calls(
    member,
    `${KV}/Range`,
    fields.map((more) => Buffer.concat([ALL, ...more])),
  );

/** Physical: the reply waits until it is done. */
async function compact({ cluster, leader }: Place): Promise<Outcome> {
  const revision = await cluster.with(leader, (control) => control.revision());
  return calls(leader, `${KV}/Compact`, [Buffer.concat([numberField(1, revision), numberField(2, 1)])]);
}

async function hash({ cluster }: Place): Promise<Outcome> {
  const none = new Uint8Array(0);
  return sum(await Promise.all(cluster.members.map((member) => calls(member, '/etcdserverpb.Maintenance/HashKV', [none]))));
}

const sum = (outcomes: readonly Outcome[]): Outcome =>
  outcomes.reduce(
    (total, { refused, replyBytes }) => ({ refused: total.refused + refused, replyBytes: total.replyBytes + replyBytes }),
    { refused: 0, replyBytes: 0 },
  );

/** Keys are scattered evenly, so that pages can be cut without asking. */
function pagesOf(keys: number): readonly Uint8Array[] {
  const pages = Math.ceil(keys / PAGE_KEYS);
  return Array.from({ length: pages }, (_, at) => between(at / pages, (at + 1) / pages));
}

function between(from: number, to: number): Uint8Array {
  const edge = (share: number): Uint8Array =>
    Buffer.from(
      share === 1
        ? '/bench/l'
        : `/bench/k${Math.floor(share * 2 ** 32)
            .toString(16)
            .padStart(8, '0')}`,
    );
  return Buffer.concat([bytesField(1, edge(from)), bytesField(2, edge(to))]);
}

const tenthOfKeys = (): Uint8Array => between(0.5, 0.6);

/** So many puts fit into one frame. */
const TXN_PUTS = 50;
const TXN_RANGES = 10;

function rangeTxn(): Uint8Array {
  const one = bytesField(1, Buffer.concat([ALL, numberField(3, 1000)]));
  return Buffer.concat(Array.from({ length: TXN_RANGES }, () => bytesField(2, one)));
}

function putTxns(keys: number): readonly Uint8Array[] {
  const putOf = (index: number): Uint8Array =>
    bytesField(2, Buffer.concat([bytesField(1, keyAt(index)), bytesField(2, valueAt(index))]));
  return Array.from({ length: Math.ceil(keys / TXN_PUTS / 10) }, (_, at) =>
    Buffer.concat(Array.from({ length: TXN_PUTS }, (__, op) => bytesField(2, putOf(at * TXN_PUTS + op)))),
  );
}
