// What a leader knows of one follower, and how much it may send: etcd's probe, replicate and snapshot.
//
// probe: the follower's log end is a guess; one message with entries, then only empty ones until an answer.
// replicate: the guess was right; messages are pipelined up to a limit, `next` runs ahead of the answers.
// snapshot: what it needs is gone from the log; entries rest until an answer shows that it is past the gap.
import { assert, type Millis } from '@reknit/base';
import { following, higher } from './arithmetic.js';
import { type Index, type NodeId, noIndex } from './types.js';

export type Flow =
  | { readonly kind: 'probe'; sentThrough: Index | undefined }
  /** The last index of each entry message that is not answered yet, oldest first. */
  | { readonly kind: 'replicate'; readonly inFlight: Index[] }
  | { readonly kind: 'snapshot'; readonly index: Index; repeatAt: Millis };

export class Progress {
  readonly id: NodeId;
  /** Highest index known to be durable there and equal to the leader's. */
  match: Index = noIndex;
  /** First index of the next entry message. */
  next: Index;
  flow: Flow = { kind: 'probe', sentThrough: undefined };
  /** Highest commit index that was sent. */
  announced: Index = noIndex;
  /** Highest heartbeat sequence that it answered. */
  acknowledged = 0;
  heardAt: Millis;
  sentAt: Millis;
  /** False from the loss of its connection until it is back: entries would be read for nothing. */
  reachable = true;
  /** False once its disk is known to have lost something: until this leadership ends. */
  trusted = true;

  constructor(id: NodeId, next: Index, now: Millis) {
    this.id = id;
    this.next = next;
    this.heardAt = now;
    this.sentAt = now;
  }

  mayCarryEntries(inFlightMax: number): boolean {
    if (!this.reachable) return false;
    if (this.flow.kind === 'probe') return this.flow.sentThrough === undefined;
    return this.flow.kind === 'replicate' && this.flow.inFlight.length < inFlightMax;
  }

  sentEntries(through: Index): void {
    assert(this.flow.kind !== 'snapshot', 'no entries are sent beside a snapshot');
    if (this.flow.kind === 'probe') {
      this.flow.sentThrough = through;
      return;
    }
    this.flow.inFlight.push(through);
    this.next = following(through);
  }

  /** An answer that everything up to `match` is durable there. Old and repeated answers change nothing. */
  accepted(match: Index): void {
    this.match = higher(this.match, match);
    this.next = higher(this.next, following(this.match));
    const flow = this.flow;
    if (flow.kind === 'replicate') {
      while (flow.inFlight.length > 0 && flow.inFlight[0]! <= this.match) flow.inFlight.shift();
    } else if (flow.kind === 'probe' && this.match >= this.next - 1) {
      this.replicate(flow.sentThrough);
    }
  }

  /** @param next where its log may agree; never at or below what it has acknowledged */
  probeFrom(next: Index): void {
    this.next = higher(next, following(this.match));
    this.flow = { kind: 'probe', sentThrough: undefined };
  }

  /** Its disk loses what it acknowledges: it counts for nothing. */
  distrust(): void {
    this.match = noIndex;
    this.acknowledged = 0;
    this.heardAt = Number.NEGATIVE_INFINITY;
    this.reachable = false;
    this.trusted = false;
  }

  awaitSnapshot(index: Index, repeatAt: Millis): void {
    this.flow = { kind: 'snapshot', index, repeatAt };
  }

  get inFlight(): number {
    return this.flow.kind === 'replicate' ? this.flow.inFlight.length : 0;
  }

  /** What the probe carried needs no repetition: it came with what the follower has just agreed to. */
  private replicate(sentThrough: Index | undefined): void {
    const underWay = sentThrough !== undefined && sentThrough > this.match;
    this.flow = { kind: 'replicate', inFlight: underWay ? [sentThrough] : [] };
    if (underWay) this.next = following(sentThrough);
  }
}
