import { SECTOR_BYTES } from './layout.js';

export function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}

/** End of the last sector from `from` on that holds anything; `from` when there is none. `from` is a sector's start. */
export function contentEnd(bytes: Uint8Array, from: number): number {
  let end = bytes.length;
  while (end > from && bytes[end - 1] === 0) end--;
  return end === from ? from : Math.min(bytes.length, from + Math.ceil((end - from) / SECTOR_BYTES) * SECTOR_BYTES);
}
