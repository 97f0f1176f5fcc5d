// A call that may wait for long, and whose client may give up meanwhile; also one with many answers.
import type { CallContext, Failure, UnaryHandler } from '@reknit/grpc';
import { servicesOf } from '../../src/index.js';
import type { TestMember } from './test-cluster.js';

export class OpenCall {
  readonly answers: Uint8Array[] = [];
  failure: Failure | undefined;
  reads = true;
  #open = true;
  #cancelled: () => void = () => undefined;
  #drained: () => void = () => undefined;

  /** @param called a path, or the handler of a service of the test's own */
  constructor(
    member: TestMember,
    called: string | UnaryHandler,
    request: Uint8Array,
    metadata: Readonly<Record<string, string>> = {},
  ) {
    const method =
      typeof called === 'string' ? servicesOf(member.member).get(called) : ({ kind: 'unary', handle: called } as const);
    if (method === undefined || method.kind === 'bidirectional') throw new Error(`no call ${String(called)}`);
    const fail = (failure: Failure): void => {
      this.failure = failure;
    };
    if (method.kind === 'unary') {
      method.handle(request, this.#context(metadata), { ok: (answer) => void this.answers.push(answer), fail });
      return;
    }
    method.handle(request, this.#context(metadata), {
      send: (answer) => {
        this.answers.push(answer);
        return this.reads;
      },
      onDrain: (callback) => {
        this.#drained = callback;
      },
      end: () => undefined,
      fail,
    });
  }

  get settled(): boolean {
    return this.answers.length > 0 || this.failure !== undefined;
  }

  giveUp(): void {
    this.#open = false;
    this.#cancelled();
  }

  readAgain(): void {
    this.reads = true;
    this.#drained();
  }

  #context(metadata: Readonly<Record<string, string>>): CallContext {
    const call = this;
    return {
      metadata: (name) => metadata[name],
      authority: '',
      timeout: undefined,
      peer: 'test',
      get open() {
        return call.#open;
      },
      onCancel: (callback) => {
        this.#cancelled = callback;
      },
    };
  }
}
