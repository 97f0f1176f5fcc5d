import type { NodeId } from '@reknit/consensus';
import { describe, expect, it } from 'vitest';
import { EtcdErrors } from '../../src/errors.js';
import { LeaseQuestions, NO_LEASE, QUESTIONS_MAX, UNDECIDED } from '../../src/group/leases/lease-questions.js';

const node = (name: string): NodeId => name as NodeId;
const A = node('a');
const B = node('b');

function setUp() {
  const asked: { readonly to: NodeId; readonly batch: number; readonly ids: readonly bigint[] }[] = [];
  const answers: string[] = [];
  let reachable = true;
  const questions = new LeaseQuestions((to, batch, all) => {
    if (reachable) asked.push({ to, batch, ids: all.map(({ id }) => id) });
    return reachable;
  });
  const submit = (id: bigint, deadline = 1000): void =>
    questions.submit(
      {
        kind: 'keep-alive',
        id,
        answered: (seconds) => void answers.push(`${id}: ${seconds}`),
        failed: ({ message }) => void answers.push(`${id}: ${message}`),
      },
      deadline,
    );
  const cut = (): void => {
    reachable = false;
  };
  return { questions, asked, answers, submit, cut };
}

describe('questions about leases', () => {
  it('of one turn go together, and each gets its own answer', () => {
    const { questions, asked, answers, submit } = setUp();
    submit(1n);
    submit(2n);
    questions.dispatch(A, 0);
    submit(3n);
    expect(asked).toEqual([{ to: A, batch: 1, ids: [1n, 2n] }]);
    questions.onAnswers(A, 1, [10, NO_LEASE]);
    expect(answers).toEqual(['1: 10', '2: -1']);
  });

  it('are asked again, later, when whoever was asked does not lead or does not know yet', () => {
    const { questions, asked, answers, submit } = setUp();
    submit(1n);
    submit(2n);
    questions.dispatch(A, 0);
    questions.onAnswers(A, 1, []);
    questions.dispatch(A, 0);
    expect(asked).toHaveLength(1);
    questions.tick();
    questions.dispatch(A, 0);
    questions.onAnswers(A, 2, [UNDECIDED, 5]);
    questions.tick();
    questions.dispatch(A, 0);
    expect(asked.map(({ ids }) => ids)).toEqual([[1n, 2n], [1n, 2n], [1n]]);
    expect(answers).toEqual(['2: 5']);
  });

  it('are asked again when the leader is lost, is another, cannot be reached, or is silent; its late answers serve nobody', () => {
    const { questions, asked, answers, submit, cut } = setUp();
    submit(1n, 10_000);
    const round = (disturb: () => void): void => {
      questions.dispatch(A, 0);
      disturb();
      questions.tick();
    };
    round(() => questions.onPeerLost(A));
    round(() => questions.onLeader(B));
    round(() => questions.expire(600, EtcdErrors.timeout));
    expect(asked.map(({ batch }) => batch)).toEqual([1, 2, 3]);
    for (const batch of [1, 2, 3]) questions.onAnswers(A, batch, [7]);
    cut();
    round(() => undefined);
    expect(answers).toEqual([]);
    questions.failAll(EtcdErrors.stopped);
    expect(answers).toEqual([`1: ${EtcdErrors.stopped.message}`]);
  });

  it('are not answered by anybody else than who was asked', () => {
    const { questions, answers, submit } = setUp();
    submit(1n);
    questions.dispatch(A, 0);
    questions.onAnswers(B, 1, [7]);
    expect(answers).toEqual([]);
  });

  it('fail at their deadline, wherever they are', () => {
    const { questions, answers, submit } = setUp();
    submit(1n, 500);
    questions.dispatch(A, 0);
    submit(2n, 600);
    questions.expire(500, EtcdErrors.timeout);
    questions.expire(600, EtcdErrors.noLeader);
    expect(answers).toEqual([`1: ${EtcdErrors.timeout.message}`, `2: ${EtcdErrors.noLeader.message}`]);
  });

  it('are bounded in number, and room is given back', () => {
    const { questions, asked, answers, submit } = setUp();
    for (let count = 0; count < QUESTIONS_MAX; count++) submit(1n);
    submit(2n);
    expect(answers).toEqual([`2: ${EtcdErrors.tooManyRequests.message}`]);
    questions.dispatch(A, 0);
    questions.onAnswers(
      A,
      1,
      Array.from(asked[0]!.ids, () => 5),
    );
    submit(3n);
    expect(answers.at(-1)).toBe('1: 5');
  });
});
