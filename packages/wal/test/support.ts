// A log on a simulated machine, and what tests say to it.
import { crc32c } from '@reknit/base';
import type { Disk, DiskError } from '@reknit/runtime';
import { createWorld, type DiskFaults, type Machine, type World } from '@reknit/runtime/simulated';
import {
  type GroupId,
  type GroupLog,
  type LogAppend,
  type LogEntry,
  type LogIdentity,
  openWal,
  type Wal,
  type WalOpened,
} from '../src/index.js';

export const DIRECTORY = '/data/wal';
export const INCARNATION = '00112233445566778899aabbccddeeff';

export const identityOf = (group: number, epoch: number = 1): LogIdentity => ({
  group: group as GroupId,
  branch: '0123456789abcdef',
  epoch,
});

export const entryOf = (
  index: number,
  round: number,
  payload: string | Uint8Array = `entry ${index} of round ${round}`,
): LogEntry => ({
  index,
  round,
  kind: 'normal',
  payload: typeof payload === 'string' ? new TextEncoder().encode(payload) : payload,
});

/** @param round whose leader proposed it first */
export const slotOf = (
  index: number,
  round: number,
  ballot: number,
  payload: string | Uint8Array = `slot ${index} of round ${round} at ballot ${ballot}`,
): LogEntry => ({ ...entryOf(index, round, payload), ballot });

export const appendOf = (group: number, change: Partial<LogAppend>): LogAppend => ({
  ...identityOf(group),
  truncateFrom: undefined,
  entries: [],
  hardState: undefined,
  ...change,
});

export class Bench {
  readonly world: World;
  readonly machine: Machine;
  readonly fatal: DiskError[] = [];
  readonly segmentBytes: number;
  cacheBytes: number = 0;

  constructor(options: { seed?: number; segmentBytes?: number; disk?: Partial<DiskFaults> } = {}) {
    this.world = createWorld({ seed: options.seed ?? 1, disk: options.disk ?? {} });
    this.machine = this.world.machine('m');
    this.segmentBytes = options.segmentBytes ?? 64 * 1024;
  }

  /** In a new process, after the end of the one before. */
  tryOpen({ incarnation = INCARNATION, endAfterCalls }: { incarnation?: string; endAfterCalls?: number } = {}): WalOpened {
    if (this.machine.state !== 'ended') this.machine.kill();
    const { clock, disk } = this.machine.boot();
    const { segmentBytes, cacheBytes } = this;
    const onFatal = (error: DiskError): void => void this.fatal.push(error);
    const runtime = { clock, disk: endAfterCalls === undefined ? disk : endingDisk(disk, endAfterCalls) };
    return openWal(runtime, { directory: DIRECTORY, incarnation, segmentBytes, cacheBytes, onFatal });
  }

  open(): Wal {
    const opened = this.tryOpen();
    if (!opened.ok) throw new Error(`refused: ${opened.hint} ${JSON.stringify(opened.damage)}`);
    return opened.wal;
  }

  /** Until nothing is left to happen. */
  settle(): void {
    while (this.world.step());
  }

  /** Appends and waits until it is durable. */
  write(wal: Wal, ...batch: readonly LogAppend[]): void {
    let durable = false;
    wal.append(batch, () => {
      durable = true;
    });
    while (!durable) if (!this.world.step()) throw new Error('never became durable');
  }

  setBase(wal: Wal, group: number, index: number, round: number): void {
    let durable = false;
    wal.setBase({ ...identityOf(group), index, round }, () => {
      durable = true;
    });
    while (!durable) if (!this.world.step()) throw new Error('never became durable');
  }

  beginEpoch(wal: Wal, identity: LogIdentity, start: number): void {
    let durable = false;
    wal.beginEpoch(identity, start, () => {
      durable = true;
    });
    while (!durable) if (!this.world.step()) throw new Error('never became durable');
  }

  /** Every file of the log as the kernel shows it. */
  files(): Map<string, Uint8Array> {
    const files = new Map<string, Uint8Array>();
    for (const [path, inode] of this.machine.disk.tree.files('entries')) files.set(path, inode.read(0, inode.size));
    return files;
  }

  /** Equal when every file is, byte for byte. */
  fingerprint(): string[] {
    return [...this.files()].map(([path, bytes]) => `${path} ${bytes.length} ${crc32c(bytes)}`);
  }

  /** The header of a segment as another version would have written it. */
  rewriteHeader(path: string, version: number): void {
    const header = this.files().get(path)!.slice(0, 512);
    const changed = header.slice();
    const view = new DataView(changed.buffer);
    view.setUint32(8, version, true);
    view.setUint32(508, crc32c(changed.subarray(0, 508)), true);
    for (let at = 0; at < header.length; at++) {
      if (header[at] !== changed[at]) this.machine.disk.corrupt(path, at, header[at]! ^ changed[at]!);
    }
  }

  segments(): string[] {
    return [...this.files().keys()].filter((path) => path.endsWith('.log'));
  }
}

/** Where in the files this text stands. */
export function find(bench: Bench, text: string): { path: string; offset: number } {
  const bytes = new TextEncoder().encode(text);
  for (const [path, file] of bench.files()) {
    for (let at = 0; at + bytes.length <= file.length; at++) {
      if (bytes.every((byte, position) => file[at + position] === byte)) return { path, offset: at };
    }
  }
  throw new Error(`not found: ${text}`);
}

/** The process ended here. */
export class Ended extends Error {}

/** A disk that serves this many calls, its files' calls included, and then is the end of the process. */
function endingDisk(disk: Disk, calls: number): Disk {
  let left = calls;
  const wrap = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (name !== 'close' && left-- <= 0) throw new Ended();
          const result: unknown = Reflect.apply(value, target, args);
          return name === 'open' ? wrap(result as object) : result;
        };
      },
    });
  return wrap(disk);
}

/** Beyond what is damaged, too. */
export const allReadable = (log: GroupLog): readonly string[] =>
  Array.from({ length: log.lastIndex }, (_, at) => log.read(at + 1, at + 1, 1)).flatMap((entries) =>
    entries.map(({ index, round, kind, payload }) => `${index}/${round}/${kind}/${new TextDecoder().decode(payload)}`),
  );

export const contentOf = (wal: Wal, group: number): string[] => {
  const log = wal.groups.get(group as GroupId)!;
  return log
    .read(log.base.index + 1, log.lastIndex, Number.MAX_SAFE_INTEGER)
    .map(({ index, round, kind, payload }) => `${index}/${round}/${kind}/${new TextDecoder().decode(payload)}`);
};
