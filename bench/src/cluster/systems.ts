// What is measured: Reknit, and its peers as Debian packages them. A peer that is not installed is named with its cure.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Dialect } from '../load/calls-of.js';
import { zooKeeper } from '../zookeeper/system.js';

/** Reknit with its default protocol, which is Raft, and with the others. */
export type ReknitName = 'reknit' | 'reknit-paxos' | 'reknit-zab';
export type SystemName = ReknitName | 'etcd' | 'etcd-tuned' | 'zookeeper';

export interface MemberPlace {
  readonly name: string;
  readonly directory: string;
  readonly clientPort: number;
  readonly peerPort: number;
  /** Only ZooKeeper has one. */
  readonly electionPort: number;
}

export interface System {
  readonly name: SystemName;
  readonly dialect: Dialect;
  readonly version: string;
  /** By how many an election raises the term: Paxos' ballots belong each to a proposer, and are as far apart as there are members. */
  readonly termsAnElection: 'one' | 'up-to-members';
  readonly file: string;
  /** With which one member is started. */
  readonly words: (self: MemberPlace, all: readonly MemberPlace[]) => readonly string[];
  /** What must lie in its directory before the first start. */
  readonly prepare: (self: MemberPlace, all: readonly MemberPlace[]) => void;
}

export interface Tool {
  readonly file: string;
  readonly install: string;
}

export const H2LOAD: Tool = { file: 'h2load', install: 'apt-get install nghttp2-client' };
const ETCD: Tool = { file: 'etcd', install: 'apt-get install etcd-server' };
const REKNIT = fileURLToPath(new URL('../../../packages/cli/dist/main.js', import.meta.url));

export interface SystemOptions {
  /** Of Node.js, for Reknit's members. */
  readonly nodeFlags: readonly string[];
  /** The jars of another ZooKeeper than Debian's. */
  readonly zooKeeper: string | undefined;
}

export function findSystem(name: SystemName, options: SystemOptions): System | Tool {
  if (name === 'reknit' || name === 'reknit-paxos' || name === 'reknit-zab') return reknit(name, options.nodeFlags);
  if (name === 'zookeeper') return zooKeeper(options.zooKeeper);
  if (!isInstalled(ETCD)) return ETCD;
  const timing = name === 'etcd' ? {} : { 'heartbeat-interval': '10', 'election-timeout': '100' };
  return {
    name,
    version: firstLine(ETCD.file, '--version').replace(/^\w+ Version: /, ''),
    dialect: 'etcd',
    termsAnElection: 'one',
    file: ETCD.file,
    words: (self, all) => memberFlags(self, all, { ...timing, logger: 'zap', 'log-level': 'error' }),
    prepare: () => {},
  };
}

export const describeMissing = ({ file, install }: Tool): string => `${file} is missing, and left out. To install it: ${install}`;

export const isFound = (found: System | Tool): found is System => 'dialect' in found;

export const isInstalled = (tool: Tool): boolean => spawnSync(tool.file, ['--version'], { stdio: 'ignore' }).error === undefined;

export const firstLine = (file: string, ...words: readonly string[]): string =>
  (spawnSync(file, words, { encoding: 'utf8' }).stdout ?? '').split('\n')[0]!.trim();

/** The flags of one member, in etcd's syntax, which is Reknit's too. */
function memberFlags(self: MemberPlace, all: readonly MemberPlace[], more: Readonly<Record<string, string>>): readonly string[] {
  const peerUrl = (place: MemberPlace): string => `http://127.0.0.1:${place.peerPort}`;
  const flags = {
    name: self.name,
    'data-dir': self.directory,
    'listen-client-urls': `http://127.0.0.1:${self.clientPort}`,
    'advertise-client-urls': `http://127.0.0.1:${self.clientPort}`,
    'listen-peer-urls': peerUrl(self),
    'initial-advertise-peer-urls': peerUrl(self),
    'initial-cluster': all.map((place) => `${place.name}=${peerUrl(place)}`).join(','),
    ...more,
  };
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

/** The launcher is left out: it would build again in the middle of a run when a source was edited. */
function reknit(name: ReknitName, nodeFlags: readonly string[]): System | Tool {
  if (!existsSync(REKNIT)) return { file: REKNIT, install: 'npm run build' };
  const version = firstLine(process.execPath, REKNIT, 'node', '--version').replace(/^\w+ Version: /, '');
  const protocol = name === 'reknit' ? 'raft' : name.slice('reknit-'.length);
  return {
    name,
    version,
    dialect: 'etcd',
    termsAnElection: protocol === 'paxos' ? 'up-to-members' : 'one',
    file: process.execPath,
    words: (self, all) => [...nodeFlags, REKNIT, 'node', ...memberFlags(self, all, { protocol, 'log-level': 'warn' })],
    prepare: () => {},
  };
}
