// The entry that changes the cluster's configuration: a comparison of versions, so that every member does the same with it.
import type { KeySpace } from '@reknit/mvcc';
import { groupRecordOf, writeGroupRecord } from '../configuration/group-record.js';
import { type Configuration, decodeEntry } from '../configuration/record.js';

export interface ConfigurationResult {
  readonly kind: 'configuration';
  /** Undefined: the record had changed since the entry was proposed. */
  readonly taken: Configuration | undefined;
}

const OVERTAKEN: ConfigurationResult = { kind: 'configuration', taken: undefined };

/** Throws MalformedBytesError. */
export function applyConfiguration(space: KeySpace, request: Uint8Array): ConfigurationResult {
  const { expected, next } = decodeEntry(request);
  const record = groupRecordOf(space);
  if (expected !== (record.configuration?.version ?? 0)) return OVERTAKEN;
  writeGroupRecord(space, { ...record, configuration: next });
  return { kind: 'configuration', taken: next };
}
