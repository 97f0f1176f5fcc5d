// The agent's memory on its own disk: JSON lines, appended; what an act rests on is synced before the act. A torn last
// line is what a crash may leave and is cut; a damaged line elsewhere is skipped and counted, because each line is a
// fact of its own. The file is preallocated, so that a full disk does not stop the healing, and rotated before it is full.
//
// Surprising: the tail of the file is zeroes.
import { utf8Decode, utf8Encode } from '@reknit/base';
import { DiskError, type DiskFile, type Runtime } from '@reknit/runtime';
import { condense, emptyMemory, isJournalEntry, type JournalEntry, type Memory, remember } from './entries.js';

/** Holds hundreds of incidents; condensed it is a tenth of that. */
const FILE_BYTES = 2 * 1024 * 1024;
/** Rotation begins here: what is left bears many incidents, should rotation fail on a full disk. */
const ROTATE_AT_BYTES = FILE_BYTES / 2;
/** A rotation that failed is tried again after this much more: not at every line. */
const ROTATE_AGAIN_BYTES = 64 * 1024;
const NEWLINE = 10;

export class Journal {
  readonly memory: Memory;
  /** Lines that could not be read when the journal was opened. */
  readonly damagedLines: number;
  readonly #runtime: Runtime;
  readonly #directory: string;
  #file: DiskFile;
  #number: number;
  #end: number;
  #rotateAt: number;

  private constructor(runtime: Runtime, directory: string, opened: OpenedFile) {
    this.#runtime = runtime;
    this.#directory = directory;
    this.#file = opened.file;
    this.#number = opened.number;
    this.#end = opened.end;
    this.#rotateAt = rotationMark(opened.end);
    this.memory = opened.memory;
    this.damagedLines = opened.damaged;
  }

  /** The directory must be this process's own: the caller holds its lock. */
  static open(runtime: Runtime, directory: string): Journal {
    runtime.disk.makeDirectory(directory);
    return new Journal(runtime, directory, openNewest(runtime, directory));
  }

  /** What the journal in this directory says, changing nothing; undefined when there is none. For whoever has no agent to ask. */
  static peek(runtime: Pick<Runtime, 'disk'>, directory: string): Memory | undefined {
    const { disk } = runtime;
    const newest = disk.exists(directory) ? numbersIn(disk.list(directory)).at(-1) : undefined;
    if (newest === undefined) return undefined;
    const file = disk.open(pathOf(directory, newest), 'read');
    try {
      return readEntries(file).memory;
    } finally {
      file.close();
    }
  }

  /** In the page cache when it returns: survives the agent, not the machine. */
  note(entry: JournalEntry): void {
    remember(this.memory, entry);
    const line = encodeLine(entry);
    if (this.#end + line.length > this.#rotateAt) this.#rotate();
    this.#file.write(this.#end, line);
    this.#end += line.length;
  }

  /** Durable when it returns, with all that was noted before. After a failed sync the agent ends: its memory is in doubt. */
  commit(entry: JournalEntry): void {
    this.note(entry);
    this.sync();
  }

  sync(): void {
    try {
      this.#file.sync();
    } catch (error) {
      this.#runtime.fatal('the journal could not be synced', error);
    }
  }

  close(): void {
    this.#file.close();
  }

  /** The entry at hand is already in the memory, and written once more after the condensed journal: a fold bears that. */
  #rotate(): void {
    const next = this.#number + 1;
    try {
      const { file, end } = writeCondensed(this.#runtime, this.#directory, next, this.memory);
      this.#file.close();
      this.#runtime.disk.remove(pathOf(this.#directory, this.#number));
      this.#file = file;
      this.#number = next;
      this.#end = end;
      this.#rotateAt = rotationMark(end);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.#rotateAt += ROTATE_AGAIN_BYTES;
      this.#runtime.log.log('error', 'journal not rotated', { error: error.message });
    }
  }
}

interface OpenedFile {
  readonly file: DiskFile;
  readonly number: number;
  readonly end: number;
  readonly memory: Memory;
  readonly damaged: number;
}

/** Twice the condensed size at least, or a large memory would be rewritten at every line. */
const rotationMark = (condensed: number): number => Math.max(ROTATE_AT_BYTES, condensed * 2);
const encodeLine = (entry: JournalEntry): Uint8Array => utf8Encode(`${JSON.stringify(entry)}\n`);
const pathOf = (directory: string, number: number): string => `${directory}/journal-${number.toString().padStart(8, '0')}.jsonl`;
const numberOf = (name: string): number => Number(/^journal-(\d+)\.jsonl$/.exec(name)?.[1] ?? 0);

const numbersIn = (names: readonly string[]): readonly number[] =>
  names
    .map(numberOf)
    .filter((number) => number > 0)
    .sort((a, b) => a - b);

function openNewest(runtime: Runtime, directory: string): OpenedFile {
  const numbers = numbersIn(runtime.disk.list(directory));
  const newest = numbers.at(-1);
  if (newest === undefined)
    return { ...writeCondensed(runtime, directory, 1, emptyMemory()), number: 1, memory: emptyMemory(), damaged: 0 };
  for (const old of numbers.slice(0, -1)) runtime.disk.remove(pathOf(directory, old));
  const file = runtime.disk.open(pathOf(directory, newest), 'write');
  const { end, tornBytes, memory, damaged } = readEntries(file);
  file.write(end, new Uint8Array(tornBytes));
  return { file, number: newest, end, memory, damaged };
}

/** Complete under its final name or not there at all. */
function writeCondensed(runtime: Runtime, directory: string, number: number, memory: Memory): { file: DiskFile; end: number } {
  const draft = `${directory}/journal.new`;
  const { disk } = runtime;
  if (disk.exists(draft)) disk.remove(draft);
  const file = disk.open(draft, 'create');
  file.preallocate(FILE_BYTES);
  let end = 0;
  for (const entry of condense(memory)) {
    const line = encodeLine(entry);
    file.write(end, line);
    end += line.length;
  }
  file.sync();
  disk.rename(draft, pathOf(directory, number));
  disk.syncDirectory(directory);
  return { file, end };
}

function readEntries(file: DiskFile): { end: number; tornBytes: number; memory: Memory; damaged: number } {
  const bytes = file.read(0, file.size());
  const memory = emptyMemory();
  let damaged = 0;
  let at = 0;
  for (let newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, at)) {
    const entry = decodeLine(bytes.subarray(at, newline));
    if (entry === undefined) damaged++;
    else remember(memory, entry);
    at = newline + 1;
  }
  return { end: at, tornBytes: tornLength(bytes, at), memory, damaged };
}

/** Bytes of a last line without its end. */
function tornLength(bytes: Uint8Array, from: number): number {
  let end = bytes.length;
  while (end > from && bytes[end - 1] === 0) end--;
  return end - from;
}

function decodeLine(line: Uint8Array): JournalEntry | undefined {
  try {
    const value: unknown = JSON.parse(utf8Decode(line));
    return isJournalEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
