// What every group keeps beside its keys: the stage that it is in, once that is not the first, and, in `_system`, the
// cluster's configuration. Durable with the state, part of its snapshots.
import { MalformedBytesError, utf8Decode, utf8Encode } from '@reknit/base';
import type { Stage } from '@reknit/consensus';
import type { KeySpace } from '@reknit/mvcc';
import { type Configuration, configurationOf, FORMAT } from './record.js';

/** A stage, and where it began. */
export interface StageRecord {
  readonly stage: Stage;
  /** Index of the stop-sign that began it; 0 for the first. */
  readonly start: number;
  /** The stage before: for a start between the stop-sign and the durable beginning. */
  readonly previous: Pick<StageRecord, 'stage' | 'start'> | undefined;
}

export interface GroupRecord {
  /** Undefined in the stage that the genesis began. */
  readonly stage: StageRecord | undefined;
  /** Undefined at version 0. */
  readonly configuration: Configuration | undefined;
}

const EMPTY: GroupRecord = { stage: undefined, configuration: undefined };

/** As of the last entry applied. Throws MalformedBytesError when it was written by another version. */
export function groupRecordOf(space: KeySpace): GroupRecord {
  if (space.configuration.length === 0) return EMPTY;
  const { stage, configuration } = parse(space.configuration);
  return {
    // Written by `writeGroupRecord` alone, and covered by the state's checksum.
    stage: stage as StageRecord | undefined,
    configuration: configuration === undefined ? undefined : configurationOf(configuration),
  };
}

export function writeGroupRecord(space: KeySpace, { stage, configuration }: GroupRecord): void {
  const kept = configuration === undefined ? undefined : { format: FORMAT, ...configuration };
  space.configure(utf8Encode(JSON.stringify({ stage, configuration: kept })));
}

function parse(bytes: Uint8Array): { readonly stage?: unknown; readonly configuration?: unknown } {
  try {
    return Object(JSON.parse(utf8Decode(bytes)));
  } catch {
    throw new MalformedBytesError('a group keeps a record of another version');
  }
}
