// WatchResponses as bytes. What all receivers of a batch have in common is encoded once and kept with the batch; an id other
// than 0 is put in where it belongs, between header and events. Fields stand in their order, as etcd's do.
import { concatBytes } from '@reknit/base';
import {
  createWatchResponse,
  type Event,
  encodeEvent,
  encodeWatchResponse,
  type ResponseHeader,
  type WatchResponse,
} from '@reknit/etcd-api';
import type { BatchEncoding, WatchBatch } from '@reknit/mvcc';

export const encodeAnswer = (answer: Partial<WatchResponse>): Uint8Array => encodeWatchResponse(createWatchResponse(answer));

/** How a watcher's answers are told from others of the same batch. */
export interface AnswerMark {
  readonly field: Uint8Array;
  /** Where the answer is kept for other streams' watchers of the same id; undefined for large ones, which are rare. */
  readonly place: number | undefined;
}

/** Clients number their watchers from 0 in each stream: the same few ids come again and again. */
const PLACES = 256n;

export const markOf = (watchId: bigint): AnswerMark => ({
  field: encodeAnswer({ watchId }),
  place: watchId > 0n && watchId < PLACES ? Number(watchId) : undefined,
});

export function encodeBatch(batch: WatchBatch, header: () => ResponseHeader, { field, place }: AnswerMark): Uint8Array {
  batch.encoded ??= encodeShared(header(), batch.events);
  const { bytes, marked } = batch.encoded;
  if (field.length === 0) return bytes;
  if (place === undefined) return withMark(batch.encoded, field);
  marked[place] ??= withMark(batch.encoded, field);
  return marked[place];
}

/** As etcd cuts an answer: pieces that stay below `bytesMax` where no single event exceeds it, all but the last one marked. */
export function encodeFragments(batch: WatchBatch, header: ResponseHeader, watchId: bigint, bytesMax: number): Uint8Array[] {
  const around = encodeAnswer({ header, watchId, fragment: true }).length;
  const groups: Event[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const event of batch.events) {
    const length = encodeEvent(event).length + EVENT_FRAME_BYTES;
    if (bytes + length >= bytesMax) {
      groups.push([]);
      bytes = around;
    }
    groups.at(-1)!.push(event);
    bytes += length;
  }
  return groups.map((events, at) => encodeAnswer({ header, watchId, fragment: at < groups.length - 1, events }));
}

const encodeShared = (header: ResponseHeader, events: readonly Event[]): BatchEncoding => ({
  bytes: encodeAnswer({ header, events }),
  gap: encodeAnswer({ header }).length,
  marked: [],
});

const withMark = ({ bytes, gap }: BatchEncoding, field: Uint8Array): Uint8Array =>
  concatBytes([bytes.subarray(0, gap), field, bytes.subarray(gap)]);

/** Tag and length of an embedded message, at most. */
const EVENT_FRAME_BYTES = 6;
