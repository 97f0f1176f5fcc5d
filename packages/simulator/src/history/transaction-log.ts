// What clients saw of transactions over several keys: plain data for `checkTransactions`. Times are numbers of events.

export interface SeenKey {
  readonly key: string;
  /** '' where the key was absent. */
  readonly value: string;
  /** 0: absent. */
  readonly modRevision: number;
}

export interface TransactionOperation {
  readonly client: number;
  /** What it was to write, all of it or nothing; values are unique among all. Empty: it only read. */
  readonly writes: readonly { readonly key: string; readonly value: string }[];
  readonly invokeEvent: number;
  returnEvent: number | undefined;
  /** Undefined: nobody knows whether it took effect. */
  outcome: TransactionOutcome | undefined;
}

export interface TransactionOutcome {
  readonly wrote: boolean;
  /** Of the store, at which it took effect. */
  readonly revision: number;
  /** As they were before its own writes. */
  readonly seen: readonly SeenKey[];
}

export class TransactionLog {
  readonly operations: TransactionOperation[] = [];
  #events = 0;

  begin(client: number, writes: TransactionOperation['writes']): TransactionOperation {
    const operation = { client, writes, invokeEvent: this.#events++, returnEvent: undefined, outcome: undefined };
    this.operations.push(operation);
    return operation;
  }

  finish(operation: TransactionOperation, outcome: TransactionOutcome | undefined): void {
    operation.returnEvent = this.#events++;
    operation.outcome = outcome;
  }
}
