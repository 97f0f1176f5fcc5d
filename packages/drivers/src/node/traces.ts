// What a node leaves on the disk of its machine: the exit journal, and the last line of its log.
import { utf8Decode } from '@reknit/base';
import type { ExitMark } from '@reknit/recovery';
import { type Disk, DiskError } from '@reknit/runtime';

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
  const lines = readEnd(disk, logFile, LOG_TAIL_BYTES)?.trimEnd().split('\n') ?? [];
  const last = lines.at(-1);
  return last === undefined || last === '' ? undefined : last.slice(0, LAST_WORDS_MAX);
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
