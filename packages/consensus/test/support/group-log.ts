// The durable log of a group through its stages, as a WAL keeps it: it survives `crash` of its node. A view shows one stage alone, for
// ever, as the log of the store does.
import type {
  BeginEffect,
  Entry,
  Epoch,
  GroupLog,
  HardState,
  Index,
  LogReader,
  Round,
  Stage,
  StoreEffect,
} from '../../src/index.js';
import { MemoryLog } from './memory-log.js';

const NEW: HardState = { round: 0 as Round, vote: undefined, history: 0 as Round, commit: 0 as Index };

export class MemoryGroupLog implements GroupLog {
  whole = new MemoryLog();
  starts: { readonly epoch: Epoch; readonly start: Index }[];
  hardState: HardState = NEW;
  /** That durably began. */
  stage: Stage;
  private current: StageView;

  constructor(stage: Stage) {
    this.stage = stage;
    this.starts = [{ epoch: stage.epoch, start: 0 as Index }];
    this.current = new StageView(this.whole, 0 as Index);
  }

  get start(): Index {
    return this.starts.at(-1)!.start;
  }

  get base(): LogReader['base'] {
    return this.whole.base;
  }

  get lastIndex(): Index {
    return this.whole.lastIndex;
  }

  roundAt(index: Index): Round | undefined {
    return this.whole.roundAt(index);
  }

  ballotAt(index: Index): Round | undefined {
    return this.whole.ballotAt(index);
  }

  read(from: Index, to: Index, bytesMax: number): readonly Entry[] {
    return this.whole.read(from, to, bytesMax);
  }

  epochAt(index: Index): Epoch | undefined {
    if (this.whole.roundAt(index) === undefined) return undefined;
    return this.starts.findLast(({ start }) => start < index)?.epoch ?? this.starts[0]!.epoch;
  }

  view(): LogReader {
    return this.current;
  }

  apply(effect: StoreEffect<unknown>): void {
    this.whole.apply(effect);
    this.hardState = effect.hardState ?? this.hardState;
  }

  begin({ index, stage }: BeginEffect): void {
    if (this.whole.contiguousThrough < index) throw new Error(`epoch ${stage.epoch} begins at ${index} without what is before`);
    this.whole.entries.length = Math.min(this.whole.entries.length, Math.max(0, index - this.whole.base.index));
    this.current.end = index;
    this.moveTo(stage, index);
  }

  /** A snapshot. @param start of the stage in force after it */
  install(index: Index, round: Round, stage: Stage, start: Index): void {
    if (stage.epoch !== this.stage.epoch) {
      this.whole.entries = [];
      this.moveTo(stage, start);
    }
    this.whole.install(index, index === start ? (0 as Round) : round);
  }

  private moveTo(stage: Stage, start: Index): void {
    this.stage = stage;
    this.starts = [...this.starts, { epoch: stage.epoch, start }];
    this.hardState = NEW;
    this.current = new StageView(this.whole, start);
  }
}

class StageView implements LogReader {
  readonly whole: MemoryLog;
  readonly start: Index;
  end = Number.POSITIVE_INFINITY;

  constructor(whole: MemoryLog, start: Index) {
    this.whole = whole;
    this.start = start;
  }

  get base(): LogReader['base'] {
    return this.whole.base.index > this.start ? this.whole.base : { index: this.start, round: 0 as Round };
  }

  get lastIndex(): Index {
    return Math.max(this.start, Math.min(this.whole.lastIndex, this.end)) as Index;
  }

  roundAt(index: Index): Round | undefined {
    const { base } = this;
    if (index === base.index) return base.round;
    return index < base.index || index > this.end ? undefined : this.whole.roundAt(index);
  }

  ballotAt(index: Index): Round | undefined {
    return index <= this.base.index || index > this.end ? undefined : this.whole.ballotAt(index);
  }

  read(from: Index, to: Index, bytesMax: number): readonly Entry[] {
    return this.whole.read(from, Math.min(to, this.end) as Index, bytesMax);
  }
}
