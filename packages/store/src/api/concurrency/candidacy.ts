// One who wants a lock or to be elected: puts its key, waits for those before it, and is told when its turn has come. When
// its call ends before that, its key goes: nobody waits behind a client that has gone away.
//
// What it is told is true as of a log entry that holds its key while none is before it; from then on its lease decides.
// Whoever acts on it passes the key's create revision along as a fencing token.
import { assert, equalBytes, unreachable } from '@reknit/base';
import { encodeLeaseGrantRequest } from '@reknit/etcd-api';
import type { CallContext, Failure, UnaryReply } from '@reknit/grpc';
import { Operation } from '../../group/envelope.js';
import type { Group } from '../../group/group.js';
import type { StoreMember } from '../../member.js';
import { freeId } from '../lease/lease-service.js';
import { candidateKey, changeIfCreatedAt, confirmed, deleting, get, putting, unknown, write } from './inner-calls.js';
import type { OpenCalls } from './open-calls.js';
import { Predecessors } from './predecessors.js';

/** etcd's, where the client brings no lease; in seconds. */
const SESSION_TTL = 60;

export interface Standing {
  readonly key: Uint8Array;
  readonly lease: bigint;
  /** Of its key: the fencing token. */
  readonly createRevision: number;
  /** For the header of the answer. */
  readonly revision: number;
}

/** Exactly one of the two is called, once, unless the call is cancelled. */
export interface CandidacyOutlets {
  won(standing: Standing): void;
  failed(failure: Failure): void;
}

export interface CandidacyOptions {
  readonly name: Uint8Array;
  /** 0: one is granted. */
  readonly lease: bigint;
  readonly value: Uint8Array;
  /** When its key is gone at the end of the wait. */
  readonly expired: string;
}

type State =
  | { readonly kind: 'entering' }
  | { readonly kind: 'waiting'; readonly own: Standing; readonly predecessors: Predecessors }
  | { readonly kind: 'over' };

export class Candidacy {
  readonly #member: StoreMember;
  readonly #group: Group;
  readonly #options: CandidacyOptions;
  readonly #outlets: CandidacyOutlets;
  #state: State = { kind: 'entering' };
  #ended: () => void = () => undefined;

  constructor(member: StoreMember, group: Group, options: CandidacyOptions, outlets: CandidacyOutlets) {
    this.#member = member;
    this.#group = group;
    this.#options = options;
    this.#outlets = outlets;
  }

  begin(open: OpenCalls, context: CallContext, reply: UnaryReply): void {
    if (!open.begin(reply)) return;
    this.#ended = () => open.end();
    context.onCancel(() => this.#leave());
    if (this.#options.lease === 0n) this.#grant();
    else this.#enter(this.#options.lease);
  }

  #grant(): void {
    const id = freeId(this.#group, this.#member.runtime.random);
    const request = encodeLeaseGrantRequest({ ID: id, TTL: SESSION_TTL });
    write(this.#group, Operation.leaseGrant, request, {
      done: () => this.#state.kind === 'entering' && this.#enter(id),
      failed: (failure) => this.#fail(failure),
    });
  }

  #enter(lease: bigint): void {
    const key = candidateKey(this.#options.name, lease);
    changeIfCreatedAt(this.#group, key, 0, putting(key, this.#options.value, lease), {
      done: () => this.#entered(key, lease),
      failed: (failure) => this.#fail(failure),
    });
  }

  /** It may have stood before, with another value. */
  #entered(key: Uint8Array, lease: bigint): void {
    const kv = get(this.#group, key);
    assert(kv !== undefined, 'a candidate stands once its entry is applied');
    const own = { key, lease, createRevision: kv.createRevision, revision: this.#group.space.revision };
    if (this.#state.kind === 'over') return this.#withdraw(own);
    if (equalBytes(kv.value, this.#options.value)) return this.#wait(own);
    changeIfCreatedAt(this.#group, key, own.createRevision, putting(key, this.#options.value, lease), {
      done: () => (this.#state.kind === 'over' ? this.#withdraw(own) : this.#wait(own)),
      failed: (failure) => this.#fail(failure),
    });
  }

  #wait(own: Standing): void {
    const predecessors = new Predecessors(this.#group, this.#options.name, own.createRevision, {
      gone: (when) => (when === 'at-once' ? this.#win(own) : this.#confirm(own)),
      failed: (failure) => this.#fail(failure),
    });
    this.#state = { kind: 'waiting', own, predecessors };
    predecessors.begin();
  }

  /** The lease may have ended while it waited, and this member may not know it yet. */
  #confirm(own: Standing): void {
    const check = (): void => {
      if (this.#state.kind === 'over') return;
      const kv = get(this.#group, own.key);
      if (kv?.createRevision === own.createRevision) this.#win({ ...own, revision: this.#group.space.revision });
      else this.#fail(unknown(this.#options.expired));
    };
    confirmed(this.#group, check, (failure) => this.#fail(failure));
  }

  #win(own: Standing): void {
    this.#state = { kind: 'over' };
    this.#ended();
    this.#outlets.won(own);
  }

  #fail(failure: Failure): void {
    if (this.#state.kind === 'over') return;
    this.#leave();
    this.#outlets.failed(failure);
  }

  #leave(): void {
    const state = this.#state;
    if (state.kind === 'over') return;
    this.#state = { kind: 'over' };
    this.#ended();
    switch (state.kind) {
      case 'entering':
        return;
      case 'waiting':
        state.predecessors.cancel();
        return this.#withdraw(state.own);
      default:
        unreachable(state);
    }
  }

  /** If even this fails the lease ends it. */
  #withdraw({ key, createRevision }: Standing): void {
    if (this.#member.closed) return;
    const ignored = { done: () => undefined, failed: () => undefined };
    changeIfCreatedAt(this.#group, key, createRevision, deleting(key), ignored);
  }
}
