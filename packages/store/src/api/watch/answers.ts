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
import type { WatchBatch } from '@reknit/mvcc';

export const encodeAnswer = (answer: Partial<WatchResponse>): Uint8Array => encodeWatchResponse(createWatchResponse(answer));

/** The field that tells the watcher; nothing for 0. */
export const idField = (watchId: bigint): Uint8Array => encodeAnswer({ watchId });

/** @param id as of `idField` */
export function encodeBatch(batch: WatchBatch, header: () => ResponseHeader, id: Uint8Array): Uint8Array {
  batch.encoded ??= encodeShared(header(), batch.events);
  const { bytes, gap } = batch.encoded;
  return id.length === 0 ? bytes : concatBytes([bytes.subarray(0, gap), id, bytes.subarray(gap)]);
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

const encodeShared = (header: ResponseHeader, events: readonly Event[]): { bytes: Uint8Array; gap: number } => ({
  bytes: encodeAnswer({ header, events }),
  gap: encodeAnswer({ header }).length,
});

/** Tag and length of an embedded message, at most. */
const EVENT_FRAME_BYTES = 6;
