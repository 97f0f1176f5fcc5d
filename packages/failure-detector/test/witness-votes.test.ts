import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Ballot, type CountedVote, countVotes, VoteBox, type Witness } from '../src/index.js';

const witness = (host: number, agent = 0): Witness => ({ observer: `agent ${host}.${agent}`, host: `h${host}` });
const vote = (of: Witness, said: CountedVote['vote']): CountedVote => ({ ...of, vote: said, ageMs: 0 });

describe('a verdict', () => {
  const said = fc.constantFrom<CountedVote['vote']>('up', 'down', 'stale');

  test('is a strict majority of all hosts that were expected to speak', () => {
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 9 }), (all) => {
        const expected = all.map((_, host) => witness(host));
        const { verdict, up, down, stale } = countVotes(
          expected,
          expected.map((each, at) => vote(each, all[at]!)),
        );
        expect(up + down + stale).toBe(all.length);
        expect(verdict === 'down').toBe(2 * down > all.length);
        expect(verdict === 'up').toBe(2 * up > all.length);
      }),
    );
  });

  test('fails closed: silence is never for it', () => {
    const expected = [witness(1), witness(2), witness(3)];
    expect(countVotes(expected, [vote(witness(1), 'down')]).verdict).toBe('undecided');
    expect(countVotes(expected, [vote(witness(1), 'down'), vote(witness(2), 'stale')]).verdict).toBe('undecided');
    expect(countVotes([], []).verdict).toBe('undecided');
    expect(countVotes(expected, [vote(witness(1), 'down'), vote(witness(2), 'down')]).verdict).toBe('down');
  });

  test('two of four hosts are no majority', () => {
    const expected = [1, 2, 3, 4].map((host) => witness(host));
    const votes = expected.map((each, at) => vote(each, at < 2 ? 'down' : 'up'));
    expect(countVotes(expected, votes)).toMatchObject({ verdict: 'undecided', up: 2, down: 2, needed: 3 });
  });

  test('the witnesses of one host have one vote together, and one that sees it alive outweighs the others', () => {
    const crowd = [0, 1, 2, 3, 4].map((agent) => witness(1, agent));
    const expected = [...crowd, witness(2), witness(3)];
    const allDown = crowd.map((each) => vote(each, 'down'));
    expect(countVotes(expected, [...allDown, vote(witness(2), 'up'), vote(witness(3), 'up')]).verdict).toBe('up');
    expect(countVotes(crowd, [...allDown.slice(1), vote(crowd[0]!, 'up')]).verdict).toBe('up');
  });

  test('who was not expected is not heard', () => {
    const stranger = { observer: 'stranger', host: 'h9' };
    expect(countVotes([witness(1), witness(2)], [vote(stranger, 'down'), vote(witness(1), 'down')]).verdict).toBe('undecided');
    const impostor = { observer: 'agent 2.0', host: 'h9' };
    expect(countVotes([witness(1), witness(2)], [vote(impostor, 'down'), vote(witness(1), 'down')]).verdict).toBe('undecided');
  });
});

describe('votes that were reported', () => {
  const report = (host: number, said: Ballot, ageMs = 0) => ({ ...witness(host), subject: 'n1', vote: said, ageMs });
  const expected = [witness(1), witness(2), witness(3)];

  test('age by the reporter until they are told, and by the listener afterwards', () => {
    const box = new VoteBox(1000);
    box.note(report(1, 'down', 600), 0);
    box.note(report(2, 'down'), 0);
    expect(box.count('n1', expected, 400).verdict).toBe('down');
    const later = box.count('n1', expected, 401);
    expect(later.verdict).toBe('undecided');
    expect(later.votes.map(({ vote: said, ageMs }) => [said, ageMs])).toEqual([
      ['stale', 1001],
      ['down', 401],
      ['stale', undefined],
    ]);
  });

  test('only the newest word of each counts, and each subject has its own', () => {
    const box = new VoteBox(1000);
    for (const host of [1, 2, 3]) box.note(report(host, 'down'), 0);
    for (const host of [1, 2]) box.note(report(host, 'up'), 10);
    expect(box.count('n1', expected, 10).verdict).toBe('up');
    expect(box.count('n2', expected, 10).verdict).toBe('undecided');
  });

  test('of an observer that was cut off itself nothing counts any more', () => {
    const box = new VoteBox(1000);
    for (const host of [1, 2]) box.note(report(host, 'down'), 0);
    box.forget('agent 1.0');
    expect(box.count('n1', expected, 1).verdict).toBe('undecided');
  });

  test('a flood of reports stays bounded, and the newest are kept', () => {
    const box = new VoteBox(1e9);
    for (let at = 0; at < 20_000; at++) box.note({ ...witness(1), subject: `s${at}`, vote: 'up', ageMs: 0 }, at);
    expect(box.count('s0', [witness(1)], 20_000).verdict).toBe('undecided');
    expect(box.count('s19999', [witness(1)], 20_000).verdict).toBe('up');
  });
});
