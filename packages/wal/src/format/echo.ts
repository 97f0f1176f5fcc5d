// Writes what a batch repeats of its predecessor: its records in their order, entries without their payloads.
import type { BodyBuffer } from './body-buffer.js';
import { ENTRY_HEADER_BYTES, SLOT_HEADER_BYTES, viewOf } from './layout.js';
import { beginRecord, endRecord, IDENTITY_BYTES, RECORD_HEAD_BYTES, RECORD_TYPE } from './records.js';

export interface EchoedBatch {
  readonly sequence: number;
  readonly segment: number;
  readonly bodyOffset: number;
  readonly body: Uint8Array;
}

export function writeEcho(to: BodyBuffer, batch: EchoedBatch): void {
  const { body } = batch;
  const view = viewOf(body);
  const echo = beginRecord(to, RECORD_TYPE.echo);
  to.u64(batch.sequence).u64(batch.segment).u64(batch.bodyOffset).u32(body.length);
  let end = 0;
  for (let at = 0; at < body.length; at = end) {
    const type = view.getUint32(at, true);
    end = at + RECORD_HEAD_BYTES + view.getUint32(at + 4, true);
    if (type === RECORD_TYPE.entries) writeEntryHeaders(to, RECORD_TYPE.entryHeaders, ENTRY_HEADER_BYTES, body, view, at);
    else if (type === RECORD_TYPE.slots) writeEntryHeaders(to, RECORD_TYPE.slotHeaders, SLOT_HEADER_BYTES, body, view, at);
    else if (type !== RECORD_TYPE.echo) to.raw(body.subarray(at, end));
  }
  endRecord(to, echo);
}

function writeEntryHeaders(
  to: BodyBuffer,
  type: number,
  headerBytes: number,
  body: Uint8Array,
  view: DataView,
  start: number,
): void {
  const identityAt = start + RECORD_HEAD_BYTES;
  const countAt = identityAt + IDENTITY_BYTES;
  const count = view.getUint32(countAt, true);
  let from = countAt + 4;
  const record = beginRecord(to, type);
  to.raw(body.subarray(identityAt, from)).u32(from);
  let at = to.reserve(count * headerBytes);
  for (let left = count; left > 0; left--) {
    copyHeader(to.bytes, at, body, from, headerBytes);
    at += headerBytes;
    from += headerBytes + view.getUint32(from + 4, true);
  }
  endRecord(to, record);
}

/** By hand: for so few bytes a view and a call of `set` cost more. */
function copyHeader(to: Uint8Array, at: number, source: Uint8Array, from: number, bytes: number): void {
  for (let byte = 0; byte < bytes; byte++) to[at + byte] = source[from + byte]!;
}
