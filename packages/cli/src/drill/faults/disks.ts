// Faults of a node's disk: slow, full, failing, and rotten while nobody looks.
import { closeSync, fstatSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../../cli-error.js';
import { nodeDirectory } from '../../cluster/layout.js';
import { type DrillFault, nothingToUndo } from './drill-fault.js';
import { CRASH } from './signals.js';
import { throwSwitch } from './throw-switch.js';

const SLOW_MS = 12_000;
/** A hundred times what a sync takes. */
const DELAY_MS = 700;
const FULL_MS = 8000;

export const SLOW_DISK: DrillFault = {
  kind: 'slow-disk',
  deed: `each sync of its log takes ${DELAY_MS} ms longer, for ${SLOW_MS / 1000} s`,
  right: 'slow-disk',
  response: 'outlast',
  strike: (cluster, { name }) => throwSwitch(cluster, name, { kind: 'slow-disk', delayMs: DELAY_MS, ms: SLOW_MS }),
  relent: nothingToUndo,
};

export const FULL_DISK: DrillFault = {
  kind: 'full-disk',
  deed: `no room on its disk, for ${FULL_MS / 1000} s`,
  right: 'disk-full',
  response: 'outlast',
  strike: (cluster, { name }) => throwSwitch(cluster, name, { kind: 'full-disk', ms: FULL_MS }),
  relent: nothingToUndo,
};

/** It ends at once, as it has to: what the page cache says after a failed sync is worth nothing. */
export const FAILED_SYNC: DrillFault = {
  kind: 'failed-sync',
  deed: 'the next sync of its log fails',
  right: 'crash',
  response: 'heal',
  strike: (cluster, { name }) => throwSwitch(cluster, name, { kind: 'failed-sync' }),
  relent: nothingToUndo,
};

/** Struck while it is down, in what it acknowledged long ago. */
export const ROT: DrillFault = {
  kind: 'rot',
  deed: 'SIGKILL, and a byte of its log changes at rest',
  right: 'corruption',
  response: 'heal',
  strike: async (cluster, victim) => {
    rotten(join(nodeDirectory(cluster.dataDir, victim.name), 'wal'));
    await CRASH.strike(cluster, victim);
  },
  relent: nothingToUndo,
};

/** Changes a byte in the first half of what the newest segment holds. */
function rotten(logDirectory: string): void {
  const [newest] = readdirSync(logDirectory)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .reverse();
  if (newest === undefined)
    throw new CliError(
      `there is no log in ${logDirectory}`,
      'the node has written nothing yet: let it work before it is drilled',
    );
  const file = openSync(join(logDirectory, newest), 'r+');
  try {
    const at = lastWritten(file, fstatSync(file).size) / 2;
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, Math.floor(at));
    byte[0] = byte[0]! ^ 0xff;
    writeSync(file, byte, 0, 1, Math.floor(at));
  } finally {
    closeSync(file);
  }
}

const SCAN_BYTES = 1 << 20;

/** Segments are prepared with zeroes: where the last byte stands that is none. */
function lastWritten(file: number, size: number): number {
  const piece = Buffer.alloc(SCAN_BYTES);
  for (let from = Math.max(0, size - SCAN_BYTES); ; from = Math.max(0, from - SCAN_BYTES)) {
    const read = readSync(file, piece, 0, SCAN_BYTES, from);
    for (let at = read - 1; at >= 0; at--) if (piece[at] !== 0) return from + at;
    if (from === 0) return 0;
  }
}
