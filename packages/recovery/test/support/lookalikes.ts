// What looks like a fault and is none, or another one: for each class the innocent situations that came to mind. The runbooks
// name them in the same words.
import { bareFacts, type Facts, type FaultName, type Verdict } from '../../src/index.js';
import {
  alive,
  clock,
  cutOff,
  dead,
  diskSpace,
  endsOf,
  lateLoop,
  logLine,
  matrix,
  metric,
  NOW,
  neighbour,
  probe,
  silent,
  slowDisk,
  vitals,
} from './canonical-facts.js';

export interface Lookalike {
  readonly of: FaultName;
  readonly situation: string;
  readonly facts: Partial<Facts>;
  /** What it is, if anything. */
  readonly is: Verdict;
}

const LOADED: Partial<Facts> = { ...silent, silence: { ms: 3000, phi: 9, ranMs: 300, queuedMs: 2600 } };
const downVotes = (...names: readonly string[]) => names.map((name) => ({ name, vote: 'down' as const }));
const upVotes = (...names: readonly string[]) => names.map((name) => ({ name, vote: 'up' as const }));

export const LOOKALIKES: readonly Lookalike[] = [
  {
    of: 'crash',
    situation: 'Its port refuses while it is still starting, or closes before it ends.',
    facts: { ...alive, connect: 'refused', health: 'silent' },
    is: 'not-enough-evidence',
  },
  {
    of: 'crash',
    situation: 'An operator stopped it and said so.',
    facts: { ...dead, exit: { code: 0 }, plannedStop: { until: NOW + 60_000, by: 'operator' } },
    is: 'planned-stop',
  },
  {
    of: 'crash-loop',
    situation: 'Somebody kills it once a minute, and it held a soak in between.',
    facts: { ...dead, exits: [{ at: NOW, exit: { signal: 'SIGKILL' } }] },
    is: 'crash',
  },
  {
    of: 'crash-loop',
    situation: 'Five ends in a minute, each in its own way.',
    facts: { ...dead, exits: [1, 2, 3, 4, 5].map((code) => ({ at: NOW - code, exit: { code } })) },
    is: 'crash',
  },
  {
    of: 'config-error',
    situation: 'It ended in this way before its configuration changed, too.',
    facts: { ...dead, ...endsOf(5), changedAt: NOW - 8500 },
    is: 'crash-loop',
  },
  {
    of: 'config-error',
    situation: 'The system’s memory killer ends it again and again after a change that has nothing to do with it.',
    facts: {
      ...dead,
      exits: [1, 2, 3].map((at) => ({ at: NOW - at, exit: { signal: 'SIGKILL' } })),
      changedAt: NOW - 8000,
    },
    is: 'crash',
  },
  {
    of: 'hang',
    situation: 'The machine has no processor to spare, and it waits for its turn.',
    facts: LOADED,
    is: 'not-enough-evidence',
  },
  {
    of: 'hang',
    situation: 'The observer itself stood still, and finds everybody silent afterwards.',
    facts: { ...silent, votes: [], observerLateMs: 4000 },
    is: 'not-enough-evidence',
  },
  {
    of: 'hang',
    situation: 'It is idle for two seconds of silence, and its peers hear it.',
    facts: { ...silent, votes: upVotes('n2', 'n3') },
    is: 'not-enough-evidence',
  },
  {
    of: 'hang',
    situation: 'It waits for its disk (state D) at the moment in which it is asked, and was heard just before.',
    facts: { ...silent, processState: 'blocked', silence: undefined, votes: [] },
    is: 'not-enough-evidence',
  },
  {
    of: 'blocked-loop',
    situation: 'A process with a full processor that answers, late.',
    facts: { ...alive, vitals: vitals({ loopDelayMs: 900 }), signals: [lateLoop(true)] },
    is: 'not-enough-evidence',
  },
  {
    of: 'blocked-loop',
    situation: 'Nobody can tell what its main thread does.',
    facts: { ...silent, silence: { ms: 4000, phi: 12, ranMs: undefined, queuedMs: undefined }, votes: [] },
    is: 'not-enough-evidence',
  },
  {
    of: 'gray',
    situation: 'One peer does not hear it, because that peer is being restarted or its own link is bad.',
    facts: { ...alive, votes: [...downVotes('n2'), ...upVotes('n3')] },
    is: 'not-enough-evidence',
  },
  {
    of: 'slow-disk',
    situation: 'Under full load the disks of all members are slow.',
    facts: {
      ...alive,
      vitals: vitals({ logSyncMs: 900 }),
      peers: [
        { name: 'n2', vitals: vitals(), syncP99Ms: 700 },
        { name: 'n3', vitals: vitals(), syncP99Ms: 800 },
      ],
      signals: [slowDisk(true)],
    },
    is: 'not-enough-evidence',
  },
  {
    of: 'slow-disk',
    situation: 'A single slow moment (a discard, a snapshot of the volume), and nobody to compare with.',
    facts: { ...alive, vitals: vitals({ logSyncMs: 900 }), signals: [slowDisk(true)] },
    is: 'not-enough-evidence',
  },
  {
    of: 'disk-full',
    situation: 'A disk that has been 95 % full for years.',
    facts: { ...alive, signals: [diskSpace(50 << 20, 0)] },
    is: 'not-enough-evidence',
  },
  {
    of: 'disk-full',
    situation: 'A backup fills the disk for a moment and removes what it wrote.',
    facts: { ...alive, signals: [diskSpace(50 << 20, -1_000_000)] },
    is: 'not-enough-evidence',
  },
  {
    of: 'corruption',
    situation: 'The last line of a living process’s log speaks of a checksum: it has just verified one.',
    facts: { ...alive, lastWords: 'checksum of snapshot verified' },
    is: 'not-enough-evidence',
  },
  {
    of: 'torn-tail',
    situation: 'A member that serves reports that it has cut a torn end: nothing is left to do.',
    facts: { ...alive, signals: [logLine('cut a torn tail of 4096 bytes', false)] },
    is: 'not-enough-evidence',
  },
  {
    of: 'lost-write',
    situation: 'A sync failed and ended the process: what was not synced was not acknowledged.',
    facts: {
      ...dead,
      exit: { code: 1 },
      exitMark: { bootId: 'b', pid: 7, at: NOW, reason: 'fatal: the write-ahead log cannot be written any more' },
    },
    is: 'crash',
  },
  {
    of: 'disk-lost',
    situation: 'A new member begins with an empty directory, as it must.',
    facts: { ...alive, health: 'not-tried', lastWords: 'data directory is empty: joining as a new member' },
    is: 'not-enough-evidence',
  },
  {
    of: 'clock-jump',
    situation: 'The time service sets a clock right: it jumps, and agrees with its peers afterwards.',
    facts: { ...alive, signals: [clock('monotonic clock', -90_000, true), clock('median of n2, n3', 3, false)] },
    is: 'not-enough-evidence',
  },
  {
    of: 'full-partition',
    situation: 'It is dead or hung: its peers do not hear it, and it says nothing itself.',
    facts: { ...silent, reach: cutOff.filter(({ from }) => from !== 'n1') },
    is: 'hang',
  },
  {
    of: 'full-partition',
    situation: 'It is with the majority, and the others are cut off.',
    facts: { ...alive, subject: 'n2', reach: cutOff },
    is: 'not-enough-evidence',
  },
  {
    of: 'partial-partition',
    situation: 'One peer is dead: nobody hears it, and it says nothing.',
    facts: { ...alive, reach: matrix(['n1', 'n2', 'n3'], ['n1', 'n3'], ['n2', 'n3']).filter(({ from }) => from !== 'n3') },
    is: 'not-enough-evidence',
  },
  {
    of: 'partial-partition',
    situation: 'It has just been started on a busy machine, its own loop is late, and one peer misses it for a moment.',
    facts: {
      ...alive,
      health: 'silent',
      vitals: vitals({ loopDelayMs: 812 }),
      servesSince: NOW - 1500,
      signals: [lateLoop(true)],
      votes: [...downVotes('n2'), ...upVotes('n3')],
      reach: matrix(['n1', 'n2', 'n3'], ['n2', 'n1']).map((each) => (each.ok ? each : { ...each, forMs: 700 })),
    },
    is: 'not-enough-evidence',
  },
  {
    of: 'gray',
    situation: 'Both peers miss it for a moment, since their own loops are late.',
    facts: { ...alive, votes: downVotes('n2', 'n3').map((vote) => ({ ...vote, forMs: 400 })) },
    is: 'not-enough-evidence',
  },
  {
    of: 'overload',
    situation: 'All processors are busy and no client complains.',
    facts: { ...alive, vitals: vitals({ loopDelayMs: 900 }), signals: [lateLoop(true)], fleet: { total: 3, unwell: 1 } },
    is: 'not-enough-evidence',
  },
  {
    of: 'overload',
    situation: 'A peak of a few seconds.',
    facts: { ...alive, signals: [lateLoop(true), metric(false)] },
    is: 'not-enough-evidence',
  },
  {
    of: 'split-brain',
    situation: 'The lead has just changed, and the old leader hears of it a moment later.',
    facts: {
      ...alive,
      claims: [
        { by: 'n1', role: 'leader of orders', epoch: 4, since: NOW - 60_000, at: NOW - 900 },
        { by: 'n2', role: 'leader of orders', epoch: 5, since: NOW - 1500, at: NOW - 100 },
      ],
    },
    is: 'not-enough-evidence',
  },
  {
    of: 'split-brain',
    situation: 'It is the newer of the two.',
    facts: {
      ...alive,
      claims: [
        { by: 'n1', role: 'leader of orders', epoch: 5, since: NOW - 60_000, at: NOW - 100 },
        { by: 'n2', role: 'leader of orders', epoch: 4, since: NOW - 90_000, at: NOW - 100 },
      ],
    },
    is: 'not-enough-evidence',
  },
  {
    of: 'quorum-lost',
    situation: 'All nodes were killed at once and are being started.',
    facts: {
      ...alive,
      health: 'bad',
      quorum: { voters: 3, reachable: 1, forMs: 12_000 },
      neighbours: ['n2', 'n3'].map((subject) => neighbour({ subject, sameGroup: true, verdict: 'crash' })),
    },
    is: 'not-enough-evidence',
  },
  {
    of: 'quorum-lost',
    situation: 'It is cut off, and the others have a majority.',
    facts: { ...alive, reach: cutOff, quorum: { voters: 3, reachable: 1, forMs: 60_000 } },
    is: 'full-partition',
  },
  {
    of: 'lagging',
    situation: 'A burst of writes that a follower catches up with in seconds.',
    facts: { ...alive, lag: { entries: 40_000, appliesPerSecond: 20_000, forMs: 2000 } },
    is: 'not-enough-evidence',
  },
  {
    of: 'lagging',
    situation: 'It stands still, which is no lag.',
    facts: { ...alive, lag: { entries: 500_000, appliesPerSecond: 0, forMs: 60_000 } },
    is: 'not-enough-evidence',
  },
  {
    of: 'diverged',
    situation: 'Hashes were compared at two revisions: no alarm is raised, the members only differ in how far they are.',
    facts: { ...alive, lag: { entries: 10, appliesPerSecond: 1000, forMs: 20 } },
    is: 'not-enough-evidence',
  },
  {
    of: 'leaked-lock',
    situation: 'A holder that works, however long others wait.',
    facts: {
      ...alive,
      locks: [{ key: 'report', holder: 'web-1', holderState: 'busy', epoch: 3, waiters: 9, heldMs: 3_600_000 }],
    },
    is: 'not-enough-evidence',
  },
  {
    of: 'leaked-lock',
    situation: 'Its holder has just died, and the lease under the lock is about to end.',
    facts: { ...alive, locks: [{ key: 'report', holder: 'web-1', holderState: 'gone', epoch: 3, waiters: 1, heldMs: 2000 }] },
    is: 'not-enough-evidence',
  },
  {
    of: 'dependency-down',
    situation: 'What it depends on is down, and it does well without.',
    facts: { ...alive, onset: NOW - 1000, neighbours: [neighbour({ dependsOn: true, verdict: 'crash' })] },
    is: 'not-enough-evidence',
  },
  {
    of: 'dependency-down',
    situation: 'What it depends on fell ill after it, perhaps because of it.',
    facts: {
      ...alive,
      onset: NOW - 60_000,
      signals: [logLine('FATAL')],
      neighbours: [neighbour({ dependsOn: true, verdict: 'overload', since: NOW - 1000 })],
    },
    is: 'not-enough-evidence',
  },
  {
    of: 'correlated',
    situation: 'Everybody is silent here, and others hear them all.',
    facts: {
      ...silent,
      onset: NOW - 4000,
      votes: upVotes('n2', 'n3'),
      fleet: { total: 4, unwell: 4 },
      neighbours: ['web-2', 'web-3', 'web-4'].map((subject) => neighbour({ subject, since: NOW - 4000 })),
    },
    is: 'observer-fault',
  },
  {
    of: 'full-partition',
    situation: 'Everybody is silent here, and no other agent is heard either: it is this observer that was cut off.',
    facts: {
      ...silent,
      onset: NOW - 4000,
      silence: { ms: 4000, phi: 9, ranMs: undefined, queuedMs: undefined },
      votes: [],
      connect: 'no-answer',
      isAlone: true,
      fleet: { total: 3, unwell: 3 },
    },
    is: 'observer-fault',
  },
  {
    of: 'correlated',
    situation: 'All members on one busy machine are suspected at once, and none is diagnosed.',
    facts: {
      ...silent,
      onset: NOW - 4000,
      silence: { ms: 4000, phi: 9, ranMs: undefined, queuedMs: undefined },
      votes: downVotes('n2', 'n3'),
      connect: 'no-answer',
      fleet: { total: 3, unwell: 3 },
      neighbours: ['n2', 'n3'].map((subject) => neighbour({ subject, since: NOW - 4000, sameGroup: true, sameHost: true })),
    },
    is: 'not-enough-evidence',
  },
  {
    of: 'correlated',
    situation: 'Many were killed at once: they are started, all of them.',
    facts: {
      ...dead,
      onset: NOW - 100,
      fleet: { total: 3, unwell: 3 },
      neighbours: ['n2', 'n3'].map((subject) => neighbour({ subject, since: NOW - 100, sameGroup: true })),
    },
    is: 'crash',
  },
  {
    of: 'flapping',
    situation: 'It was mended three times, and has been well since.',
    facts: { ...alive, recentIncidents: [1, 2, 3].map((ago) => ({ fault: 'hang', closedAt: NOW - ago * 1000 })) },
    is: 'not-enough-evidence',
  },
  {
    of: 'flapping',
    situation: 'Killed for the sixth time in ten minutes, each time from outside: it is started once more.',
    facts: { ...dead, recentIncidents: [1, 2, 3, 4, 5].map((ago) => ({ fault: 'crash', closedAt: NOW - ago * 60_000 })) },
    is: 'crash',
  },
  {
    of: 'observer-fault',
    situation: 'This observer was late, and hears everybody: it accuses nobody, so there is nothing to doubt.',
    facts: { ...alive, observerLateMs: 4000 },
    is: 'not-enough-evidence',
  },
  {
    of: 'planned-stop',
    situation: 'An orderly end that nobody had announced.',
    facts: { ...dead, exit: { code: 0 }, exitMark: { bootId: 'b', pid: 7, at: NOW, reason: 'signal SIGTERM' } },
    is: 'crash',
  },
  {
    of: 'unhealthy',
    situation: 'Its own health endpoint says "bad", because there is no leader.',
    facts: { ...alive, health: 'bad' },
    is: 'not-enough-evidence',
  },
  {
    of: 'unhealthy',
    situation: 'One probe failed, and the next was good.',
    facts: { ...alive, signals: [probe('silent', false)] },
    is: 'not-enough-evidence',
  },
  {
    of: 'unhealthy',
    situation: 'The line in its log is of the life before the last restart.',
    facts: { ...alive, servesSince: NOW - 200, signals: [logLine('FATAL out of memory')] },
    is: 'not-enough-evidence',
  },
  {
    of: 'unhealthy',
    situation: 'Its probe waits in vain because the machine has no processor to spare.',
    facts: { ...LOADED, signals: [probe('silent')] },
    is: 'overload',
  },
];

export const factsOf = ({ facts }: Lookalike): Facts => ({ ...bareFacts('n1', NOW), ...facts });
