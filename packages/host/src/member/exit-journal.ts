// Why a member's process ended, for whoever finds it gone: written at every end that the process itself knows of. After a
// kill there is none, or one of an earlier life, which the boot id tells apart.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ExitRecord {
  readonly bootId: string;
  readonly pid: number;
  /** Wall clock, milliseconds. */
  readonly at: number;
  readonly reason: string;
}

/** Best effort: an end is never held up by it. */
export function writeExitRecord(dataDirectory: string, life: Omit<ExitRecord, 'pid'>): void {
  const record: ExitRecord = { ...life, pid: process.pid };
  try {
    mkdirSync(dataDirectory, { recursive: true });
    writeFileSync(join(dataDirectory, 'exit.json'), `${JSON.stringify(record)}\n`, { mode: 0o600 });
  } catch {
    // The disk may be what ends this process.
  }
}
