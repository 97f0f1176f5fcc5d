// A load whose every operation is recorded, so that in the end a checker can tell whether anything was lost or stale.
import { type Client, type ClientOptions, createClient } from '@reknit/client';
import type { Clock } from '@reknit/runtime';
import {
  type FinalState,
  History,
  type InitialStates,
  type Judgement,
  judgeHistory,
  type KnownState,
  type Operation,
  type RegisterWorkload,
  registerWorkload,
} from '@reknit/simulator';
import { CheckedClient } from './checked-client.js';

export type ClientFactory = (options: ClientOptions) => Client;

export interface CheckedLoadOptions {
  readonly endpoints: readonly string[];
  readonly clock: Clock;
  /** Default 18: six at each of three members. */
  readonly clients?: number;
  /** Default 32. */
  readonly keys?: number;
  /** Default: the real client. */
  readonly createClient?: ClientFactory;
}

/** What an earlier load over the same keys left: writes that may yet take effect, and the keys as they were read back. */
interface Heritage {
  readonly generation: number;
  readonly history: History;
  readonly initial: InitialStates;
}

export interface LoadVerdict extends Judgement {
  readonly operations: number;
  readonly reads: number;
}

const CLIENTS_DEFAULT = 18;
const KEYS_DEFAULT = 32;
/** Leaves the machine room to run three nodes beside the load. */
const THINK_TIME_MS = 4;
const DRAIN_PATIENCE_MS = 3000;
const READ_BACK_PATIENCE_MS = 15_000;

export class CheckedLoad {
  readonly clients: number;
  readonly #options: CheckedLoadOptions;
  readonly #heritage: Heritage;
  readonly #connections: readonly Client[];
  readonly #workload: RegisterWorkload;
  #final: FinalState | undefined;

  constructor(options: CheckedLoadOptions, heritage: Heritage = { generation: 0, history: new History(), initial: new Map() }) {
    this.#options = options;
    this.#heritage = heritage;
    const { endpoints, clock, createClient: connect = createClient } = options;
    this.clients = options.clients ?? CLIENTS_DEFAULT;
    this.#connections = Array.from({ length: this.clients }, () => connect({ endpoints, retry: 'none' }));
    this.#workload = registerWorkload({
      clients: this.#connections.map((connection, at) => new CheckedClient(connection, endpoints, at % endpoints.length)),
      keys: Array.from({ length: options.keys ?? KEYS_DEFAULT }, (_, at) => `checked/${at}`),
      history: heritage.history,
      valuePrefix: `g${heritage.generation}c`,
      clock,
      random: Math.random,
      thinkTime: THINK_TIME_MS,
    });
  }

  /** Begun so far. */
  get operations(): number {
    return this.#heritage.history.operations.length;
  }

  start(): void {
    this.#workload.start();
  }

  /** Stops the clients, waits for what is under way, and reads every key. */
  async finish(): Promise<void> {
    await new Promise<void>((resolve) => this.#workload.stop(DRAIN_PATIENCE_MS, resolve));
    this.#final = await new Promise<FinalState>((resolve) => this.#workload.readBack(READ_BACK_PATIENCE_MS, resolve));
    for (const connection of this.#connections) connection.close();
  }

  /** After `finish`. */
  judge(): LoadVerdict {
    const { history, initial } = this.#heritage;
    const judgement = judgeHistory(history.operations, this.#final?.reads ?? new Map(), { initial });
    return { ...judgement, operations: history.operations.length, reads: history.counts().read };
  }

  /** After `finish`: goes on over the same keys, with a history of its own. */
  successor(): CheckedLoad {
    const { generation, history } = this.#heritage;
    const initial = new Map<string, KnownState>([...(this.#final?.reads ?? [])].map(([key, { state }]) => [key, state]));
    return new CheckedLoad(this.#options, { generation: generation + 1, history: history.successor(), initial });
  }

  /** How long after `since`, on the runtime's clock, the first write that was begun after it was acknowledged; undefined while none is. */
  firstAcknowledgedWriteAfter(since: number): number | undefined {
    const moments = this.#heritage.history.operations
      .filter((operation) => operation.invokedAt >= since && isAcknowledgedWrite(operation))
      .map(({ returnedAt = Number.POSITIVE_INFINITY }) => returnedAt - since);
    return moments.length === 0 ? undefined : moments.reduce((least, moment) => Math.min(least, moment));
  }
}

const isAcknowledgedWrite = ({ outcome }: Operation): boolean => outcome.kind === 'ok' && outcome.wrote;
