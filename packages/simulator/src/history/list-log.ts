// What clients saw of lists that they append to: plain data for `checkLists`. Times are numbers of events, as in a history.

export interface ListOperation {
  readonly client: number;
  readonly key: string;
  /** What it was to append; undefined: it only read. Unique among all. */
  readonly element: string | undefined;
  readonly invokeEvent: number;
  returnEvent: number | undefined;
  /** Undefined: nobody knows whether it took effect. */
  outcome: ListOutcome | undefined;
}

export interface ListOutcome {
  readonly appended: boolean;
  /** As it was read, or as the append left it. */
  readonly list: readonly string[];
}

export class ListLog {
  readonly operations: ListOperation[] = [];
  #events = 0;

  begin(client: number, key: string, element: string | undefined): ListOperation {
    const operation = { client, key, element, invokeEvent: this.#events++, returnEvent: undefined, outcome: undefined };
    this.operations.push(operation);
    return operation;
  }

  finish(operation: ListOperation, outcome: ListOutcome | undefined): void {
    operation.returnEvent = this.#events++;
    operation.outcome = outcome;
  }
}
