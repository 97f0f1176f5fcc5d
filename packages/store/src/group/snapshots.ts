// Moving a whole state from one member to another: the receiver asks, the sender streams pieces of a flushed, consistent
// state, a window of them unacknowledged at a time; the receiver loads them into a new generation beside the current one.
// Nothing of the old state is lost before the new one is verified and durable.
//
// A transfer outlives its link: whatever the receiver misses it asks for again, and the sender still holds what is not
// acknowledged. A sender that no longer knows of the transfer begins another under the same number, at piece 0.
import { assert, type ByteReader, type ByteWriter, EMPTY_BYTES, type Millis } from '@reknit/base';
import type { NodeId } from '@reknit/consensus';
import type { AppliedPosition, KeySpace, SnapshotSink, SnapshotSource } from '@reknit/mvcc';
import { PartKind } from '../peers/frames.js';

/** Large enough to amortise a frame, small enough not to delay a heartbeat behind it. */
const PIECE_BYTES = 256 * 1024;
/** Pieces under way: four cover the round trip of a local network; memory stays at a megabyte per transfer. */
const WINDOW = 4;
/** A receiver that waits for so long asks again for what it misses: far longer than a piece takes to be read and to travel. */
const ASK_AGAIN_AFTER: Millis = 1000;
/**
 * Since its last sign of progress the log is kept for a receiver from the snapshot's position on: it must load the last
 * piece and ask for the next entry. Without this a busy group outruns every snapshot. (etcd waits 30 s.)
 */
const LOG_KEPT_FOR: Millis = 10_000;
/** A transfer without progress for this long is over: long enough to redial, short enough to turn to another sender. */
const STALLED_AFTER: Millis = 5000;

interface Piece {
  readonly number: number;
  /** None: the end. */
  readonly bytes: Uint8Array | undefined;
}

interface Sending {
  readonly to: NodeId;
  readonly transfer: number;
  readonly source: SnapshotSource;
  next: number;
  /** At most WINDOW, in order. */
  unacknowledged: Piece[];
  finished: boolean;
  progressAt: Millis;
}

interface Receiving {
  readonly from: NodeId;
  /** As offered: an older state would take the replica back to where its log cannot go on. */
  readonly least: number;
  readonly transfer: number;
  sink: SnapshotSink | undefined;
  position: AppliedPosition | undefined;
  expected: number;
  finishing: boolean;
  progressAt: Millis;
  askedAt: Millis;
}

export interface SnapshotOutlets {
  /** The state is to be flushed soon: it is wanted elsewhere. */
  freshen(): void;
  /** From this piece on. Lost when the peer cannot be reached now. */
  request(to: NodeId, transfer: number, piece: number): void;
  piece(to: NodeId, write: (writer: ByteWriter) => void): void;
  acknowledge(to: NodeId, transfer: number, piece: number): void;
  /** Durably notes that a state ahead of the log is about to become current; called before it does. */
  beforeInstall(position: AppliedPosition): void;
  installed(position: AppliedPosition): void;
  failed(cause: string): void;
}

export const isTransfer = (kind: number): boolean =>
  kind === PartKind.snapshotRequest || kind === PartKind.snapshotPiece || kind === PartKind.snapshotAck;

export class Snapshots {
  readonly #space: KeySpace;
  readonly #outlets: SnapshotOutlets;
  readonly #sending = new Map<NodeId, Sending>();
  /** What receivers need of the log after their snapshot. */
  readonly #kept = new Map<NodeId, { readonly index: number; readonly until: Millis }>();
  #receiving: Receiving | undefined;
  #nextTransfer = 1;

  constructor(space: KeySpace, outlets: SnapshotOutlets) {
    this.#space = space;
    this.#outlets = outlets;
  }

