// One client of the checked load, over real sockets. Asks its home member; when that fails it goes to the next one, and comes
// home again a second later: so every member is read and written all the time, and one that comes back is checked at once.
import { utf8Decode } from '@reknit/base';
import { type Client, EtcdError } from '@reknit/client';
import type { KeyValue } from '@reknit/etcd-api';
import { ABSENT, type OperationRequest, type Outcome, type Seen, type WorkloadClient } from '@reknit/simulator';
import { reasonOf } from '../cli-error.js';

/** After this a client stops waiting; the outcome of a write is then unknown. */
const TIMEOUT_MS = 2000;
const HOME_AGAIN_MS = 1000;
/** `etcdserverpb.Compare.CompareTarget.MOD`. */
const TARGET_MOD = 2;

export class CheckedClient implements WorkloadClient {
  readonly #client: Client;
  readonly #endpoints: readonly string[];
  readonly #home: number;
  #at: number;
  #awaySince = 0;

  constructor(client: Client, endpoints: readonly string[], home: number) {
    this.#client = client;
    this.#endpoints = endpoints;
    this.#home = home;
    this.#at = home;
  }

  execute(request: OperationRequest, done: (outcome: Outcome) => void): void {
    if (this.#at !== this.#home && performance.now() - this.#awaySince > HOME_AGAIN_MS) this.#at = this.#home;
    this.#perform(request, { endpoint: this.#endpoints[this.#at]!, timeoutMs: TIMEOUT_MS }).then(done, (error: unknown) => {
      this.#at = (this.#at + 1) % this.#endpoints.length;
      this.#awaySince = performance.now();
      done(outcomeOf(error));
    });
  }

  async #perform(
    request: OperationRequest,
    options: { readonly endpoint: string; readonly timeoutMs: number },
  ): Promise<Outcome> {
    const { kv } = this.#client;
    const { kind, key, expected } = request;
    const value = request.value ?? '';
    switch (kind) {
      case 'get': {
        const { header, kvs } = await kv.range({ key, serializable: request.consistency === 'serializable' }, options);
        return { kind: 'ok', wrote: false, revision: header?.revision ?? 0, seen: seenOf(kvs[0]) };
      }
      case 'put': {
        const { header, prevKv } = await kv.put({ key, value, prevKv: true }, options);
        return { kind: 'ok', wrote: true, revision: header?.revision ?? 0, seen: seenOf(prevKv) };
      }
      case 'delete': {
        const { header, deleted, prevKvs } = await kv.deleteRange({ key, prevKv: true }, options);
        return { kind: 'ok', wrote: deleted > 0, revision: header?.revision ?? 0, seen: seenOf(prevKvs[0]) };
      }
      case 'cas': {
        const compare = [{ key, target: TARGET_MOD, modRevision: expected }];
        const txn = { compare, success: [{ put: { key, value, prevKv: true } }], failure: [{ range: { key } }] };
        const { header, succeeded, responses } = await kv.txn(txn, options);
        const [first] = responses;
        const seen = succeeded ? first?.responsePut?.prevKv : first?.responseRange?.kvs[0];
        return { kind: 'ok', wrote: succeeded, revision: header?.revision ?? 0, seen: seenOf(seen) };
      }
    }
  }
}

const seenOf = (kv: KeyValue | undefined): Seen =>
  kv === undefined ? ABSENT : { kind: 'value', value: utf8Decode(kv.value), modRevision: kv.modRevision };

/** The client knows which refusals are definite; of anything else a write may have happened. */
function outcomeOf(error: unknown): Outcome {
  const refused = error instanceof EtcdError && error.outcome === 'refused';
  return { kind: refused ? 'failed' : 'unknown', reason: reasonOf(error) };
}
