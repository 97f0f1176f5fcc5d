// What a watch is asked for, and what it delivers.
import {
  createWatchCreateRequest,
  createWatchRequest,
  type Event,
  encodeWatchRequest,
  FilterType,
  type KeyValue,
} from '@reknit/etcd-api';
import { type KeyInput, keyRange } from '../inputs.js';

export interface WatchInput extends KeyInput {
  /** The first revision wanted. Default: the one after the server's newest when the watch is made there; see `Watch.ready`. */
  readonly startRevision?: number;
  /** Each event brings the value that was there before. */
  readonly prevKv?: boolean;
  readonly ignore?: 'puts' | 'deletes';
  /** Batches without events too: "until this revision, nothing was missed". The server sends one now and then, and one when asked. */
  readonly progressNotify?: boolean;
}

export interface WatchEvent {
  readonly type: 'put' | 'delete';
  /** Of a delete: the key and the revision only. */
  readonly kv: KeyValue;
  /** With `prevKv`, unless there was none or it is compacted away. */
  readonly prevKv: KeyValue | undefined;
}

/** All that one revision did to the watched keys, or without events: everything up to this revision was delivered. */
export interface WatchBatch {
  readonly revision: number;
  readonly events: readonly WatchEvent[];
}

const DELETE = 1;

export function watchRequest(input: WatchInput, startRevision: number): Uint8Array {
  const filters = input.ignore === undefined ? [] : [input.ignore === 'puts' ? FilterType.NOPUT : FilterType.NODELETE];
  const createRequest = createWatchCreateRequest({
    ...keyRange(input),
    startRevision,
    prevKv: input.prevKv ?? false,
    filters,
    // Always: what the server says of revisions without events moves the place where a watch resumes past compactions.
    progressNotify: true,
  });
  return encodeWatchRequest(createWatchRequest({ createRequest }));
}

/** Events of one revision stand together, in order; a server never spreads them over two messages unless asked to. */
export function batchesOf(events: readonly Event[], firstRevision: number): readonly WatchBatch[] {
  const batches: { readonly revision: number; readonly events: WatchEvent[] }[] = [];
  for (const { type, kv, prevKv } of events) {
    if (kv === undefined || kv.modRevision < firstRevision) continue;
    let batch = batches.at(-1);
    if (batch?.revision !== kv.modRevision) batches.push((batch = { revision: kv.modRevision, events: [] }));
    batch.events.push({ type: type === DELETE ? 'delete' : 'put', kv, prevKv });
  }
  return batches;
}
