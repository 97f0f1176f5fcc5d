// What the group's decided requests mean, told by a model that takes each entry once, from whichever member hands it out first.
import type { Millis } from '@reknit/base';
import { decodeCompactionRequest, decodeDeleteRangeRequest, decodePutRequest, decodeTxnRequest } from '@reknit/etcd-api';
import { Envelope, Operation } from '@reknit/store';
import type { LogEntry } from '@reknit/wal';
import { KeySpaceModel } from '../model/key-space-model.js';

export class DecidedRequests {
  readonly model: KeySpaceModel = new KeySpaceModel();
  readonly #envelope = new Envelope();
  #last = 0;

  take(entry: LogEntry, at: Millis): void {
    if (entry.index !== this.#last + 1) return;
    this.#last = entry.index;
    if (entry.kind === 'normal') this.#apply(this.#envelope.open(entry.payload), at);
  }

  #apply({ operation, request }: Envelope, at: Millis): void {
    switch (operation) {
      case Operation.put:
        return this.model.put(at, decodePutRequest(request));
      case Operation.deleteRange:
        return this.model.deleteRange(at, decodeDeleteRangeRequest(request));
      case Operation.txn:
        return this.model.txn(at, decodeTxnRequest(request));
      case Operation.compact:
        return this.model.compact(decodeCompactionRequest(request).revision);
    }
  }
}
