// etcdserverpb.Lease.LeaseKeepAlive: one answer for each request, in their order, though some are answered later than those
// behind them (a lease that may be expiring waits for the decision). A lease that is gone is answered with a TTL of 0.
import { MalformedBytesError } from '@reknit/base';
import { decodeLeaseKeepAliveRequest, encodeLeaseKeepAliveResponse } from '@reknit/etcd-api';
import type { BidirectionalHandler, CallContext, Failure, RequestStream, StreamReply } from '@reknit/grpc';
import { Status } from '@reknit/grpc';
import { EtcdErrors } from '../../errors.js';
import type { Group } from '../../group/group.js';
import { type LeaseWaiter, NO_LEASE } from '../../group/leases/lease-questions.js';
import type { StoreMember } from '../../member.js';
import { groupFor, headerOf } from '../context.js';
import { MALFORMED } from '../decoded.js';
import { StreamCounts } from '../stream-counts.js';

export interface KeepAliveLimits {
  /** About 5 kB each with their share of HTTP/2: 100 MB. Some clients open one for each lease. */
  readonly streams: number;
  readonly streamsPerConnection: number;
  /** Requests without an answer that their client has read: a client renews tens of thousands of leases at once. */
  readonly unansweredPerStream: number;
  /** Of all streams, about 100 bytes each; beyond it only streams with few of them may ask for more. */
  readonly unanswered: number;
}

const KEEP_ALIVE_LIMITS: KeepAliveLimits = {
  streams: 20_000,
  streamsPerConnection: 10_000,
  unansweredPerStream: 1 << 16,
  unanswered: 1 << 18,
};

/** So many are nobody's fault. */
const FEW_UNANSWERED = 100;
/** Answered requests at the start of the queue are dropped once they are this many and the half of it. */
const DROP_MIN = 1024;

export function keepAliveHandler(member: StoreMember, limits: KeepAliveLimits = KEEP_ALIVE_LIMITS): BidirectionalHandler {
  const service = new KeepAliveService(member, limits);
  return (context, reply) => service.open(context, reply);
}

const NOTHING: RequestStream = { onMessage: () => undefined, onEnd: () => undefined };

const exhausted = (message: string): Failure => ({ code: Status.resourceExhausted, message: `reknit: ${message}` });

/** Counts what all streams hold. */
class KeepAliveService {
  readonly member: StoreMember;
  readonly #limits: KeepAliveLimits;
  readonly #streams: StreamCounts;
  #unanswered = 0;

  constructor(member: StoreMember, limits: KeepAliveLimits) {
    this.member = member;
    this.#limits = limits;
    this.#streams = new StreamCounts(limits);
  }

  open(context: CallContext, reply: StreamReply): RequestStream {
    const group = groupFor(this.member, context, reply);
    if (group === undefined) return NOTHING;
    const refusal = this.#refusal(context.peer);
    if (refusal !== undefined) {
      reply.fail(refusal);
      return NOTHING;
    }
    this.#streams.opened(context.peer);
    return new KeepAliveCall(this, group, context, reply);
  }

  closed(peer: string, unanswered: number): void {
    this.#streams.closed(peer);
    this.#unanswered -= unanswered;
  }

  /** @param ofStream before this one */
  asked(ofStream: number): Failure | undefined {
    const { unanswered, unansweredPerStream } = this.#limits;
    const many = this.#unanswered >= unanswered && ofStream >= FEW_UNANSWERED;
    if (many || ofStream >= unansweredPerStream)
      return exhausted(`${ofStream} keep-alives of this stream are unanswered; read their answers before asking for more`);
    this.#unanswered++;
    return undefined;
  }

  answered(): void {
    this.#unanswered--;
  }

