// What a local cluster is: written to DIR/cluster.json when it is made and never changed after, so that every later `up` runs
// the same cluster. Beside it stand the secret, one data directory and one log per node, and the agent's own directory.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ProtocolName } from '@reknit/host/embedded';
import { CliError, systemReason } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { spokenBytes } from '../output/words.js';

/** Those of the store, which is not loaded for a command's help. */
export const PROTOCOLS: readonly ProtocolName[] = ['raft', 'paxos', 'zab'];
export type Protocol = ProtocolName;

export interface LayoutNode {
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
}

export interface Layout {
  readonly format: 1;
  readonly purpose: 'cluster' | 'demo';
  readonly nodes: readonly LayoutNode[];
  readonly protocol: Protocol;
  /** Tells this cluster from every other that has the same URLs. */
  readonly token: string;
  readonly clientPort: number;
  readonly portStep: number;
  readonly dashboardPort: number;
  /** Where the engine keeps its records, `http://host:port,…`. Default: in the cluster's own keyspace `_system`. */
  readonly store?: string;
}

export interface LayoutSettings {
  readonly nodes: number;
  readonly protocol: Protocol;
  readonly clientPort: number;
  readonly portStep: number;
  readonly dashboardPort: number;
  readonly store?: string;
}

export const LAYOUT_DEFAULTS: LayoutSettings = {
  nodes: 3,
  protocol: 'raft',
  clientPort: 2379,
  portStep: 10,
  dashboardPort: 7400,
};

const SECRET_BYTES = 32;
/** Two segments of the log, of 64 MiB each, stand before the first write; the rest is for what follows. */
const NODE_BYTES_MIN = 160 * 1024 * 1024;

const layoutPath = (dataDir: string): string => join(dataDir, 'cluster.json');
export const secretPath = (dataDir: string): string => join(dataDir, 'secret');
export const nodeDirectory = (dataDir: string, name: string): string => join(dataDir, name);
export const nodeLog = (dataDir: string, name: string): string => join(dataDir, `${name}.log`);
export const clientUrl = (node: LayoutNode): string => `http://127.0.0.1:${node.clientPort}`;
export const peerUrl = (node: LayoutNode): string => `http://127.0.0.1:${node.peerPort}`;
export const clientUrls = (layout: Layout): readonly string[] => layout.nodes.map(clientUrl);

export function planLayout(settings: LayoutSettings, purpose: Layout['purpose']): Layout {
  const { nodes: count, protocol, clientPort, portStep, dashboardPort, store } = settings;
  const nodes = Array.from({ length: count }, (_, at) => {
    const port = clientPort + at * portStep;
    return { name: `n${at + 1}`, clientPort: port, peerPort: port + 1 };
  });
  const token = `reknit-${randomBytes(8).toString('hex')}`;
  const records = store === undefined ? {} : { store };
  return { format: 1, purpose, nodes, protocol, token, clientPort, portStep, dashboardPort, ...records };
}

/** Undefined when there is no cluster in this directory. */
export function readLayout(dataDir: string): Layout | undefined {
  const text = readIfThere(layoutPath(dataDir));
  if (text === undefined) return undefined;
  const layout = parse(text);
  if (layout !== undefined) return layout;
  throw new CliError(
    `${layoutPath(dataDir)} does not describe a cluster of this version`,
    'restore the file, or choose another directory with --data',
    EXIT.usage,
  );
}

function parse(text: string): Layout | undefined {
  try {
    const value: Partial<Layout> | null = JSON.parse(text);
    return value !== null && value.format === 1 && Array.isArray(value.nodes) ? (value as Layout) : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the directory of a new cluster, whole or not at all. */
export function writeLayout(dataDir: string, layout: Layout): void {
  refuseForeign(dataDir);
  refuseFull(dataDir, layout.nodes.length);
  const made = makeDirectory(dataDir);
  const draft = `${layoutPath(dataDir)}.new`;
  try {
    writeFileSync(draft, `${JSON.stringify(layout, null, 2)}\n`);
    writeFileSync(secretPath(dataDir), randomBytes(SECRET_BYTES), { mode: 0o600, flag: 'wx' });
    renameSync(draft, layoutPath(dataDir));
  } catch (error) {
    rmSync(draft, { force: true });
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
    throw cannotWrite(dataDir, error);
  }
}

/** What a cluster consists of, without the layout it belongs to: another cluster's, or the rest of one. */
function refuseForeign(dataDir: string): void {
  const entries = listIfThere(dataDir);
  const foreign = entries.find((name) => /^n\d+$/.test(name) || name === 'agent' || name === 'secret');
  if (foreign === undefined) return;
  throw new CliError(
    `${dataDir} holds "${foreign}" but no cluster.json: it is not a directory that "reknit up" made`,
    'choose another with --data',
    EXIT.usage,
  );
}

/** A node without room would end in the middle of its first start. */
function refuseFull(dataDir: string, nodes: number): void {
  const free = freeBytes(nearestExisting(resolve(dataDir)));
  const needed = nodes * NODE_BYTES_MIN;
  if (free === undefined || free >= needed) return;
  throw new CliError(
    `${dataDir} is on a disk with ${spokenBytes(free)} free, and ${nodes} nodes need ${spokenBytes(needed)} to begin`,
    'free some space there, or choose another directory with --data',
  );
}

const nearestExisting = (path: string): string => (existsSync(path) ? path : nearestExisting(dirname(path)));

function freeBytes(directory: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

/** @returns the topmost directory that had to be made */
function makeDirectory(dataDir: string): string | undefined {
  try {
    return mkdirSync(resolve(dataDir), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw cannotWrite(dataDir, error);
  }
}

export const cannotWrite = (path: string, error: unknown): CliError =>
  new CliError(
    `cannot write to ${path}: ${systemReason(error)}`,
    isFull(error) ? `free some space there, or choose another directory with --data` : 'choose another directory with --data',
    EXIT.failed,
    { cause: error },
  );

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new CliError(
      `cannot read ${path}: ${systemReason(error)}`,
      `choose another directory with --data, or mend ${dirname(path)}`,
    );
  }
}

function listIfThere(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

export type Given = Partial<LayoutSettings>;

/** What was asked for must be what is there: a cluster's shape is not changed by starting it again. */
export function refuseContradiction(dataDir: string, layout: Layout, given: Given): void {
  const is: LayoutSettings = { ...layout, nodes: layout.nodes.length };
  for (const [name, flag] of FLAGS) {
    const wanted = given[name];
    if (wanted === undefined || wanted === is[name]) continue;
    // The layout knows only with which protocol the cluster began; what it runs now, its members know.
    const [has, change] =
      name === 'protocol'
        ? ['began with', `change it while it runs with  reknit protocol switch ${wanted}`]
        : ['has', 'make another cluster with --data DIR'];
    throw new CliError(
      `the cluster in ${dataDir} ${has} ${is[name] === undefined ? `no ${flag}` : `${flag} ${is[name]}`}, not ${wanted}`,
      `leave ${flag} out to run it, or ${change}`,
      EXIT.usage,
    );
  }
}

const FLAGS: readonly (readonly [keyof LayoutSettings, string])[] = [
  ['nodes', '--nodes'],
  ['protocol', '--protocol'],
  ['clientPort', '--client-port'],
  ['portStep', '--port-step'],
  ['dashboardPort', '--dashboard-port'],
  ['store', '--store'],
];
