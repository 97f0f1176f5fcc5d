import fc from 'fast-check';
import { type RaftMessage, raft } from '../../src/index.js';
import { afterIndex, describeCodec, indexes as index, kind, numbers as number, rounds as round } from '../support/codec.js';

const granted = fc.boolean();
const fields = fc.record({ kind: kind('append'), round, prevRound: round, commit: index, sequence: number });

const message: fc.Arbitrary<RaftMessage> = fc.oneof(
  fc.tuple(fields, afterIndex).map(([rest, place]) => ({ ...rest, ...place })),
  fc.record({ kind: kind('appended'), round, match: index, sequence: number }),
  fc.record({ kind: kind('rejected'), round, prevIndex: index, hintIndex: index, hintRound: round, sequence: number }),
  fc.record({ kind: kind('outdated'), round }),
  fc.record({ kind: kind('pre-vote'), round, lastIndex: index, lastRound: round, attempt: number }),
  fc.record({ kind: kind('pre-vote-answer'), round, granted, attempt: number }),
  fc.record({ kind: kind('vote'), round, lastIndex: index, lastRound: round, cause: fc.constantFrom('time-out', 'transfer') }),
  fc.record({ kind: kind('vote-answer'), round, granted, lastIndex: index, lastRound: round }),
  fc.record({ kind: kind('offer-snapshot'), round, index, indexRound: round }),
  fc.record({ kind: kind('timeout-now'), round }),
  fc.record({ kind: kind('read'), round, id: number }),
  fc.record({ kind: kind('read-answer'), round, id: number, index: fc.option(index, { nil: undefined }) }),
);

describeCodec(raft, message);
