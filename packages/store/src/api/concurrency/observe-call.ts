// Election.Observe: each leader of a name, and what it proclaims, as it comes. As etcd: who watches is told of the leader at
// hand first; between two leaders nothing is sent, and of leaders that followed each other quickly some may be passed over.
import { encodeLeaderResponse } from '@reknit/etcd-api';
import type { CallContext, Failure, StreamReply } from '@reknit/grpc';
import type { KeyValue, StreamSink, WatchBatch, Watcher, WatcherSink, WatchStream } from '@reknit/mvcc';
import { EtcdErrors } from '../../errors.js';
import type { Group } from '../../group/group.js';
import type { StoreMember } from '../../member.js';
import { headerOf } from '../context.js';
import { candidatesOf, confirmed, firstCandidate, undamaged } from './inner-calls.js';
import type { OpenCalls } from './open-calls.js';

const PUT = 0;
const ALL = { noPut: false, noDelete: false };
const ONLY_PUTS = { noPut: false, noDelete: true };
const ONE_KEY = new Uint8Array(0);

export class ObserveCall implements StreamSink, WatcherSink {
  readonly #member: StoreMember;
  readonly #group: Group;
  readonly #name: Uint8Array;
  readonly #reply: StreamReply;
  readonly #stream: WatchStream;
  /** Of the leader's key, or of all candidates while there is none. */
  #watched: Watcher | undefined;
  #awaited: 'first-candidate' | 'news-of-the-leader' = 'first-candidate';
  #room = true;
  #release: () => void = () => undefined;

  constructor(member: StoreMember, group: Group, name: Uint8Array, reply: StreamReply) {
    this.#member = member;
    this.#group = group;
    this.#name = name;
    this.#reply = reply;
    this.#stream = group.watches.openStream(this);
  }

  begin(open: OpenCalls, context: CallContext): void {
    if (!open.begin(this.#reply)) return this.#stream.close();
    const strict = context.metadata('hasleader') === 'true';
    const unmonitor = strict ? this.#group.leaderMonitor.add(() => this.#fail(EtcdErrors.noLeader)) : () => undefined;
    this.#release = () => {
      this.#release = () => undefined;
      open.end();
      unmonitor();
      this.#stream.close();
    };
    this.#reply.onDrain(() => {
      this.#room = true;
      this.#stream.resume();
    });
    context.onCancel(() => this.#release());
    const look = (): void => {
      if (context.open) this.#look();
    };
    confirmed(this.#group, look, (failure) => this.#fail(failure));
  }

  events({ events, revision }: WatchBatch): boolean {
    for (const { type, kv } of events) {
      if (this.#awaited === 'first-candidate') {
        this.#follow(kv, kv.modRevision);
        break;
      }
      if (type === PUT) this.#send(kv, revision);
      else {
        this.#look();
        break;
      }
    }
    return this.#room;
  }

  compacted(): void {
    this.#look();
  }

  progress(): void {}

  ended(cause: 'closed' | 'damaged'): void {
    this.#fail(cause === 'closed' ? EtcdErrors.stopped : EtcdErrors.damagedHere);
  }

  #look(): void {
    undamaged(
      () => {
        const kv = firstCandidate(this.#group, this.#name);
        if (kv === undefined) this.#awaitFirst();
        else this.#follow(kv, this.#group.space.revision);
      },
      (failure) => this.#fail(failure),
    );
  }

  #awaitFirst(): void {
    this.#awaited = 'first-candidate';
    const { key, rangeEnd } = candidatesOf(this.#name);
    this.#watch({ key, rangeEnd, startRevision: 0, filters: ONLY_PUTS });
  }

  #follow(kv: KeyValue, revision: number): void {
    this.#awaited = 'news-of-the-leader';
    this.#send(kv, revision);
    this.#watch({ key: kv.key, rangeEnd: ONE_KEY, startRevision: revision + 1, filters: ALL });
  }

  #watch(request: { key: Uint8Array; rangeEnd: Uint8Array; startRevision: number; filters: typeof ALL }): void {
    this.#watched?.cancel();
    this.#watched = this.#stream.watch({ ...request, previous: 'without-previous' }, this);
  }

  #send(kv: KeyValue, revision: number): void {
    this.#room = this.#reply.send(encodeLeaderResponse({ header: headerOf(this.#member, this.#group, revision), kv }));
    if (!this.#room) this.#stream.block();
  }

  #fail(failure: Failure): void {
    this.#release();
    this.#reply.fail(failure);
  }
}
