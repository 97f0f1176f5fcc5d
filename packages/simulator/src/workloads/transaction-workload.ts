// Clients that move amounts between accounts, and look at all of them at once. A transfer reads two accounts, and writes both if
// neither has changed; a look reads every account in one transaction. Every value carries the number of its transfer.
import { fromBinaryString, type Millis, toBinaryString } from '@reknit/base';
import {
  createCompare,
  createPutRequest,
  createRangeRequest,
  createRequestOp,
  createTxnRequest,
  decodeTxnResponse,
  encodeTxnRequest,
  type TxnResponse,
} from '@reknit/etcd-api';
import type { SeenKey, TransactionLog } from '../history/transaction-log.js';
import { around, type Channel, type ClientWorld } from './channel.js';

export interface TransactionClient extends ClientWorld {
  readonly channel: Channel;
}

const PAUSE: Millis = 150;
const TRANSFERS = 0.6;
const AMOUNT_MAX = 10;
const COMPARE_MOD = 2;

export class TransactionWorkload {
  readonly #clients: readonly TransactionClient[];
  readonly #accounts: readonly string[];
  readonly #log: TransactionLog;
  #running = false;
  #transfers = 0;

  constructor(clients: readonly TransactionClient[], accounts: readonly string[], log: TransactionLog) {
    this.#clients = clients;
    this.#accounts = accounts;
    this.#log = log;
  }

  start(): void {
    this.#running = true;
    for (const [client] of this.#clients.entries()) this.#again(client);
  }

  stop(): void {
    this.#running = false;
  }

  #again(client: number): void {
    const one = this.#clients[client]!;
    one.clock.after(around(one, PAUSE), () => {
      if (this.#running) this.#look(client);
    });
  }

  #look(client: number): void {
    const one = this.#clients[client]!;
    this.#execute(client, [], readRequest(this.#accounts), this.#accounts, (seen) => {
      if (this.#running && one.random() < TRANSFERS) this.#transfer(client, seen);
      else this.#again(client);
    });
  }

  #transfer(client: number, seen: readonly SeenKey[]): void {
    const { random } = this.#clients[client]!;
    const from = Math.floor(random() * seen.length);
    const to = (from + 1 + Math.floor(random() * (seen.length - 1))) % seen.length;
    const amount = 1 + Math.floor(random() * AMOUNT_MAX);
    const tag = `${client}.${++this.#transfers}`;
    const pair = [
      { account: seen[from]!, balance: balanceOf(seen[from]!) - amount },
      { account: seen[to]!, balance: balanceOf(seen[to]!) + amount },
    ];
    const writes = pair.map(({ account: { key }, balance }, at) => ({ key, value: `${balance}/${tag}${at === 0 ? 'a' : 'b'}` }));
    const request = transferRequest(
      pair.map(({ account }) => account),
      writes,
    );
    const keys = pair.map(({ account: { key } }) => key);
    this.#execute(client, writes, request, keys, () => this.#again(client));
  }

  /** The success branch puts and tells what stood there before, the failure branch reads: either tells each of `keys`, in their order. */
  #execute(
    client: number,
    writes: readonly { readonly key: string; readonly value: string }[],
    request: Uint8Array,
    keys: readonly string[],
    done: (seen: readonly SeenKey[]) => void,
  ): void {
    const operation = this.#log.begin(client, writes);
    this.#clients[client]!.channel.call('/etcdserverpb.KV/Txn', request, (answer) => {
      if (answer.kind !== 'ok') {
        this.#log.finish(operation, undefined);
        this.#clients[client]!.channel.move();
        return this.#again(client);
      }
      const response = decodeTxnResponse(answer.response);
      const seen = keys.map((key, at) => seenIn(response, key, at));
      const wrote = response.succeeded && writes.length > 0;
      this.#log.finish(operation, { wrote, revision: response.header!.revision, seen });
      done(seen);
    });
  }
}

/** What the accounts hold together is always the same. */
export const sumOf = (seen: readonly SeenKey[]): number => seen.reduce((sum, account) => sum + balanceOf(account), 0);

const balanceOf = ({ value }: SeenKey): number => (value === '' ? 0 : Number.parseInt(value, 10));

function readRequest(keys: readonly string[]): Uint8Array {
  const gets = keys.map((key) => createRequestOp({ requestRange: createRangeRequest({ key: fromBinaryString(key) }) }));
  return encodeTxnRequest(createTxnRequest({ success: gets }));
}

function transferRequest(
  accounts: readonly SeenKey[],
  writes: readonly { readonly key: string; readonly value: string }[],
): Uint8Array {
  const compare = accounts.map(({ key, modRevision }) =>
    createCompare({ key: fromBinaryString(key), target: COMPARE_MOD, modRevision }),
  );
  const success = writes.map(({ key, value }) =>
    createRequestOp({
      requestPut: createPutRequest({ key: fromBinaryString(key), value: fromBinaryString(value), prevKv: true }),
    }),
  );
  const failure = accounts.map(({ key }) =>
    createRequestOp({ requestRange: createRangeRequest({ key: fromBinaryString(key) }) }),
  );
  return encodeTxnRequest(createTxnRequest({ compare, success, failure }));
}

function seenIn({ responses }: TxnResponse, key: string, at: number): SeenKey {
  const response = responses[at];
  const kv = response?.responsePut === undefined ? response?.responseRange?.kvs[0] : response.responsePut.prevKv;
  return kv === undefined
    ? { key, value: '', modRevision: 0 }
    : { key, value: toBinaryString(kv.value), modRevision: kv.modRevision };
}
