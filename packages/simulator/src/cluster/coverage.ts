// What a run has been through: a quiet run is no evidence, and must not look like one.
import type { Logger } from '@reknit/runtime';

export interface Coverage {
  /** Leaders that took office. */
  elections: number;
  /** Processes that were started, the first ones included. */
  starts: number;
  /** Entries of a member's log that gave way to others. */
  overwritten: number;
  snapshotsFetched: number;
  snapshotsInstalled: number;
  /** Unfinished writes that a start found at the end of its log. */
  tornTails: number;
  segmentsRemoved: number;
  /** Batches of a state's tables that became durable. */
  pageWrites: number;
  /** Writes through a member that did not lead. */
  forwarded: number;
  /** That watchers saw and that were checked, and progress marks likewise. */
  watchEvents: number;
  watchMarks: number;
  /** Watch streams that were cut and opened again. */
  watchCuts: number;
  /** Responses that were followed by the rest of their revision. */
  watchFragments: number;
  /** Watches that began below a compaction. */
  watchesCompacted: number;
  leasesGranted: number;
  keepAlives: number;
  /** Leases that nobody revoked. */
  leasesExpired: number;
  locksHeld: number;
  fencedWrites: number;
  /** Writes under a token that were refused: the holder's time was over. */
  fencedOff: number;
  /** Reads of lists and appends to them; reads and transfers of several accounts at once. */
  listOperations: number;
  transactions: number;
  /** Changes that came into force. */
  protocolSwitches: number;
  membersAdded: number;
  membersRemoved: number;
  learnersPromoted: number;
  membersReplaced: number;
  plansCancelled: number;
}

export const newCoverage = (): Coverage => ({
  elections: 0,
  starts: 0,
  overwritten: 0,
  snapshotsFetched: 0,
  snapshotsInstalled: 0,
  tornTails: 0,
  segmentsRemoved: 0,
  pageWrites: 0,
  forwarded: 0,
  watchEvents: 0,
  watchMarks: 0,
  watchCuts: 0,
  watchFragments: 0,
  watchesCompacted: 0,
  leasesGranted: 0,
  keepAlives: 0,
  leasesExpired: 0,
  locksHeld: 0,
  fencedWrites: 0,
  fencedOff: 0,
  listOperations: 0,
  transactions: 0,
  protocolSwitches: 0,
  membersAdded: 0,
  membersRemoved: 0,
  learnersPromoted: 0,
  membersReplaced: 0,
  plansCancelled: 0,
});

/** What members tell only their log. */
const COUNTED: Readonly<Record<string, 'snapshotsFetched' | 'snapshotsInstalled' | 'tornTails'>> = {
  'fetching a snapshot': 'snapshotsFetched',
  'snapshot installed': 'snapshotsInstalled',
  'cut an unfinished write off the log': 'tornTails',
};

export const countingLogger = (coverage: Coverage, next: Logger | undefined): Logger => ({
  log: (level, message, fields) => {
    const counted = COUNTED[message];
    if (counted !== undefined) coverage[counted]++;
    next?.log(level, message, fields);
  },
});
