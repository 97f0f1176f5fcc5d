// The alarms of one keyspace, as of the last entry applied, and what they refuse: with etcd's texts, and before a request is
// proposed. NOSPACE refuses what makes the data grow, CORRUPT all that clients ask for but the alarms themselves.
import type { Failure } from '@reknit/grpc';
import type { KeySpace } from '@reknit/mvcc';
import { type Alarm, groupRecordOf } from '../configuration/group-record.js';
import { EtcdErrors } from '../errors.js';
import { type Admits, grows } from './admission.js';
import { Operation } from './envelope.js';

/** What the cluster itself needs is never refused. */
const OWN_OPERATIONS: ReadonlySet<Operation> = new Set([Operation.alarm, Operation.configure, Operation.leaseExpiry]);

export class Alarms {
  readonly #space: KeySpace;
  #raised: readonly Alarm[] = [];

  constructor(space: KeySpace) {
    this.#space = space;
    this.reload();
  }

  get raised(): readonly Alarm[] {
    return this.#raised;
  }

  /** The state's record has changed. */
  reload(): void {
    this.#raised = groupRecordOf(this.#space).alarms;
  }

  get admits(): Admits {
    return this.#has('nospace') ? 'needful' : 'all';
  }

  get readRefusal(): Failure | undefined {
    return this.#has('corrupt') ? EtcdErrors.corruptCluster : undefined;
  }

  writeRefusal(operation: Operation, request: Uint8Array): Failure | undefined {
    if (this.#raised.length === 0 || OWN_OPERATIONS.has(operation)) return undefined;
    if (this.#has('corrupt')) return EtcdErrors.corruptCluster;
    return grows(operation, request) ? EtcdErrors.noSpace : undefined;
  }

  #has(kind: Alarm['kind']): boolean {
    return this.#raised.some((alarm) => alarm.kind === kind);
  }
}
