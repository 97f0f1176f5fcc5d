import fc from 'fast-check';
import type { Entry, Index } from '../../src/index.js';
import { type PaxosMessage, paxos } from '../../src/index.js';
import { afterIndex, describeCodec, indexes, kind, numbers, rounds } from '../support/codec.js';

const cause = fc.constantFrom('time-out', 'transfer');
const ranges = fc.array(fc.record({ first: indexes, last: indexes }), { maxLength: 5 });

/** All values in an accept were accepted at its ballot. */
const accept = fc
  .record({ part: afterIndex, rest: fc.record({ round: rounds, commit: indexes, sequence: numbers }) })
  .map(({ part: { prevIndex, entries }, rest }): PaxosMessage => {
    const slots = entries.map((entry): Entry => ({ ...entry, ballot: rest.round }));
    return { kind: 'accept', previous: prevIndex, entries: slots, ...rest };
  });

/** Slots lie apart, each accepted at a ballot of its own. */
const slots = fc
  .array(fc.record({ apart: fc.integer({ min: 1, max: 1000 }), ballot: rounds, part: afterIndex }), { maxLength: 5 })
  .map((parts) => {
    let index = 0;
    return parts.flatMap(({ apart, ballot, part }) => {
      index += apart;
      return part.entries.slice(0, 1).map((entry): Entry => ({ ...entry, index: index as Index, ballot }));
    });
  });

const message: fc.Arbitrary<PaxosMessage> = fc.oneof(
  accept,
  fc.record({ kind: kind('accepted'), round: rounds, match: indexes, beyond: ranges, sequence: numbers }),
  fc.record({ kind: kind('learn'), round: rounds, after: indexes, through: indexes }),
  fc.record({ kind: kind('prepare'), round: rounds, after: indexes, cause }),
  fc.record({
    kind: kind('promise'),
    round: rounds,
    after: indexes,
    decided: indexes,
    base: indexes,
    baseRound: rounds,
    more: fc.boolean(),
    entries: slots,
  }),
  fc.record({ kind: kind('pre-vote'), round: rounds, attempt: numbers, decided: indexes }),
  fc.record({ kind: kind('pre-vote-answer'), round: rounds, granted: fc.boolean(), attempt: numbers }),
  fc.record({ kind: kind('outdated'), round: rounds }),
  fc.record({ kind: kind('offer-snapshot'), round: rounds, index: indexes, indexRound: rounds }),
  fc.record({ kind: kind('timeout-now'), round: rounds }),
  fc.record({ kind: kind('read'), round: rounds, id: numbers }),
  fc.record({ kind: kind('read-answer'), round: rounds, id: numbers, index: fc.option(indexes, { nil: undefined }) }),
);

describeCodec(paxos, message);
