import { type CallOptions, type Client, Code, EtcdError } from '@reknit/client';
import type { OperationRequest, Outcome } from '@reknit/simulator';
import { expect, test } from 'vitest';
import { CheckedClient } from '../src/load/checked-client.js';

const put: OperationRequest = { kind: 'put', key: 'k', value: 'v', expected: 0, consistency: 'linearizable' };

/** Answers puts by turns; everything else is not asked here. */
function scripted(answers: readonly (EtcdError | 'ok')[]): { readonly client: Client; readonly asked: string[] } {
  const asked: string[] = [];
  const kv = {
    put: (_: object, options: CallOptions) => {
      const answer = answers[asked.length];
      asked.push(options.endpoint ?? '');
      return answer === 'ok' ? Promise.resolve({ header: { revision: 7 }, prevKv: undefined }) : Promise.reject(answer);
    },
  };
  // Only `kv.put` is called.
  return { client: { kv } as unknown as Client, asked };
}

const execute = (client: CheckedClient): Promise<Outcome> => new Promise((resolve) => client.execute(put, resolve));

test('a refusal is definite; a write without an answer is of unknown outcome', async () => {
  const { client, asked } = scripted([
    new EtcdError(Code.unavailable, 'connection refused', 'refused'),
    new EtcdError(Code.deadlineExceeded, 'no answer in time', 'unknown'),
    'ok',
  ]);
  const checked = new CheckedClient(client, ['a', 'b', 'c'], 1);
  expect(await execute(checked)).toMatchObject({ kind: 'failed' });
  expect(await execute(checked)).toMatchObject({ kind: 'unknown' });
  expect(await execute(checked)).toEqual({ kind: 'ok', wrote: true, revision: 7, seen: { kind: 'absent' } });
  expect(asked).toEqual(['b', 'c', 'a']);
});

test('an answer that makes no sense may still have been a write', async () => {
  const client = { kv: { put: () => Promise.reject(new TypeError('not a message')) } } as unknown as Client;
  expect(await execute(new CheckedClient(client, ['a'], 0))).toMatchObject({ kind: 'unknown' });
});
