// What the group's decided requests mean, told by a model that takes each entry once, from whichever member hands it out first.
import { ByteReader, type Millis, unreachable } from '@reknit/base';
import {
  decodeCompactionRequest,
  decodeDeleteRangeRequest,
  decodeLeaseGrantRequest,
  decodeLeaseRevokeRequest,
  decodePutRequest,
  decodeTxnRequest,
} from '@reknit/etcd-api';
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
    if (entry.kind === 'normal') this.#apply(this.#envelope.open(entry.payload), entry, at);
  }

  #apply({ operation, request }: Envelope, entry: LogEntry, at: Millis): void {
    switch (operation) {
      case Operation.put:
        return this.model.put(at, decodePutRequest(request));
      case Operation.deleteRange:
        return this.model.deleteRange(at, decodeDeleteRangeRequest(request));
      case Operation.txn:
        return this.model.txn(at, decodeTxnRequest(request));
      case Operation.compact:
        return this.model.compact(decodeCompactionRequest(request).revision);
      case Operation.leaseGrant:
        return this.model.grant(decodeLeaseGrantRequest(request).ID, entry.index);
      case Operation.leaseRevoke:
        return this.model.revoke(at, decodeLeaseRevokeRequest(request).ID);
      case Operation.leaseExpiry:
        return this.#expire(new ByteReader(request), entry, at);
      // Of the cluster: they change no key.
      case Operation.configure:
      case Operation.alarm:
        return;
      default:
        return unreachable(operation);
    }
  }

  /** What a leader says counts only in its own round, and only for the life of the lease that it meant. */
  #expire(claim: ByteReader, entry: LogEntry, at: Millis): void {
    claim.u32();
    const round = claim.u64();
    const id = BigInt.asIntN(64, claim.bigU64());
    const granted = claim.u64();
    if (round === entry.round && this.model.leases.get(id)?.grantedBy === granted) this.model.revoke(at, id);
  }
}
