import fc from 'fast-check';
import { type ZabMessage, zab } from '../../src/index.js';
import {
  afterIndex,
  describeCodec,
  indexes as index,
  kind,
  type LogPart,
  numbers as number,
  rounds as round,
} from '../support/codec.js';

const session = number;
const claim = { history: round, lastIndex: index, lastRound: round };
const piece = { round, session, mode: fc.constantFrom('diff', 'trunc'), prevRound: round } as const;
const ends = fc.array(fc.record({ round, index }), { minLength: 1, maxLength: 20 });

/** A message with a place in the log, and entries after it. */
const following = <Part extends object>(part: fc.Arbitrary<Part>): fc.Arbitrary<Part & LogPart> =>
  fc.tuple(part, afterIndex).map(([fields, place]) => ({ ...fields, ...place }));

const message: fc.Arbitrary<ZabMessage> = fc.oneof(
  fc.record({ kind: kind('pre-vote'), round, ...claim, attempt: number }),
  fc.record({ kind: kind('pre-vote-answer'), round, granted: fc.boolean(), attempt: number }),
  fc.record({ kind: kind('new-epoch'), round, session, ...claim, cause: fc.constantFrom('time-out', 'transfer') }),
  fc.record({ kind: kind('leader-info'), round, session }),
  fc.record({ kind: kind('ack-epoch'), round, session, history: round, commit: index, ends }),
  fc.record({ kind: kind('refuse-epoch'), round }),
  fc.record({ kind: kind('follower-info'), round, session }),
  following(fc.record({ kind: kind('diff'), ...piece })),
  following(fc.record({ kind: kind('new-leader'), ...piece, commit: index })),
  following(fc.record({ kind: kind('propose'), round, session, commit: index, sequence: number })),
  fc.record({
    kind: kind('commit'),
    round,
    session,
    stage: fc.constantFrom('synchronization', 'broadcast'),
    through: index,
    commit: index,
    sequence: number,
  }),
  fc.record({ kind: kind('ack'), round, history: round, match: index, sequence: number }),
  fc.record({ kind: kind('outdated'), round }),
  fc.record({ kind: kind('offer-snapshot'), round, index, indexRound: round }),
  fc.record({ kind: kind('timeout-now'), round }),
  fc.record({ kind: kind('read'), round, id: number }),
  fc.record({ kind: kind('read-answer'), round, id: number, index: fc.option(index, { nil: undefined }) }),
);

describeCodec(zab, message);
