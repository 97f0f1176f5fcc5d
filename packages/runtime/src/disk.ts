// Files as the log needs them. Reads and metadata are synchronous (opening, recovery, catch-up in bounded slices);
// the one call on the hot path, `writeAndSync`, is asynchronous and runs off the event loop.

export type DiskErrorCode = 'not-found' | 'exists' | 'no-space' | 'not-permitted' | 'io';

/** An operational fault of the disk. After a failed sync the page cache no longer tells what the disk holds. */
export class DiskError extends Error {
  override readonly name: string = 'DiskError';
  readonly code: DiskErrorCode;
  readonly path: string;

  constructor(code: DiskErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

export interface DiskFile {
  readonly path: string;
  size(): number;
  /** Up to `length` bytes from `offset`; shorter at the end of the file. The result is the caller's. */
  read(offset: number, length: number): Uint8Array;
  /** Into the page cache: lost at a crash until `sync` returns. */
  write(offset: number, data: Uint8Array): void;
  /** Durable when it returns; throws DiskError, after which the file must not be used. */
  sync(): void;
  /**
   * Writes the chunks one after the other from `offset` and makes them durable, off the event loop. One call may be
   * under way per file. The chunks must not change until `done`. After an error the file must not be used.
   */
  writeAndSync(offset: number, chunks: readonly Uint8Array[], done: (error: DiskError | undefined) => void): void;
  /** Grows the file to `size` with zeroes that occupy real space, so that later writes within it cannot meet a full disk. */
  preallocate(size: number): void;
  truncate(size: number): void;
  close(): void;
}

export interface Disk {
  /** With its parents; mode 0700. What it creates is durable when it returns. */
  makeDirectory(path: string): void;
  /** Names, sorted. Throws not-found. */
  list(path: string): readonly string[];
  exists(path: string): boolean;
  /** 'read' and 'write' need the file to exist, 'create' needs it not to. 'write' and 'create' can read too. */
  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile;
  /** Atomic; durable once both directories are synced. */
  rename(from: string, to: string): void;
  /** A file, or an empty directory. */
  remove(path: string): void;
  /** Makes creations, renames and removals within `path` durable. */
  syncDirectory(path: string): void;
  /** Bytes that this process may still write below `path`. */
  freeBytes(path: string): number;
  /** Exclusive for this process until it ends; false when another living process holds it. */
  lock(path: string): boolean;
}
