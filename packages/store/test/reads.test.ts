import type { Index } from '@reknit/consensus';
import { describe, expect, it } from 'vitest';
import { EtcdErrors } from '../src/errors.js';
import { READS_WAITING_MAX, Reads } from '../src/group/reads.js';

const at = (index: number): Index => index as Index;

function setUp() {
  const tokens: number[] = [];
  const answers: string[] = [];
  const reads = new Reads((token) => void tokens.push(token));
  const submit = (name: string, deadline = 1000): void =>
    reads.submit(deadline, {
      ready: () => void answers.push(name),
      failed: ({ message }) => void answers.push(`${name}: ${message}`),
    });
  return { reads, tokens, answers, submit };
}

describe('reads that wait for a barrier', () => {
  it('share the barrier of their turn, and no read joins one that was asked for before it came', () => {
    const { reads, tokens, answers, submit } = setUp();
    submit('a');
    submit('b');
    reads.dispatch(0, true);
    submit('c');
    reads.onOutcome({ token: tokens[0]!, ok: true, index: at(5) });
    reads.release(at(5));
    expect(answers).toEqual(['a', 'b']);
    reads.dispatch(0, true);
    expect(tokens).toHaveLength(2);
  });

  it('are served only once the state machine has reached the barrier', () => {
    const { reads, tokens, answers, submit } = setUp();
    submit('a');
    reads.dispatch(0, true);
    reads.onOutcome({ token: tokens[0]!, ok: true, index: at(5) });
    reads.release(at(4));
    expect(answers).toEqual([]);
    reads.release(at(6));
    expect(answers).toEqual(['a']);
  });

  it('ask again when nobody confirms, also when the question was lost, and an old answer serves nobody', () => {
    const { reads, tokens, answers, submit } = setUp();
    submit('a', 10_000);
    reads.dispatch(0, true);
    reads.onOutcome({ token: tokens[0]!, ok: false });
    reads.dispatch(0, true);
    reads.expire(600);
    reads.dispatch(600, true);
    expect(tokens).toHaveLength(3);
    reads.onOutcome({ token: tokens[1]!, ok: true, index: at(1) });
    reads.release(at(9));
    expect(answers).toEqual([]);
    reads.onOutcome({ token: tokens[2]!, ok: true, index: at(1) });
    reads.release(at(9));
    expect(answers).toEqual(['a']);
  });

  it('time out wherever they are: unasked, unanswered, or ahead of the state machine', () => {
    const { reads, tokens, answers, submit } = setUp();
    submit('confirmed', 100);
    reads.dispatch(0, true);
    reads.onOutcome({ token: tokens[0]!, ok: true, index: at(5) });
    submit('asked', 200);
    reads.dispatch(0, true);
    submit('unasked', 300);
    for (const now of [99, 100, 200, 300]) reads.expire(now);
    expect(answers).toEqual(['confirmed', 'asked', 'unasked'].map((name) => `${name}: ${EtcdErrors.timeout.message}`));
    reads.onOutcome({ token: tokens[1]!, ok: true, index: at(5) });
    reads.release(at(9));
    expect(answers).toHaveLength(3);
  });

  it('are bounded in number: beyond it clients are told to slow down', () => {
    const { reads, answers, submit } = setUp();
    for (let count = 0; count < READS_WAITING_MAX; count++) submit('');
    submit('last');
    expect(answers).toEqual([`last: ${EtcdErrors.tooManyRequests.message}`]);
    reads.failAll(EtcdErrors.stopped);
    submit('next');
    expect(answers).toHaveLength(READS_WAITING_MAX + 1);
  });
});
