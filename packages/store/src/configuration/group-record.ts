// What every group keeps beside its keys: the stage that it is in, once that is not the first, the alarms that are raised, and,
// in `_system`, the cluster's configuration. Durable with the state, part of its snapshots.
import { MalformedBytesError, utf8Decode, utf8Encode } from '@reknit/base';
import type { NodeId, Stage } from '@reknit/consensus';
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

/** As etcd's, of this keyspace: while one is raised, some or all requests are refused. */
export interface Alarm {
  readonly member: NodeId;
  readonly kind: 'nospace' | 'corrupt';
}

export interface GroupRecord {
  /** Undefined in the stage that the genesis began. */
  readonly stage: StageRecord | undefined;
  /** Undefined at version 0. */
  readonly configuration: Configuration | undefined;
  readonly alarms: readonly Alarm[];
}

const EMPTY: GroupRecord = { stage: undefined, configuration: undefined, alarms: [] };

/** As of the last entry applied. Throws MalformedBytesError when it was written by another version. */
export function groupRecordOf(space: KeySpace): GroupRecord {
  if (space.configuration.length === 0) return EMPTY;
  const { stage, configuration, alarms = [] } = parse(space.configuration);
  return {
    // Written by `writeGroupRecord` alone, and covered by the state's checksum.
    stage: stage as StageRecord | undefined,
    alarms: alarms as readonly Alarm[],
    configuration: configuration === undefined ? undefined : configurationOf(configuration),
  };
}

export function writeGroupRecord(space: KeySpace, { stage, configuration, alarms }: GroupRecord): void {
  const kept = configuration === undefined ? undefined : { format: FORMAT, ...configuration };
  space.configure(utf8Encode(JSON.stringify({ stage, configuration: kept, ...(alarms.length > 0 ? { alarms } : {}) })));
}

function parse(bytes: Uint8Array): { readonly stage?: unknown; readonly configuration?: unknown; readonly alarms?: unknown } {
  try {
    return Object(JSON.parse(utf8Decode(bytes)));
  } catch {
    throw new MalformedBytesError('a group keeps a record of another version');
  }
}
