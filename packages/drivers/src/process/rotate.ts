// Output logs that do not grow for ever. A component writes through a descriptor that it was given once and that outlives
// the agent, so the file itself must stay: it is copied, then emptied in place, and the component, which appends, goes
// on at its beginning.
//
// Surprising: what is written between the last copied byte and the emptying is lost. That is a few microseconds, since
// the copy goes on until there is nothing more to read.
import { closeSync, copyFileSync, ftruncateSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import type { OutputLog } from './component.js';

const CHUNK_BYTES = 64 * 1024;

/** @returns whether it was too large, and was set aside */
export function rotate(file: string, { bytesMax, keep }: Pick<OutputLog, 'bytesMax' | 'keep'>): boolean {
  if (sizeOf(file) <= bytesMax) return false;
  if (keep > 0) {
    rmSync(`${file}.${keep}`, { force: true });
    for (let at = keep - 1; at >= 1; at--) if (sizeOf(`${file}.${at}`) >= 0) renameSync(`${file}.${at}`, `${file}.${at + 1}`);
    copyFileSync(file, `${file}.1`);
  }
  emptyAfter(file, keep > 0 ? `${file}.1` : undefined);
  return true;
}

function emptyAfter(file: string, copy: string | undefined): void {
  const source = openSync(file, 'r+');
  const target = copy === undefined ? undefined : openSync(copy, 'a');
  try {
    if (target !== undefined) appendRest(source, target, sizeOf(copy!));
    ftruncateSync(source, 0);
  } finally {
    closeSync(source);
    if (target !== undefined) closeSync(target);
  }
}

/** What came while it was copied. */
function appendRest(source: number, target: number, from: number): void {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let position = from; ; ) {
    const length = readSync(source, chunk, 0, CHUNK_BYTES, position);
    if (length === 0) return;
    writeSync(target, chunk, 0, length);
    position += length;
  }
}

/** -1 when there is none. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? -1;
}