  #refusal(peer: string): Failure | undefined {
    const { streams, streamsPerConnection } = this.#limits;
    const exceeded = this.#streams.exceeded(peer);
    if (exceeded === 'streamsPerConnection')
      return exhausted(`this connection has ${streamsPerConnection} keep-alive streams; renew many leases through one stream`);
    if (exceeded === 'streams')
      return exhausted(
        `this member has ${streams} keep-alive streams; renew many leases through one stream, or ask another member`,
      );
    return undefined;
  }
}

class KeepAliveCall implements RequestStream {
  readonly #service: KeepAliveService;
  readonly #group: Group;
  readonly #peer: string;
  readonly #reply: StreamReply;
  readonly #unmonitor: () => void;
  /** In the order of the requests; from `#first` on they have no answer sent. */
  #asked: KeepAlive[] = [];
  #first = 0;
  #halfClosed = false;
  #full = false;
  #open = true;

  constructor(service: KeepAliveService, group: Group, context: CallContext, reply: StreamReply) {
    this.#service = service;
    this.#group = group;
    this.#peer = context.peer;
    this.#reply = reply;
    const strict = context.metadata('hasleader') === 'true';
    this.#unmonitor = strict ? group.leaderMonitor.add(() => this.fail(EtcdErrors.noLeader)) : () => undefined;
    context.onCancel(() => this.#end());
    reply.onDrain(() => {
      this.#full = false;
      this.sendAnswered();
    });
  }

  onMessage(request: Uint8Array): void {
    if (!this.#open) return;
    const id = readId(request);
    if (id === undefined) return this.fail(MALFORMED);
    const tooMany = this.#service.asked(this.#asked.length - this.#first);
    if (tooMany !== undefined) return this.fail(tooMany);
    const asked = new KeepAlive(this, id);
    this.#asked.push(asked);
    this.#group.leases.ask(asked);
  }

  onEnd(): void {
    this.#halfClosed = true;
    this.#endWhenAnswered();
  }

  /** As many as are answered without a gap, and as the client reads. */
  sendAnswered(): void {
    while (this.#open && !this.#full && this.#asked[this.#first]?.ttl !== undefined) this.#sendNext();
    this.#endWhenAnswered();
  }

  fail(failure: Failure): void {
    if (!this.#open) return;
    this.#end();
    this.#reply.fail(failure);
  }

  #sendNext(): void {
    const { id, ttl } = this.#asked[this.#first]!;
    const header = headerOf(this.#service.member, this.#group);
    this.#full = !this.#reply.send(encodeLeaseKeepAliveResponse({ header, ID: id, TTL: ttl ?? 0 }));
    this.#service.answered();
    this.#first++;
    const worthwhile = this.#first === this.#asked.length || (this.#first >= DROP_MIN && this.#first * 2 >= this.#asked.length);
    if (!worthwhile) return;
    this.#asked = this.#asked.slice(this.#first);
    this.#first = 0;
  }

  #endWhenAnswered(): void {
    if (!this.#open || !this.#halfClosed || this.#asked.length > 0) return;
    this.#end();
    this.#reply.end();
  }

  /** What is still asked is answered to nobody. */
  #end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#service.closed(this.#peer, this.#asked.length - this.#first);
    this.#asked = [];
    this.#first = 0;
    this.#unmonitor();
  }
}

class KeepAlive implements LeaseWaiter {
  readonly kind = 'keep-alive';
  readonly id: bigint;
  readonly #call: KeepAliveCall;
  ttl: number | undefined;

  constructor(call: KeepAliveCall, id: bigint) {
    this.#call = call;
    this.id = id;
  }

  answered(seconds: number): void {
    this.ttl = seconds === NO_LEASE ? 0 : seconds;
    this.#call.sendAnswered();
  }

  failed(failure: Failure): void {
    this.#call.fail(failure);
  }
}

function readId(request: Uint8Array): bigint | undefined {
  try {
    return decodeLeaseKeepAliveRequest(request).ID;
  } catch (error) {
    if (error instanceof MalformedBytesError) return undefined;
    throw error;
  }
}
