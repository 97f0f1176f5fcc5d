// Applies decided entries to the key space, in order. An entry that would hold the event loop up (the deletion of many keys)
// is applied in slices: later entries wait behind it, messages and small reads do not, for they see the state before it.
import { MalformedBytesError } from '@reknit/base';
import type { Entry } from '@reknit/consensus';
import type { KeySpace, TxnResults } from '@reknit/mvcc';
import type { Logger } from '@reknit/runtime';
import { type ApplyResult, applyEnvelope, type UnfinishedEntry } from './apply.js';
import type { DecidedAt } from './apply-lease.js';
import { Envelope } from './envelope.js';

/** Of an entry that takes long, in one turn: a few milliseconds. */
const SLICES_PER_TURN = 3;

export interface ApplierOutlets {
  /** Before anything of it is applied. */
  begins(entry: Entry): void;
  /** Whether somebody here waits for the result. */
  results(origin: number, sequence: number): TxnResults;
  applied(origin: number, sequence: number, result: ApplyResult): void;
  /** The stage ends with this entry. */
  stopped(entry: Entry): void;
}

/** In one call. */
export interface AppliedThrough {
  /** Applied whole. */
  readonly last: Entry;
  /** In which it was decided. */
  readonly epoch: number;
}

export class Applier {
  readonly #space: KeySpace;
  readonly #log: Logger;
  readonly #outlets: ApplierOutlets;
  /** Serves every entry in turn. */
  readonly #envelope: Envelope = new Envelope();
  readonly #at: { -readonly [Field in keyof DecidedAt]: DecidedAt[Field] };
  /** Decided and not yet applied. */
  #waiting: Entry[] = [];
  /** Of the first of those that wait. */
  #unfinished: UnfinishedEntry | undefined;

  constructor(space: KeySpace, epoch: number, log: Logger, outlets: ApplierOutlets) {
    this.#space = space;
    this.#log = log;
    this.#outlets = outlets;
    this.#at = { epoch, index: 0, round: 0 };
  }

  /** An entry is half applied: the next turn goes on with it. */
  get midEntry(): boolean {
    return this.#unfinished !== undefined;
  }

  add(entry: Entry): void {
    this.#waiting.push(entry);
  }

  /** Goes no further than the end of a stage. Undefined when no entry was applied whole. */
  applyThrough(index: number): AppliedThrough | undefined {
    const { epoch } = this.#at;
    let count = 0;
    for (const entry of this.#waiting) {
      if (entry.index > index || !this.#apply(entry)) break;
      count++;
      if (entry.kind === 'stop-sign') break;
    }
    if (count === 0) return undefined;
    const last = this.#waiting[count - 1]!;
    this.#waiting = count === this.#waiting.length ? [] : this.#waiting.slice(count);
    if (last.kind === 'stop-sign') this.#at.epoch++;
    return { last, epoch };
  }

  /** A snapshot has taken their place. @param epoch in force behind it */
  dropThrough(index: number, epoch: number): void {
    this.close();
    this.#at.epoch = epoch;
    this.#waiting = this.#waiting.filter((entry) => entry.index > index);
  }

  /** Before the key space is closed: what is half applied is lost with it, and applied again from the log. */
  close(): void {
    this.#unfinished?.job.cancel();
    this.#unfinished = undefined;
  }

  /** False when it is not finished. */
  #apply(entry: Entry): boolean {
    if (this.#unfinished !== undefined) return this.#goOn(this.#unfinished);
    this.#outlets.begins(entry);
    if (entry.kind === 'stop-sign') {
      this.#outlets.stopped(entry);
      return true;
    }
    if (entry.kind === 'noop' || !this.#open(entry)) return true;
    const { origin, sequence } = this.#envelope;
    this.#at.index = entry.index;
    this.#at.round = entry.round;
    const result = applyEnvelope(this.#space, this.#envelope, this.#outlets.results(origin, sequence), this.#at);
    if (result.kind === 'unfinished') {
      this.#unfinished = result;
      return false;
    }
    this.#outlets.applied(origin, sequence, result);
    return true;
  }

  #goOn({ job }: UnfinishedEntry): boolean {
    for (let left = SLICES_PER_TURN; left > 0; left--) {
      const result = job.step();
      if (result === undefined) continue;
      this.#unfinished = undefined;
      this.#outlets.applied(this.#envelope.origin, this.#envelope.sequence, result);
      return true;
    }
    return false;
  }

  #open(entry: Entry): boolean {
    try {
      this.#envelope.open(entry.payload);
      return true;
    } catch (error) {
      if (!(error instanceof MalformedBytesError)) throw error;
      this.#log.log('error', 'a decided entry holds no request that this version knows; it changes nothing', {
        index: entry.index,
        cause: error.message,
      });
      return false;
    }
  }
}
