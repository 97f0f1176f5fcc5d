import type { Mutant } from '../mutant.js';

const common = { part: 'Multi-Paxos', ground: { kind: 'walks', protocol: 'paxos' } } as const;
const SIMPLE = 'https://lamport.azurewebsites.net/pubs/paxos-simple.pdf';

export const PAXOS_MUTANTS: readonly Mutant[] = [
  {
    ...common,
    name: 'promise-before-sync',
    why: 'A promise is given before it is on disk: after a crash the acceptor knows nothing of it, and accepts what it had ruled out.',
    reference: { text: 'Lamport 2001, section 2.5', url: SIMPLE },
    edits: [
      {
        file: 'packages/consensus/src/paxos/elections.ts',
        find: "state.outbox.sendOnceStored(from, { kind: 'promise'",
        replace: "state.outbox.send(from, { kind: 'promise'",
      },
    ],
  },
  {
    ...common,
    name: 'accepted-before-sync',
    why: 'An acceptor says that it has accepted what is not yet on its disk.',
    reference: { text: 'Lamport 2001, section 2.5', url: SIMPLE },
    edits: [
      {
        file: 'packages/consensus/src/paxos/following.ts',
        find: 'isDurable: ({ log, held, beyond }) => log.allStored || (held <= log.stored && beyond.length === 0),',
        replace: 'isDurable: () => true,',
      },
    ],
  },
  {
    ...common,
    name: 'lowest-ballot-adopted',
    why: 'Of the values that phase 1 reports, a leader adopts one that was accepted, not the one accepted at the highest ballot.',
    reference: { text: 'Lamport 2001, section 2.2', url: SIMPLE },
    edits: [
      {
        file: 'packages/consensus/src/paxos/slots.ts',
        find: 'than === undefined || ballotOf(slot) > ballotOf(than)',
        replace: 'than === undefined || ballotOf(slot) < ballotOf(than)',
      },
    ],
  },
  {
    ...common,
    name: 'promised-for-accepted-ballot',
    why: 'A promise reports values at the ballot that is promised, not at the ones at which they were accepted: one number for two things.',
    reference: {
      text: 'Sutra 2020, On the correctness of Egalitarian Paxos',
      url: 'https://arxiv.org/abs/1906.10917',
    },
    edits: [
      {
        file: 'packages/consensus/src/paxos/elections.ts',
        find: 'baseRound, more, entries });',
        replace: 'baseRound, more, entries: entries.map((entry) => ({ ...entry, ballot: round })) });',
      },
    ],
  },
  {
    ...common,
    name: 'no-op-over-accepted',
    why: 'A new leader fills with a no-op what only it has accepted: its own acceptance may be one of those that decided the value.',
    reference: { text: 'Lamport 2001, section 3', url: SIMPLE },
    edits: [
      {
        file: 'packages/consensus/src/paxos/leadership.ts',
        find: 'if (acceptedLater(slot, open.get(slot.index))) open.set(slot.index, slot);',
        replace: 'if (false) open.set(slot.index, slot);',
      },
    ],
  },
  {
    ...common,
    name: 'accepts-counted-across-ballots',
    why: 'What was accepted at an earlier ballot counts for the present one.',
    reference: { text: 'Lamport 2001, section 2.2', url: SIMPLE },
    edits: [
      {
        file: 'packages/consensus/src/paxos/following.ts',
        find: '  state.held = state.commit;\n  state.beyond = NONE;\n',
        replace: '',
      },
    ],
  },
  {
    ...common,
    name: 'first-page-suffices',
    why: 'Phase 1 ends with the first page of each promise: what stands on the next ones is filled with no-ops.',
    reference: {
      text: 'Chandra et al. 2007, Paxos Made Live',
      url: 'https://research.google/pubs/paxos-made-live-an-engineering-perspective/',
    },
    edits: [
      {
        file: 'packages/consensus/src/paxos/phase-one.ts',
        find: 'hearing.complete = !message.more;',
        replace: 'hearing.complete = true;',
      },
    ],
  },
  {
    ...common,
    name: 'read-before-recovered',
    why: 'A new leader serves reads before the open slots that it found are decided again.',
    reference: {
      text: 'CASSANDRA-12126: CAS reads inconsistencies',
      url: 'https://issues.apache.org/jira/browse/CASSANDRA-12126',
    },
    edits: [
      {
        file: 'packages/consensus/src/paxos/commit.ts',
        find: 'state.commit >= leader.recovered;',
        replace: 'state.commit >= leader.recovered || true;',
      },
    ],
  },
];
