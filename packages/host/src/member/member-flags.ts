// What `reknit node` takes: etcd's flags with etcd's meanings, and a few of its own. Defaults that depend on other flags are
// settled here, and what contradicts itself is refused before anything is touched.

import { readFileSync } from 'node:fs';
import { utf8Encode } from '@reknit/base';
import { lmdbPagesHome } from '@reknit/mvcc/lmdb';
import { type InitialMember, MEMBER_DEFAULTS, type MemberOptions, PROTOCOL_NAMES, type ProtocolName } from '@reknit/store';
import { describeFlags, FlagError, type FlagSpecs, type FlagValues, parseFlags } from './go-flags.js';
import { isLoopback } from './loopback.js';

const MINUTE = 60_000;
const WATCH_PROGRESS_INTERVAL_MIN = 100;

const MEMBER_FLAGS = {
  name: { kind: 'string', fallback: 'default', help: 'human-readable name of this member' },
  'data-dir': { kind: 'string', fallback: '', help: 'where its data lives; default NAME.reknit' },
  'listen-client-urls': { kind: 'urls', fallback: ['http://localhost:2379'], help: 'where clients are served' },
  'advertise-client-urls': {
    kind: 'urls',
    fallback: ['http://localhost:2379'],
    help: 'where clients are told to find it; default as listen-client-urls',
  },
  'listen-peer-urls': { kind: 'urls', fallback: ['http://localhost:2380'], help: 'where peers are served' },
  'initial-advertise-peer-urls': { kind: 'urls', fallback: ['http://localhost:2380'], help: 'where peers find it' },
  'initial-cluster': { kind: 'string', fallback: '', help: 'all voters the cluster begins with: NAME=URL,NAME=URL,…' },
  'initial-cluster-state': {
    kind: 'choice',
    fallback: 'new',
    choices: ['new', 'existing'],
    help: 'new: this cluster is being made; existing: this member was added to one that runs, and joins it',
  },
  'initial-cluster-token': { kind: 'string', fallback: MEMBER_DEFAULTS.token, help: 'tells clusters with the same URLs apart' },
  'heartbeat-interval': {
    kind: 'number',
    fallback: MEMBER_DEFAULTS.heartbeatInterval,
    min: 10,
    max: 10_000,
    unit: 'ms',
    help: 'how often a leader is heard of',
  },
  'election-timeout': {
    kind: 'number',
    fallback: MEMBER_DEFAULTS.electionTimeout,
    min: 50,
    max: MINUTE,
    unit: 'ms',
    help: 'how long a leader may be silent',
  },
  'snapshot-count': {
    kind: 'number',
    fallback: MEMBER_DEFAULTS.snapshotCount,
    min: 1,
    max: 1e9,
    unit: 'entries',
    help: 'applied entries after which the log is shortened',
  },
  'snapshot-catchup-entries': {
    kind: 'number',
    fallback: MEMBER_DEFAULTS.catchupEntries,
    min: 0,
    max: 1e9,
    unit: 'entries',
    help: 'kept in the log for slow followers',
  },
  'max-request-bytes': {
    kind: 'number',
    fallback: MEMBER_DEFAULTS.requestBytesMax,
    min: 1024,
    max: 6 * 1024 * 1024,
    unit: 'bytes',
    help: 'larger requests are refused',
  },
  'quota-backend-bytes': {
    kind: 'number',
    fallback: 0,
    min: 0,
    max: 2 ** 50,
    unit: 'bytes',
    help: 'of data on disk, beyond which writes are refused until the alarm is disarmed; 0: only the disk bounds it',
  },
  'max-txn-ops': {
    kind: 'number',
    fallback: MEMBER_DEFAULTS.transactionOperationsMax,
    min: 1,
    max: 100_000,
    unit: 'operations',
    help: 'larger transactions are refused',
  },
  'watch-progress-notify-interval': {
    kind: 'duration',
    fallback: MEMBER_DEFAULTS.watchProgressInterval,
    help: 'how often idle watchers that asked for it hear how far they are; 100ms at least',
  },
  'experimental-watch-progress-notify-interval': {
    kind: 'duration',
    fallback: MEMBER_DEFAULTS.watchProgressInterval,
    help: 'the same under its older name',
  },
  'log-level': {
    kind: 'choice',
    fallback: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
    help: 'the least severe line that is logged',
  },
  'pre-vote': { kind: 'boolean', fallback: true, help: 'accepted; elections always begin with a pre-vote' },
  'strict-reconfig-check': { kind: 'boolean', fallback: true, help: 'accepted; unsafe changes of members are always refused' },
  logger: { kind: 'choice', fallback: 'zap', choices: ['zap'], help: 'accepted; lines are JSON, or text on a terminal' },
  protocol: {
    kind: 'choice',
    fallback: 'raft',
    choices: PROTOCOL_NAMES,
    help: 'the consensus protocol with which a new cluster begins; the same for all its members',
  },
  'secret-file': {
    kind: 'string',
    fallback: '',
    help: 'file with the secret that members and agents share; default: derived from the token',
  },
  json: {
    kind: 'boolean',
    fallback: false,
    help: 'also say as a JSON line why it cannot start; all other lines are JSON anyway',
  },
  'fault-switches': {
    kind: 'boolean',
    fallback: false,
    help: 'for drills only: let whoever knows the secret block this node or make it exit',
  },
  insecure: { kind: 'boolean', fallback: false, help: 'allow listening beyond loopback without TLS' },
  version: { kind: 'boolean', fallback: false, help: 'print versions and exit' },
  help: { kind: 'boolean', fallback: false, help: 'print this and exit' },
} as const satisfies FlagSpecs;

