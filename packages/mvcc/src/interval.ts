// etcd's way to name a set of keys: no range end means one key, a single zero byte means all from the key on.
import { toBinaryString } from '@reknit/base';
import type { KeyInterval } from './key-scan.js';

export type KeySelection =
  | { readonly kind: 'point'; readonly key: string }
  | { readonly kind: 'interval'; readonly interval: KeyInterval }
  | { readonly kind: 'nothing' };

export const selectsNothing = (key: Uint8Array, rangeEnd: Uint8Array): boolean => select(key, rangeEnd).kind === 'nothing';

export function select(key: Uint8Array, rangeEnd: Uint8Array): KeySelection {
  const from = toBinaryString(key);
  if (rangeEnd.length === 0) return { kind: 'point', key: from };
  if (rangeEnd.length === 1 && rangeEnd[0] === 0) return { kind: 'interval', interval: { from, to: undefined } };
  const to = toBinaryString(rangeEnd);
  return to <= from ? { kind: 'nothing' } : { kind: 'interval', interval: { from, to } };
}
