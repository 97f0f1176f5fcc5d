// The command line.
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import type { ReknitName, SystemName } from './cluster/systems.js';
import { KINDS, type KillLoad, type Kind } from './report/results.js';

export interface Options {
  readonly suites: readonly Kind[];
  /** Beside Reknit; undefined: each suite's own. */
  readonly peers: readonly string[] | undefined;
  /** With which protocols; none: the peers alone. */
  readonly reknit: readonly ReknitName[];
  readonly rounds: number | undefined;
  readonly requests: number;
  readonly inFlight: readonly number[] | undefined;
  /** Of open loops. */
  readonly rates: readonly number[] | undefined;
  readonly loads: readonly KillLoad[];
  readonly perSecond: number | undefined;
  /** Of the loop's store. */
  readonly keys: number | undefined;
  readonly leases: number;
  readonly directory: string;
  /** Class path of another ZooKeeper than Debian's. */
  readonly zooKeeper: string | undefined;
  /** Where Reknit's members leave profiles when they end. */
  readonly profiles: string | undefined;
  /** Fewer rounds and keys. */
  readonly quick: boolean;
  readonly docs: boolean;
}

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'measure'; readonly options: Options }
  | { readonly kind: 'report'; readonly files: readonly string[]; readonly docs: boolean }
  | { readonly kind: 'profile'; readonly files: readonly string[] };

export const USAGE = `npm run bench -- [SUITE…] [flags]           measures; all suites when none is named
npm run bench -- report [FILE…]                     prints results again; the newest of each suite when none is named
npm run bench -- report --docs [FILE…]              publishes results in bench/results and writes docs/bench.md
npm run bench -- profile FILE.cpuprofile…           where the time of a profile went

  put      writes, requests per second
  open     writes due at a constant rate
  range    linearizable reads
  kill     leader killed → first accepted write
  hang     leader stopped (SIGSTOP) → first accepted write
  start    one member, and three at once
  watch    events per second and latency
  lease    processor time of leases kept alive
  loop     pings of members that are kept busy

  --rounds N          rounds, or kills of each system (default: each suite's own)
  --peers A,B         beside Reknit: etcd, etcd-tuned (heartbeat 10 ms, election 100 ms), zookeeper, h2load, or none
                      (default: each suite's own)
  --peers-only        not Reknit itself
  --protocol A,B      which of Reknit's run, beside each other: raft, paxos, zab, or all (default raft)
  --requests N        of each row (default 100000; one in flight: a twentieth)
  --in-flight A,B     (default 1,100,1000 for puts, 100,1000 for reads)
  --rates A,B         puts due a second in the open loop (default 2000,5000,8000)
  --load idle,half    what else goes on when a leader is killed or hangs (default both)
  --rate N            puts per second that make half load (default: measured for each system)
  --keys N            in the store whose members are pinged while they work (default 1000000)
  --leases N          that are kept alive (default 10000)
  --zookeeper CP      class path of another ZooKeeper than Debian's
  --data DIR          where members keep their data (default: the directory for temporary files)
  --cpu-prof DIR      Reknit's members write a profile there when they end; the figures suffer
  --quick             fewer rounds and keys, leaders lost when idle only: all suites beside etcd in about twelve minutes
  --docs              publishes the results in bench/results and writes docs/bench.md

  npm run bench -- put --rounds 3 --peers etcd
  npm run bench -- kill hang --rounds 10 --load idle
  npm run bench -- put kill --protocol all --peers none
  npm run bench -- --quick --docs`;

/** Throws TypeError for what cannot be understood. */
export function readCommand(words: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      'peers-only': { type: 'boolean', default: false },
      peers: { type: 'string' },
      protocol: { type: 'string', default: 'raft' },
      requests: { type: 'string', default: '100000' },
      'in-flight': { type: 'string' },
      rates: { type: 'string' },
      load: { type: 'string' },
      rate: { type: 'string' },
      keys: { type: 'string' },
      leases: { type: 'string', default: '10000' },
      data: { type: 'string', default: tmpdir() },
      'cpu-prof': { type: 'string' },
      zookeeper: { type: 'string' },
      docs: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { kind: 'help' };
  const [first, ...rest] = positionals;
  if (first === 'report') return { kind: 'report', files: rest, docs: values.docs };
  if (first === 'profile') return { kind: 'profile', files: rest };
  return {
    kind: 'measure',
    options: {
      suites: positionals.length === 0 ? KINDS : positionals.map((word) => oneOf(KINDS, word)),
      peers: values.peers
        ?.split(',')
        .filter((peer) => peer !== 'none')
        .map((peer) => oneOf(PEERS, peer)),
      reknit: values['peers-only'] ? [] : protocolsOf(values.protocol),
      rounds: values.rounds === undefined ? undefined : count(values.rounds),
      requests: count(values.requests),
      inFlight: values['in-flight']?.split(',').map(count),
      rates: values.rates?.split(',').map(count),
      loads: (values.load ?? (values.quick ? 'idle' : 'idle,half')).split(',').map((load) => oneOf(LOADS, load)),
      perSecond: values.rate === undefined ? undefined : count(values.rate),
      keys: values.keys === undefined ? undefined : count(values.keys),
      leases: count(values.leases),
      directory: values.data,
      zooKeeper: values.zookeeper,
      profiles: values['cpu-prof'],
      quick: values.quick,
      docs: values.docs,
    },
  };
}

const LOADS = ['idle', 'half'] as const;
const PEERS = ['etcd', 'etcd-tuned', 'zookeeper', 'h2load'] as const satisfies readonly (SystemName | 'h2load')[];

const REKNITS = { raft: 'reknit', paxos: 'reknit-paxos', zab: 'reknit-zab' } as const;
const PROTOCOLS = ['raft', 'paxos', 'zab'] as const;

const protocolsOf = (text: string): readonly ReknitName[] =>
  (text === 'all' ? PROTOCOLS : text.split(',').map((word) => oneOf(PROTOCOLS, word))).map((protocol) => REKNITS[protocol]);

function oneOf<T extends string>(known: readonly T[], word: string): T {
  const found = known.find((each) => each === word);
  if (found === undefined) throw new TypeError(`${word} is none of ${known.join(', ')}`);
  return found;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new TypeError(`${text} is not a whole number above 0`);
  return value;
}
