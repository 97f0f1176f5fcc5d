// Whether ports are free, and who holds those that are not.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { ProcessComponent } from '@reknit/drivers';
import { CliError } from '../cli-error.js';
import type { Layout } from './layout.js';

const HOST = '127.0.0.1';

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** @param ours node names that live already: their ports are theirs */
export async function requireFreePorts(layout: Layout, ours: ReadonlySet<string>): Promise<void> {
  const ports = layout.nodes.filter((node) => !ours.has(node.name)).flatMap((node) => [node.clientPort, node.peerPort]);
  for (const port of ports) {
    if (!(await isFree(port)))
      throw inUse(port, 'end that process, or use other ports with --client-port (and --data for another cluster)');
  }
}

/** @param isOurs whether a process is one that an earlier agent of this directory started */
export async function requireFreeForComponents(
  components: readonly ProcessComponent[],
  isOurs: (pid: number) => boolean,
): Promise<void> {
  for (const { name, instances, ports } of components) {
    for (const port of ports.slice(0, instances)) {
      if (await isFree(port)) continue;
      const holder = holderOf(port);
      if (holder === undefined || !isOurs(holder.pid))
        throw inUse(port, `${name} was to have it: end that process, or give ${name} other ports`);
    }
  }
}

function inUse(port: number, cure: string): CliError {
  const holder = holderOf(port);
  const by = holder === undefined ? '' : ` by ${holder.name} (pid ${holder.pid})`;
  return new CliError(`port ${port} is already in use${by}`, cure);
}

/** The first base, `step` ports or more apart, at which every port of the layout is free. */
export async function freeBlock(first: number, count: number, portStep: number): Promise<number> {
  const width = count * portStep;
  for (let base = first; base + width < 65_536; base += Math.ceil(width / 100) * 100) {
    if (await areFree(base, count, portStep)) return base;
  }
  throw new CliError(`no block of free ports from ${first} up`, 'name a free one with --client-port');
}

async function areFree(base: number, count: number, portStep: number): Promise<boolean> {
  for (let at = 0; at < count; at++) {
    const port = base + at * portStep;
    if (!(await isFree(port)) || !(await isFree(port + 1))) return false;
  }
  return true;
}

export interface Holder {
  readonly pid: number;
  readonly name: string;
}

/** Through /proc, as far as this user may look; undefined elsewhere. */
export function holderOf(port: number): Holder | undefined {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listenersIn(`/proc/net/${table}`, port)));
  if (inodes.size === 0) return undefined;
  const pid = listed('/proc').find((entry) => /^\d+$/.test(entry) && holdsOneOf(entry, inodes));
  return pid === undefined ? undefined : { pid: Number(pid), name: commandOf(pid) };
}

const LISTEN = '0A';

function listenersIn(table: string, port: number): readonly string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = textOf(table).split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hexPort}`) && fields[3] === LISTEN)
    .map((fields) => `socket:[${fields[9]}]`);
}

const holdsOneOf = (pid: string, inodes: ReadonlySet<string>): boolean =>
  listed(`/proc/${pid}/fd`).some((fd) => inodes.has(linkOf(`/proc/${pid}/fd/${fd}`)));

function commandOf(pid: string): string {
  const words = textOf(`/proc/${pid}/cmdline`).split('\0');
  const name = words[0]?.split('/').at(-1) ?? '';
  if (name !== 'node') return name === '' ? textOf(`/proc/${pid}/comm`).trim() : name;
  const script = words.slice(1).find((word) => !word.startsWith('-'));
  return /\/reknit(\.mjs)?$|\/cli\/dist\/main\.js$/.test(script ?? '') ? 'reknit' : name;
}

function listed(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
