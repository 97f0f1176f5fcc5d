// A store effect as units that the log accepts. The log takes each unit whole or not at all; between two of them a crash may
// fall, and what is there then must be a state that the replica could have been in: the round before the entries of that
// round, and a commit index only over entries that are there.
import type { StoreEffect } from '@reknit/consensus';
import type { LogAppend, LogEntry, LogIdentity } from '@reknit/wal';

export function splitAppend<Message>(
  identity: LogIdentity,
  effect: StoreEffect<Message>,
  bytesMax: number,
): readonly LogAppend[] {
  const { group, branch, epoch } = identity;
  const { truncateFrom, entries, hardState } = effect;
  const runs = splitEntries(entries, bytesMax);
  if (runs.length <= 1) return [{ group, branch, epoch, truncateFrom, entries, hardState }];
  return runs.map((run, at) => {
    const unit = { group, branch, epoch, entries: run };
    if (at > 0) return { ...unit, truncateFrom: undefined, hardState: undefined };
    const commit = hardState === undefined ? 0 : Math.min(hardState.commit, run[0]!.index - 1);
    return { ...unit, truncateFrom, hardState: hardState === undefined ? undefined : { ...hardState, commit } };
  });
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