type Values = FlagValues<typeof MEMBER_FLAGS>;

export interface MemberSettings {
  readonly options: MemberOptions;
  readonly listenClients: readonly string[];
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly faultSwitches: boolean;
}

export type MemberCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly settings: MemberSettings };

/** Throws FlagError; nothing was touched then. */
export function readMemberFlags(words: readonly string[]): MemberCommand {
  const { values, given } = parseFlags(MEMBER_FLAGS, words, process.env, 'ETCD_');
  if (values.help) return { kind: 'help' };
  return values.version ? { kind: 'version' } : { kind: 'run', settings: settle(values, given) };
}

export const memberUsage = (): string => `Usage: reknit node [flags]

${describeFlags(MEMBER_FLAGS)}`;

function settle(values: Values, given: ReadonlySet<string>): MemberSettings {
  const name = values.name;
  if (values['election-timeout'] < 5 * values['heartbeat-interval']) {
    throw new FlagError(
      `--election-timeout (${values['election-timeout']} ms) must be at least 5 × --heartbeat-interval (${values['heartbeat-interval']} ms): raise one or lower the other`,
    );
  }
  refuseBeyondLoopback(values);
  const advertisedPeers = given.has('initial-advertise-peer-urls')
    ? values['initial-advertise-peer-urls']
    : values['listen-peer-urls'];
  const cluster = given.has('initial-cluster') ? parseCluster(values['initial-cluster']) : [{ name, peerUrls: advertisedPeers }];
  checkOwnEntry(cluster, name, advertisedPeers, given);
  const advertiseClientUrls = given.has('advertise-client-urls') ? values['advertise-client-urls'] : values['listen-client-urls'];
  const token = values['initial-cluster-token'];
  return {
    listenClients: values['listen-client-urls'].map(addressOf),
    logLevel: values['log-level'] as MemberSettings['logLevel'],
    faultSwitches: values['fault-switches'],
    options: {
      name,
      dataDirectory: values['data-dir'] === '' ? `${name}.reknit` : values['data-dir'],
      initialCluster: cluster,
      initialClusterState: values['initial-cluster-state'] === 'existing' ? 'existing' : 'new',
      token,
      secret: readSecret(values['secret-file'], token),
      listenPeers: values['listen-peer-urls'].map(addressOf),
      advertiseClientUrls,
      ...(given.has('protocol') ? { protocol: values.protocol as ProtocolName } : {}),
      electionTimeout: values['election-timeout'],
      heartbeatInterval: values['heartbeat-interval'],
      snapshotCount: values['snapshot-count'],
      catchupEntries: values['snapshot-catchup-entries'],
      requestBytesMax: values['max-request-bytes'],
      ...(values['quota-backend-bytes'] > 0 ? { quotaBytes: values['quota-backend-bytes'] } : {}),
      transactionOperationsMax: values['max-txn-ops'],
      watchProgressInterval: watchProgressInterval(values, given),
      pagesHome: (_keyspace, directory) => lmdbPagesHome({ directory }),
    },
  };
}

