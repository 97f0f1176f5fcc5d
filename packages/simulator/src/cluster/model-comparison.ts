import { toBinaryString } from '@reknit/base';
import { createRangeRequest } from '@reknit/etcd-api';
import type { KeySpace } from '@reknit/mvcc';
import type { KeySpaceModel } from '../model/key-space-model.js';

const EVERYTHING = createRangeRequest({ key: new Uint8Array(1), rangeEnd: new Uint8Array(1) });

/** @returns the first difference between what a member holds and what the decided requests mean */
export function compareWithModel(space: KeySpace, model: KeySpaceModel): string | undefined {
  if (space.revision !== model.history.last) return `revision ${space.revision} instead of ${model.history.last}`;
  const range = space.range(EVERYTHING);
  if (!range.ok) return range.error;
  const leases = [...space.leases].map(({ id }) => id);
  if (leases.length !== model.leases.size || !leases.every((id) => model.leases.has(id)))
    return `leases ${leases.join()} instead of ${[...model.leases.keys()].join()}`;
  if (range.value.kvs.length !== model.keys.size) return `${range.value.kvs.length} keys instead of ${model.keys.size}`;
  for (const { key: bytes, value, createRevision, modRevision, version, lease } of range.value.kvs) {
    const key = toBinaryString(bytes);
    const expected = model.keys.get(key);
    const held = { value: toBinaryString(value), createRevision, modRevision, version, lease };
    if (textOf(held) !== textOf(expected)) return `${key} is ${textOf(held)} instead of ${textOf(expected)}`;
  }
  return undefined;
}

const textOf = (version: object | undefined): string =>
  version === undefined ? 'absent' : Object.values(version).join(', ').slice(0, 200);
