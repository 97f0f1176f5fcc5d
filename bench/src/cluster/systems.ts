// What is measured: Reknit, and its peers as Debian packages them. A peer that is not installed is named with its cure.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type SystemName = 'reknit' | 'etcd' | 'etcd-tuned';

export interface MemberPlace {
  readonly name: string;
  readonly directory: string;
  readonly clientPort: number;
  readonly peerPort: number;
}

export interface System {
  readonly name: SystemName;
  readonly version: string;
  readonly file: string;
  /** Before the flags that etcd and Reknit share. */
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string>>;
}

export interface Tool {
  readonly file: string;
  readonly install: string;
}

export const H2LOAD: Tool = { file: 'h2load', install: 'apt-get install nghttp2-client' };
const ETCD: Tool = { file: 'etcd', install: 'apt-get install etcd-server' };
const REKNIT = fileURLToPath(new URL('../../../packages/cli/dist/main.js', import.meta.url));

/** @param nodeFlags of Node.js, for Reknit's members */
export function findSystem(name: SystemName, nodeFlags: readonly string[] = []): System | Tool {
  if (name === 'reknit') return reknit(nodeFlags);
  if (!isInstalled(ETCD)) return ETCD;
  const timing = name === 'etcd' ? {} : { 'heartbeat-interval': '10', 'election-timeout': '100' };
  return {
    name,
    version: firstLine(ETCD.file, '--version').replace(/^\w+ Version: /, ''),
    file: ETCD.file,
    words: [],
    flags: { ...timing, logger: 'zap', 'log-level': 'error' },
  };
}

export const isInstalled = (tool: Tool): boolean => spawnSync(tool.file, ['--version'], { stdio: 'ignore' }).error === undefined;

export const firstLine = (file: string, ...words: readonly string[]): string =>
  (spawnSync(file, words, { encoding: 'utf8' }).stdout ?? '').split('\n')[0]!.trim();

/** The flags of one member, in etcd's syntax, which is Reknit's too. */
export function memberFlags(system: System, self: MemberPlace, all: readonly MemberPlace[]): readonly string[] {
  const peerUrl = (place: MemberPlace): string => `http://127.0.0.1:${place.peerPort}`;
  const flags = {
    name: self.name,
    'data-dir': self.directory,
    'listen-client-urls': `http://127.0.0.1:${self.clientPort}`,
    'advertise-client-urls': `http://127.0.0.1:${self.clientPort}`,
    'listen-peer-urls': peerUrl(self),
    'initial-advertise-peer-urls': peerUrl(self),
    'initial-cluster': all.map((place) => `${place.name}=${peerUrl(place)}`).join(','),
    ...system.flags,
  };
  return [...system.words, ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)];
}

/** The launcher is left out: it would build again in the middle of a run when a source was edited. */
function reknit(nodeFlags: readonly string[]): System | Tool {
  if (!existsSync(REKNIT)) return { file: REKNIT, install: 'npm run build' };
  const version = firstLine(process.execPath, REKNIT, 'node', '--version').replace(/^\w+ Version: /, '');
  return {
    name: 'reknit',
    version,
    file: process.execPath,
    words: [...nodeFlags, REKNIT, 'node'],
    flags: { 'log-level': 'warn' },
  };
}
