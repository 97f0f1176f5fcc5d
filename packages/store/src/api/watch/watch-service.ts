// etcdserverpb.Watch: opens streams and keeps count of what all of them hold.
import type { BidirectionalHandler, CallContext, RequestStream, StreamReply } from '@reknit/grpc';
import { Status } from '@reknit/grpc';
import type { StoreMember } from '../../member.js';
import { groupFor } from '../context.js';
import { StreamCounts } from '../stream-counts.js';
import { FEW_UNREAD_ANSWERS, WATCH_LIMITS, type WatchLimits } from './limits.js';
import { WatchCall } from './watch-call.js';

export const watchHandler = (member: StoreMember, limits: WatchLimits = WATCH_LIMITS): BidirectionalHandler => {
  const service = new WatchService(member, limits);
  return (context, reply) => service.open(context, reply);
};

export class WatchService {
  readonly member: StoreMember;
  readonly #limits: WatchLimits;
  readonly #streams: StreamCounts;
  #watchers = 0;
  #unreadAnswers = 0;

  constructor(member: StoreMember, limits: WatchLimits) {
    this.member = member;
    this.#limits = limits;
    this.#streams = new StreamCounts(limits);
  }

  open(context: CallContext, reply: StreamReply): RequestStream {
    const group = groupFor(this.member, context, reply);
    if (group === undefined) return NOTHING;
    const refusal = this.#refusal(context.peer);
    if (refusal !== undefined) {
      reply.fail({ code: Status.resourceExhausted, message: refusal });
      return NOTHING;
    }
    this.#streams.opened(context.peer);
    return new WatchCall(this, group, context, reply);
  }

  closed(peer: string): void {
    this.#streams.closed(peer);
  }

  /** Why there may not be one more watcher; etcd's clients show it as the reason of a cancellation. */
  watcherRefusal(ofStream: number): string | undefined {
    const { watchersPerStream, watchers } = this.#limits;
    if (ofStream >= watchersPerStream)
      return `reknit: this stream has ${ofStream} watchers, the most that one may have; cancel some, or watch a range instead of single keys`;
    if (this.#watchers >= watchers)
      return `reknit: this member has ${watchers} watchers, the most that it takes; watch ranges instead of single keys, or ask another member`;
    return undefined;
  }

  watchersChanged(by: number): void {
    this.#watchers += by;
  }

  /** @param ofStream including the one to be added @returns why the stream must end instead */
  addUnreadAnswer(ofStream: number): string | undefined {
    const { unreadAnswersPerStream, unreadAnswers } = this.#limits;
    this.#unreadAnswers++;
    const many = this.#unreadAnswers > unreadAnswers && ofStream > FEW_UNREAD_ANSWERS;
    if (!many && ofStream <= unreadAnswersPerStream) return undefined;
    return `reknit: ${ofStream} answers of this watch stream were not read by its client; read them before asking for more`;
  }

  readAnswers(count: number): void {
    this.#unreadAnswers -= count;
  }

  #refusal(peer: string): string | undefined {
    const { streams, streamsPerConnection } = this.#limits;
    const exceeded = this.#streams.exceeded(peer);
    if (exceeded === 'streamsPerConnection')
      return `reknit: this connection has ${streamsPerConnection} watch streams, the most that one may have; use one stream for many watchers`;
    if (exceeded === 'streams')
      return `reknit: this member has ${streams} watch streams, the most that it takes; use one stream for many watchers, or ask another member`;
    return undefined;
  }
}

const NOTHING: RequestStream = { onMessage: () => undefined, onEnd: () => undefined };
