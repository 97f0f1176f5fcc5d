// A store effect as units that the log accepts. The log takes each unit whole or not at all; between two of them a crash may
// fall, and what is there then must be a state that the replica could have been in:
//   - the round (the promise, the vote) stands before the entries of that round;
//   - the commit index covers only entries that are there;
//   - `history` says that the history of a round was taken over, so it comes with the last of its entries, never before
//     them: ZooKeeper lost data by an epoch that was durable before its log (ZOOKEEPER-3911);
//   - a hard state that forgets its round says that its stage has ended, which only the whole prefix proves: until then a vote
//     that was given stays given.
import { assert } from '@reknit/base';
import type { StoreEffect } from '@reknit/consensus';
import type { LogAppend, LogEntry, LogHardState, LogIdentity } from '@reknit/wal';

/** @param before the hard state that the log has when these are appended */
export function splitAppend<Message>(
  identity: LogIdentity,
  effect: StoreEffect<Message>,
  bytesMax: number,
  before: LogHardState | undefined,
): readonly LogAppend[] {
  const { group, branch, epoch } = identity;
  const { truncateFrom, entries, hardState } = effect;
  const runs = splitEntries(entries, bytesMax);
  if (runs.length <= 1) return [{ group, branch, epoch, truncateFrom, entries, hardState }];
  const forgets = hardState !== undefined && before !== undefined && hardState.round < before.round;
  const preliminary = hardState === undefined || forgets ? undefined : preliminaryOf(hardState, entries, before);
  return runs.map((run, at) => {
    const unit = { group, branch, epoch, entries: run };
    if (at === 0) return { ...unit, truncateFrom, hardState: preliminary };
    return { ...unit, truncateFrom: undefined, hardState: at === runs.length - 1 ? hardState : undefined };
  });
}

/** What may be said before all of the entries are there. Slots come in any order. */
function preliminaryOf(hardState: LogHardState, entries: readonly LogEntry[], before: LogHardState | undefined): LogHardState {
  const lowest = entries.reduce((index, entry) => Math.min(index, entry.index), Number.POSITIVE_INFINITY);
  assert(Number.isFinite(lowest), 'what is split has entries');
  return { ...hardState, history: before?.history ?? 0, commit: Math.min(hardState.commit, lowest - 1) };
}

function splitEntries(entries: readonly LogEntry[], bytesMax: number): readonly (readonly LogEntry[])[] {
  const runs: LogEntry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    bytes += entry.payload.length;
    if (bytes > bytesMax) {
      runs.push([]);
      bytes = entry.payload.length;
    }
    runs.at(-1)!.push(entry);
  }
  return runs;
}