function watchProgressInterval(values: Values, given: ReadonlySet<string>): number {
  const name = 'watch-progress-notify-interval';
  const interval = given.has(name) ? values[name] : values[`experimental-${name}`];
  // As etcd: 0 is the default, and too short is raised.
  return interval === 0 ? MEMBER_DEFAULTS.watchProgressInterval : Math.max(interval, WATCH_PROGRESS_INTERVAL_MIN);
}

const addressOf = (url: string): string => url.replace('http://', '');

/** `n1=http://a:1,n1=http://b:1,n2=…`: a name may stand several times. */
function parseCluster(text: string): InitialMember[] {
  const urls = new Map<string, string[]>();
  for (const part of text.split(',')) {
    const match = /^([^=]+)=(https?:\/\/[^/]+:\d+)\/?$/.exec(part.trim());
    if (match === null)
      throw new FlagError(
        `invalid value ${JSON.stringify(part)} for flag -initial-cluster: each member is NAME=http://HOST:PORT`,
      );
    const known = urls.get(match[1]!) ?? [];
    urls.set(match[1]!, [...known, match[2]!]);
  }
  const members = [...urls].map(([name, peerUrls]) => ({ name, peerUrls: peerUrls.sort() }));
  const all = members.flatMap((member) => member.peerUrls);
  const twice = all.find((url, at) => all.indexOf(url) !== at);
  if (twice !== undefined) throw new FlagError(`--initial-cluster names the peer URL ${twice} twice: give each member its own`);
  return members;
}

function checkOwnEntry(
  cluster: readonly InitialMember[],
  name: string,
  advertised: readonly string[],
  given: ReadonlySet<string>,
): void {
  const own = cluster.find((member) => member.name === name);
  if (own === undefined) {
    throw new FlagError(
      `--name ${name} is not in --initial-cluster (${cluster.map((member) => member.name).join(', ')}): use one of those names, or add this member`,
    );
  }
  if (!given.has('initial-advertise-peer-urls')) return;
  const same = [...advertised].sort().join() === own.peerUrls.join();
  if (!same)
    throw new FlagError(
      `--initial-cluster has ${name} at ${own.peerUrls.join()}, but --initial-advertise-peer-urls says ${advertised.join()}: make them equal`,
    );
}

function refuseBeyondLoopback(values: Values): void {
  if (values.insecure) return;
  const outside = [...values['listen-client-urls'], ...values['listen-peer-urls']].find((url) => !isLoopback(addressOf(url)));
  if (outside !== undefined)
    throw new FlagError(
      `${outside} listens beyond loopback without TLS: anyone there could read and write; use a loopback address, or accept it with --insecure`,
    );
}

function readSecret(file: string, token: string): Uint8Array {
  if (file === '') return utf8Encode(`reknit cluster secret of ${token}`);
  try {
    const secret = readFileSync(file);
    if (secret.length < 16)
      throw new FlagError(`the secret in ${file} is shorter than 16 bytes: make one with  head -c 32 /dev/urandom > ${file}`);
    return secret;
  } catch (error) {
    if (error instanceof FlagError) throw error;
    throw new FlagError(`cannot read --secret-file ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
