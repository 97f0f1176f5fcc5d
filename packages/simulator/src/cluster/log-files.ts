// The files of a member's log on its simulated disk, seen from outside.
import type { Machine, Prng } from '@reknit/runtime/simulated';

const SEGMENT_PATH = /wal-([0-9a-f]{16})\.log$/;
const SEGMENT_HEADER_BYTES = 512;

/** Over all lives; what is there no more was superseded, or needed by no group. */
export function countRemovedSegments({ disk }: Machine): number {
  const sequences = [...disk.tree.files('entries').keys()].flatMap((path) => {
    const match = SEGMENT_PATH.exec(path);
    return match === null ? [] : [Number.parseInt(match[1]!, 16)];
  });
  return Math.max(0, ...sequences) - sequences.length;
}

/** @returns undefined where there is none. 'not-last': in a segment behind which there is another one that is used */
export function anyLogByte(
  { disk }: Machine,
  prng: Prng,
  which: 'any' | 'not-last',
): { readonly path: string; readonly offset: number } | undefined {
  const used = [...disk.tree.files('entries')]
    .filter(([path]) => SEGMENT_PATH.test(path))
    .map(([path, inode]) => ({ path, end: endOf(inode.read(0, inode.size)) }))
    .filter(({ end }) => end > SEGMENT_HEADER_BYTES);
  const candidates = which === 'any' ? used : used.slice(0, -1);
  const chosen = candidates[prng.below(candidates.length)];
  if (chosen === undefined) return undefined;
  return { path: chosen.path, offset: SEGMENT_HEADER_BYTES + prng.below(chosen.end - SEGMENT_HEADER_BYTES) };
}

/** Behind the last byte that is not zero: a segment is preallocated. */
function endOf(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return end;
}
