// Reads what is appended to a log, whole line by whole line, through rotation: by rename (the old file is read to its end, then
// the new one from its beginning) and by truncation in place (a file that shrank begins anew).
//
// Surprising: a writer that outruns the reader is not caught up with. At most a megabyte is read at a time, the newest; what was
// passed over is told. Reads are synchronous: logs lie on local disks. A file that is truncated and has grown beyond the old place before the next look is not noticed.
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import type { LogTail, TailChunk, TailPosition } from '@reknit/recovery';

/** Some ten thousand lines: judged in a few milliseconds. */
const READ_BYTES_MAX = 1024 * 1024;
/** A longer line is handed on in its beginning only. */
const LINE_BYTES_MAX = 64 * 1024;
const NEWLINE = 0x0a;

interface Open {
  readonly descriptor: number;
  readonly file: number;
  offset: number;
  /** Of the last line, while it has no end. */
  partial: Buffer;
  /** Its beginning was passed over, or handed on already. */
  isMidLine: boolean;
}

export function createLogTail(path: string, from: TailPosition | 'end'): LogTail {
  return new FileTail(path, from);
}

class FileTail implements LogTail {
  readonly #path: string;
  #open: Open | undefined;

  constructor(path: string, from: TailPosition | 'end') {
    this.#path = path;
    this.#open = openLog(path);
    if (this.#open === undefined) return;
    const size = fstatSync(this.#open.descriptor).size;
    this.#open.offset = placeIn(this.#open.file, size, from);
  }

  read(): TailChunk {
    this.#open ??= openLog(this.#path);
    if (this.#open === undefined) return { lines: [], skippedBytes: 0, position: undefined };
    const first = readNew(this.#open);
    if (!this.#wasReplaced(this.#open)) return { ...first, position: positionOf(this.#open) };
    const rest = this.#open.partial;
    this.close();
    this.#open = openLog(this.#path);
    const second = this.#open === undefined ? { lines: [], skippedBytes: 0 } : readNew(this.#open);
    return {
      lines: [...first.lines, ...(rest.length > 0 ? [rest.toString()] : []), ...second.lines],
      skippedBytes: first.skippedBytes + second.skippedBytes,
      position: this.#open === undefined ? undefined : positionOf(this.#open),
    };
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  /** By another file of this name; that there is none for a moment is part of a rotation. */
  #wasReplaced({ file }: Open): boolean {
    const now = look(this.#path);
    return now?.isFile() === true && now.ino !== file;
  }
}

const positionOf = ({ file, offset, partial }: Open): TailPosition => ({ file, offset: offset - partial.length });

/** Where to begin in a file that is there already. */
function placeIn(file: number, size: number, from: TailPosition | 'end'): number {
  if (from === 'end') return size;
  return from.file === file && from.offset <= size ? from.offset : 0;
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Plain files only: a pipe would take its lines away from others, and a directory has none. */
function openLog(path: string): Open | undefined {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (stats.isFile()) return { descriptor, file: stats.ino, offset: 0, partial: Buffer.alloc(0), isMidLine: false };
    closeSync(descriptor);
  } catch {
    // Not there yet, or not to be read: looked for again.
  }
  return undefined;
}

function readNew(open: Open): { readonly lines: readonly string[]; readonly skippedBytes: number } {
  const size = fstatSync(open.descriptor).size;
  if (size < open.offset) beginAt(open, 0, false);
  const skippedBytes = Math.max(0, size - open.offset - READ_BYTES_MAX);
  if (skippedBytes > 0) beginAt(open, size - READ_BYTES_MAX, true);
  const chunk = Buffer.alloc(size - open.offset);
  const length = chunk.length === 0 ? 0 : readSync(open.descriptor, chunk, 0, chunk.length, open.offset);
  open.offset += length;
  return { lines: takeLines(open, chunk.subarray(0, length)), skippedBytes };
}

function beginAt(open: Open, offset: number, isMidLine: boolean): void {
  open.offset = offset;
  open.partial = Buffer.alloc(0);
  open.isMidLine = isMidLine;
}

function takeLines(open: Open, chunk: Buffer): readonly string[] {
  const bytes = open.partial.length === 0 ? chunk : Buffer.concat([open.partial, chunk]);
  const lines: string[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    if (!open.isMidLine) lines.push(bytes.toString('utf8', start, Math.min(end, start + LINE_BYTES_MAX)));
    open.isMidLine = false;
    start = end + 1;
  }
  open.partial = Buffer.from(bytes.subarray(start));
  if (open.partial.length <= LINE_BYTES_MAX) return lines;
  if (!open.isMidLine) lines.push(open.partial.toString('utf8', 0, LINE_BYTES_MAX));
  open.partial = Buffer.alloc(0);
  open.isMidLine = true;
  return lines;
}