  /** Entries above it are needed by who was lately sent a snapshot. */
  get keptFrom(): number {
    let index = Number.POSITIVE_INFINITY;
    for (const kept of this.#kept.values()) index = Math.min(index, kept.index);
    return index;
  }

  /** The loaded state is about to become current: until it has, or has not, nothing may be applied, for that would be lost. */
  get replacing(): boolean {
    return this.#receiving?.finishing === true;
  }

  /** @param least index that was offered */
  fetch(from: NodeId, least: number, now: Millis): void {
    if (this.#receiving !== undefined) return;
    const transfer = this.#nextTransfer++;
    const times = { progressAt: now, askedAt: now };
    this.#receiving = { from, least, transfer, sink: undefined, position: undefined, expected: 0, finishing: false, ...times };
    this.#outlets.request(from, transfer, 0);
  }

  /** @param kind one of a transfer */
  onPart(from: NodeId, kind: number, reader: ByteReader, now: Millis): void {
    if (kind === PartKind.snapshotRequest) this.onRequest(from, reader.u32(), reader.u32(), now);
    else if (kind === PartKind.snapshotPiece) this.onPiece(from, reader, now);
    else this.onAcknowledged(from, reader.u32(), reader.u32(), now);
  }

  onRequest(from: NodeId, transfer: number, piece: number, now: Millis): void {
    const known = this.#sending.get(from);
    if (known?.transfer === transfer && piece >= known.next - known.unacknowledged.length) return this.#resume(known, piece, now);
    this.#stopSending(from);
    // Of the last flush: what was offered may be newer, and then the receiver asks again.
    if (this.#space.flushed.index < this.#space.applied.index) this.#outlets.freshen();
    const source = this.#space.snapshot();
    const sending: Sending = { to: from, transfer, source, next: 0, unacknowledged: [], finished: false, progressAt: now };
    this.#sending.set(from, sending);
    this.#keep(sending);
    this.#pump(sending);
  }

  onAcknowledged(from: NodeId, transfer: number, piece: number, now: Millis): void {
    const sending = this.#sending.get(from);
    if (sending === undefined || sending.transfer !== transfer) return;
    this.#acknowledged(sending, piece + 1, now);
    if (sending.finished && sending.unacknowledged.length === 0) this.#stopSending(from);
    else this.#pump(sending);
  }

  onPiece(from: NodeId, reader: ByteReader, now: Millis): void {
    const transfer = reader.u32();
    const number = reader.u32();
    const receiving = this.#receiving;
    if (receiving === undefined || receiving.from !== from || receiving.transfer !== transfer || receiving.finishing) return;
    const begins = number === 0;
    if (begins && receiving.expected > 0) this.#forget(receiving);
    if (number !== receiving.expected) return;
    receiving.expected++;
    receiving.progressAt = now;
    receiving.askedAt = now;
    if (begins && !this.#begin(receiving, reader))
      return this.#giveUp('it is of another history, or older than this state or the offer');
    const last = reader.bool();
    const bytes = reader.bytesView();
    assert(receiving.sink !== undefined, 'the first piece opens the sink');
    if (bytes.length > 0) receiving.sink.add(bytes);
    this.#outlets.acknowledge(from, transfer, number);
    if (last) this.#finish(receiving);
  }

  /** Asks again for what may be lost, and gives up what no longer moves. */
  tick(now: Millis): void {
    for (const sending of this.#sending.values()) {
      if (now - sending.progressAt > STALLED_AFTER) this.#stopSending(sending.to);
    }
    for (const [peer, { until }] of this.#kept) if (now > until) this.#kept.delete(peer);
    const receiving = this.#receiving;
    if (receiving === undefined || receiving.finishing) return;
    if (now - receiving.progressAt > STALLED_AFTER) this.#giveUp('no piece arrived in time');
    else if (now - receiving.askedAt > ASK_AGAIN_AFTER) this.#askAgain(receiving, now);
  }

  /** What was under way is lost. */
  onPeerUp(peer: NodeId, now: Millis): void {
    const receiving = this.#receiving;
    if (receiving?.from === peer && !receiving.finishing) this.#askAgain(receiving, now);
  }

  close(): void {
    for (const peer of [...this.#sending.keys()]) this.#stopSending(peer);
    this.#receiving?.sink?.abort();
    this.#receiving = undefined;
  }

  #pump(sending: Sending): void {
    while (!sending.finished && sending.unacknowledged.length < WINDOW) {
      const piece: Piece = { number: sending.next++, bytes: sending.source.next(PIECE_BYTES) };
      sending.finished = piece.bytes === undefined;
      sending.unacknowledged.push(piece);
      this.#send(sending, piece);
    }
  }

  #send({ to, transfer, source }: Sending, { number, bytes }: Piece): void {
    this.#outlets.piece(to, (writer) => {
      writer.u32(transfer).u32(number);
      if (number === 0) writePosition(writer, source.position);
      writer.bool(bytes === undefined).bytes(bytes ?? EMPTY_BYTES);
    });
  }

  /** Who asks for a piece has all before it. */
  #resume(sending: Sending, piece: number, now: Millis): void {
    this.#acknowledged(sending, piece, now);
    for (const lost of sending.unacknowledged) this.#send(sending, lost);
    this.#pump(sending);
  }

  #acknowledged(sending: Sending, next: number, now: Millis): void {
    sending.unacknowledged = sending.unacknowledged.filter(({ number }) => number >= next);
    sending.progressAt = now;
    this.#keep(sending);
  }

  #askAgain(receiving: Receiving, now: Millis): void {
    receiving.askedAt = now;
    this.#outlets.request(receiving.from, receiving.transfer, receiving.expected);
  }

  /** The sender begins anew. */
  #forget(receiving: Receiving): void {
    receiving.sink?.abort();
    receiving.sink = undefined;
    receiving.position = undefined;
    receiving.expected = 0;
  }

  #keep({ to, source, progressAt }: Sending): void {
    this.#kept.set(to, { index: source.position.index, until: progressAt + LOG_KEPT_FOR });
  }

  #stopSending(peer: NodeId): void {
    this.#sending.get(peer)?.source.close();
    this.#sending.delete(peer);
  }

  /** False for a state that would take this one back, whatever the sender thinks. */
  #begin(receiving: Receiving, reader: ByteReader): boolean {
    const position = readPosition(reader);
    const { branch, index } = this.#space.applied;
    if (position.branch !== branch || position.index <= index || position.index < receiving.least) return false;
    receiving.position = position;
    receiving.sink = this.#space.beginInstall(position);
    return true;
  }

  #finish(receiving: Receiving): void {
    const { sink, position } = receiving;
    assert(sink !== undefined && position !== undefined, 'a finished transfer has a position');
    // Decided entries may have come another way meanwhile.
    if (position.index <= this.#space.applied.index) return this.#giveUp('this state has got further meanwhile');
    receiving.finishing = true;
    this.#outlets.beforeInstall(position);
    sink.finish((error) => {
      if (this.#receiving !== receiving) return;
      this.#receiving = undefined;
      if (error === undefined) this.#outlets.installed(position);
      else this.#outlets.failed(error.message);
    });
  }

  #giveUp(cause: string): void {
    this.#receiving?.sink?.abort();
    this.#receiving = undefined;
    this.#outlets.failed(cause);
  }
}

function writePosition(writer: ByteWriter, position: AppliedPosition): void {
  writer.string(position.branch).u32(position.epoch).u64(position.index).u64(position.round);
}

function readPosition(reader: ByteReader): AppliedPosition {
  return { branch: reader.string(), epoch: reader.u32(), index: reader.u64(), round: reader.u64() };
}
