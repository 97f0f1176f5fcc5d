import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Ledger, limitsOf, runSoak } from '../scripts/soak-frame.mjs';

interface Round {
  readonly number: number;
}

/** Each round takes a minute of virtual time. */
function bench(): { lines: string[]; parts: object; interrupt: () => void; pass: (minutes: number) => void } {
  let now = 0;
  let onInterrupt = (): void => {};
  const lines: string[] = [];
  return {
    lines,
    parts: {
      clock: () => now,
      say: (line: string) => lines.push(line),
      onInterrupt: (listener: () => void) => {
        onInterrupt = listener;
        return () => {};
      },
    },
    interrupt: () => onInterrupt(),
    pass: (minutes) => {
      now += minutes * 60_000;
    },
  };
}

test('figures of all rounds are summed, and a soak without objections ends with 0', async () => {
  const { lines, parts } = bench();
  const round = async ({ number }: Round): Promise<object> => ({ line: `kill ${number}`, figures: { writes: 10 * number } });
  const code = await runSoak({ name: 'demo', open: async () => ({ round }) }, limitsOf({ rounds: '3' }), parts);
  expect(code).toBe(0);
  expect(lines).toEqual(['1/3  kill 1', '2/3  kill 2', '3/3  kill 3', '✔ demo: 3 rounds, 60 writes, 0 objections, 0 s']);
});

test('the time ends a soak as well as the number of rounds', async () => {
  const { parts, pass } = bench();
  const numbers: number[] = [];
  const round = async ({ number }: Round): Promise<object> => {
    numbers.push(number);
    pass(1);
    return {};
  };
  await runSoak({ name: 'demo', open: async () => ({ round }) }, limitsOf({ minutes: '4' }), parts);
  expect(numbers).toEqual([1, 2, 3, 4]);
});

test('objections, rounds that throw, and what is only known at the end make it fail; the session is closed', async () => {
  const { lines, parts } = bench();
  let closed = 0;
  const open = async (): Promise<object> => ({
    round: ({ number }: Round) =>
      number === 1 ? Promise.resolve({ objections: ['a write was lost'] }) : Promise.reject(new Error('no leader')),
    conclude: async () => ({ objections: ['a read was stale'], lines: ['judged'] }),
    close: async () => {
      closed++;
    },
  });
  expect(await runSoak({ name: 'demo', open }, limitsOf({ rounds: '2' }), parts)).toBe(1);
  expect(lines).toContain('✗ round 1: a write was lost');
  expect(lines).toContain('✗ round 2: no leader');
  expect(lines).toContain('✗ a read was stale');
  expect(closed).toBe(1);
});

test('a soak that cannot be opened fails aloud', async () => {
  const { lines, parts } = bench();
  const open = (): Promise<never> => Promise.reject(new Error('etcd is missing'));
  expect(await runSoak({ name: 'demo', open }, limitsOf({ rounds: '2' }), parts)).toBe(1);
  expect(lines.join('\n')).toContain('etcd is missing');
});

test('an interruption ends it after the round that is under way', async () => {
  const { lines, parts, interrupt } = bench();
  const round = async ({ number }: Round): Promise<object> => {
    if (number === 2) interrupt();
    return { figures: { kills: 1 } };
  };
  expect(await runSoak({ name: 'demo', open: async () => ({ round }) }, limitsOf({ rounds: '9' }), parts)).toBe(130);
  expect(lines.at(-1)).toContain('2 rounds, 2 kills');
});

test('so many rounds at once as the soak has room for, and no more', async () => {
  const { parts } = bench();
  let [running, most] = [0, 0];
  const round = async (): Promise<object> => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    return {};
  };
  await runSoak({ name: 'demo', concurrency: 3, open: async () => ({ round }) }, limitsOf({ rounds: '20' }), parts);
  expect(most).toBe(3);
});

test('the result stands in a file', async () => {
  const { parts } = bench();
  const directory = mkdtempSync(join(tmpdir(), 'reknit-soak-frame-'));
  const json = join(directory, 'result.json');
  const round = async (): Promise<object> => ({ figures: { kills: 2 }, objections: ['odd'] });
  await runSoak({ name: 'demo', open: async () => ({ round }) }, limitsOf({ rounds: '2', json }), parts);
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
    soak: 'demo',
    rounds: 2,
    figures: { kills: 4 },
    objected: 2,
    objections: ['round 1: odd', 'round 2: odd'],
    exitCode: 1,
  });
  rmSync(directory, { recursive: true });
});

test('objections beyond the first hundred are counted, not kept', () => {
  const ledger = new Ledger();
  for (let at = 0; at < 150; at++) ledger.add({ objections: [`${at}`] });
  expect(ledger.objections).toHaveLength(100);
  expect(ledger.objected).toBe(150);
});

test('a limit that is no number is refused, and without any the default holds', () => {
  expect(() => limitsOf({ rounds: 'many' })).toThrow('--rounds many');
  expect(limitsOf({}, { rounds: 30 })).toMatchObject({ rounds: 30, minutes: Number.POSITIVE_INFINITY });
  expect(limitsOf({ minutes: '5' }, { rounds: 30 })).toMatchObject({ rounds: Number.POSITIVE_INFINITY, minutes: 5 });
});
