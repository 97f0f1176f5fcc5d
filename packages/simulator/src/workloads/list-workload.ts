// Clients that append to lists, and read them. A list is the value of one key; an append reads it, and puts it back longer by one
// if nobody came in between. Elements are unique, so that a list tells who came before whom.
import { fromBinaryString, type Millis, toBinaryString } from '@reknit/base';
import {
  createCompare,
  createPutRequest,
  createRangeRequest,
  createRequestOp,
  createTxnRequest,
  decodeRangeResponse,
  decodeTxnResponse,
  encodeRangeRequest,
  encodeTxnRequest,
  type KeyValue,
} from '@reknit/etcd-api';
import type { ListLog, ListOutcome } from '../history/list-log.js';
import { type Answer, around, type Channel, type ClientWorld } from './channel.js';

export interface ListClient extends ClientWorld {
  readonly channel: Channel;
}

const PAUSE: Millis = 120;
const APPENDS = 0.6;
const COMPARE_MOD = 2;

export class ListWorkload {
  readonly #clients: readonly ListClient[];
  readonly #keys: readonly string[];
  readonly #log: ListLog;
  #running = false;
  #elements = 0;

  constructor(clients: readonly ListClient[], keys: readonly string[], log: ListLog) {
    this.#clients = clients;
    this.#keys = keys;
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
      if (this.#running) this.#read(client, this.#keys[Math.floor(one.random() * this.#keys.length)]!);
    });
  }

  #read(client: number, key: string): void {
    const one = this.#clients[client]!;
    const operation = this.#log.begin(client, key, undefined);
    const request = encodeRangeRequest(createRangeRequest({ key: fromBinaryString(key) }));
    one.channel.call('/etcdserverpb.KV/Range', request, (answer) => {
      if (answer.kind !== 'ok') {
        this.#log.finish(operation, undefined);
        return this.#elsewhere(client);
      }
      const kv = decodeRangeResponse(answer.response).kvs[0];
      const list = listOf(kv);
      this.#log.finish(operation, { appended: false, list });
      if (this.#running && one.random() < APPENDS) this.#append(client, key, list, kv?.modRevision ?? 0);
      else this.#again(client);
    });
  }

  #append(client: number, key: string, list: readonly string[], modRevision: number): void {
    const element = `${client}.${++this.#elements}`;
    const longer = [...list, element];
    const operation = this.#log.begin(client, key, element);
    const request = appendRequest(fromBinaryString(key), longer, modRevision);
    this.#clients[client]!.channel.call('/etcdserverpb.KV/Txn', request, (answer) => {
      this.#log.finish(operation, outcomeOf(answer, longer));
      if (answer.kind === 'ok') this.#again(client);
      else this.#elsewhere(client);
    });
  }

  #elsewhere(client: number): void {
    this.#clients[client]!.channel.move();
    this.#again(client);
  }
}

function appendRequest(key: Uint8Array, list: readonly string[], modRevision: number): Uint8Array {
  const put = createRequestOp({ requestPut: createPutRequest({ key, value: fromBinaryString(list.join()) }) });
  const get = createRequestOp({ requestRange: createRangeRequest({ key }) });
  const compare = createCompare({ key, target: COMPARE_MOD, modRevision });
  return encodeTxnRequest(createTxnRequest({ compare: [compare], success: [put], failure: [get] }));
}

function outcomeOf(answer: Answer, longer: readonly string[]): ListOutcome | undefined {
  if (answer.kind !== 'ok') return undefined;
  const { succeeded, responses } = decodeTxnResponse(answer.response);
  return succeeded ? { appended: true, list: longer } : { appended: false, list: listOf(responses[0]?.responseRange?.kvs[0]) };
}

const listOf = (kv: KeyValue | undefined): readonly string[] => (kv === undefined ? [] : toBinaryString(kv.value).split(','));
