// What a node leaves on the disk of its machine: the exit journal, and the last line of its log.
import { utf8Decode } from '@reknit/base';
import type { ExitMark, StoreAlarm } from '@reknit/recovery';
import { type Disk, DiskError } from '@reknit/runtime';
import type { NodeAlarm } from './node-vitals.js';

const EXIT_FILE_BYTES_MAX = 4096;
const LOG_TAIL_BYTES = 4096;
const LAST_WORDS_MAX = 240;

export function readExitMark(disk: Disk, dataDirectory: string): ExitMark | undefined {
  const text = readEnd(disk, `${dataDirectory}/exit.json`, EXIT_FILE_BYTES_MAX);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isExitMark(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The tombstone of a member that was removed from its cluster. */
export function readRemoval(disk: Disk, dataDirectory: string): string | undefined {
  const tombstone = readEnd(disk, `${dataDirectory}/removed.json`, EXIT_FILE_BYTES_MAX);
  return tombstone === undefined
    ? undefined
    : 'its member was removed from the cluster, and joins again only with an empty directory';
}

export function readLastWords(disk: Disk, logFile: string): string | undefined {
  const last = readLastLine(disk, logFile);
  if (last === undefined) return undefined;
  const { msg } = parseRefusal(last) ?? {};
  return (msg ?? last).slice(0, LAST_WORDS_MAX);
}

/** As an alarm of the store, where its last line says that it cannot start, and why; undefined for any other end. */
export function readRefusal(disk: Disk, logFile: string): NodeAlarm | undefined {
  const refusal = parseRefusal(readLastLine(disk, logFile) ?? '');
  const alarm = refusal === undefined ? undefined : ALARM_BY_CODE[refusal.code];
  return refusal === undefined || alarm === undefined ? undefined : { alarm, member: undefined, detail: refusal.msg };
}

/**
 * Codes of `StartError`. Left out are those that speak neither of its data nor of its configuration: somebody else holds the
 * directory, or it was removed.
 */
const ALARM_BY_CODE: Readonly<Record<string, StoreAlarm>> = {
  usage: 'config',
  'data-directory-unusable': 'config',
  'data-directory-foreign': 'wrong-directory',
  'data-directory-damaged': 'rot',
  'cluster-already-initialised': 'wrong-directory',
  'protocol-differs': 'config',
  'name-not-in-cluster': 'config',
  'log-damaged': 'rot',
  'lost-write': 'lost-write',
  'wrong-secret': 'config',
  'insecure-address': 'config',
};

/** The line by which a member says that it cannot start. */
function parseRefusal(line: string): { readonly code: string; readonly msg: string } | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { level, code, msg } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return level === 'error' && typeof code === 'string' && typeof msg === 'string' ? { code, msg } : undefined;
  } catch {
    return undefined;
  }
}

function readLastLine(disk: Disk, logFile: string): string | undefined {
  const last = readEnd(disk, logFile, LOG_TAIL_BYTES)?.trimEnd().split('\n').at(-1);
  return last === '' ? undefined : last;
}

function readEnd(disk: Disk, path: string, bytesMax: number): string | undefined {
  try {
    const file = disk.open(path, 'read');
    try {
      const size = file.size();
      const length = Math.min(size, bytesMax);
      return utf8Decode(file.read(size - length, length));
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof DiskError) return undefined;
    throw error;
  }
}

function isExitMark(value: unknown): value is ExitMark {
  if (typeof value !== 'object' || value === null) return false;
  const { bootId, pid, at, reason } = value as Record<string, unknown>;
  return typeof bootId === 'string' && typeof pid === 'number' && typeof at === 'number' && typeof reason === 'string';
}
