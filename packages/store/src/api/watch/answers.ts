// WatchResponses as bytes. What all receivers of a batch have in common is encoded once and kept with the batch; an id other
// than 0 is one more field behind it, which protobuf allows.
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
  batch.encoded ??= encodeAnswer({ header: header(), events: batch.events });
  return id.length === 0 ? batch.encoded : concatBytes([batch.encoded, id]);
}

/** As etcd cuts an answer: pieces that stay below `bytesMax` where no single event exceeds it, all but the last one marked. */
export function encodeFragments(batch: WatchBatch, header: ResponseHeader, id: Uint8Array, bytesMax: number): Uint8Array[] {
  const around = encodeAnswer({ header, fragment: true }).length + id.length;
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
  return groups.map((events, at) => concatBytes([encodeAnswer({ header, fragment: at < groups.length - 1, events }), id]));
}

/** Tag and length of an embedded message, at most. */
const EVENT_FRAME_BYTES = 6;
