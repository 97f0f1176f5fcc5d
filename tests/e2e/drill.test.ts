// A short drill: one fault of most classes and two of none, with real processes under checked load. Longer: npm run soak:drill
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requireShape } from '../support/json-shapes.js';
import { Workbench } from '../support/reknit-command.js';

interface Line {
  readonly kind: string;
  readonly fault?: string;
  readonly diagnosedAs?: string;
  readonly objections?: readonly string[];
}

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench();
});
afterEach(() => bench.close());

test('each class of fault is rightly named and dealt with, what is no fault is left alone, and nothing is lost', async () => {
  const faults = 'crash,hang,blocked-loop,crash-loop,full-disk,isolation,wrong-clock,short-pause,nothing';
  const ended = await bench.start('drill', faults, '--rounds', '1', '--seed', '5', '--data', 'drill', '--json').ended();
  const lines: readonly Line[] = ended.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const line of lines) requireShape('drill', line);
  const rounds = lines.filter(({ kind }) => kind === 'round');
  expect(rounds.flatMap(({ objections }) => objections)).toEqual([]);
  expect(Object.fromEntries(rounds.map(({ fault, diagnosedAs }) => [fault, diagnosedAs]))).toMatchObject({
    crash: 'crash',
    hang: 'hang',
    'blocked-loop': 'blocked-loop',
    'crash-loop': 'crash-loop',
    'full-disk': 'disk-full',
    isolation: 'full-partition',
    'wrong-clock': 'clock-jump',
  });
  expect(lines.at(-1)).toMatchObject({ kind: 'report', passed: true, rounds: 9, lost: 0, stale: 0, falseActions: 0 });
  expect(ended).toMatchObject({ code: 0, errors: '' });
  expect(bench.processes()).toEqual([]);
}, 180_000);

test('a fault that does not exist is refused, and a directory that is no drill is left alone', () => {
  expect(bench.run('drill', 'flood')).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/^reknit: the fault is "flood"; use crash or hang or .*\n$/),
  });
  expect(bench.run('drill', 'crash', '--rounds', '0')).toMatchObject({ code: 2 });
  expect(bench.run('drill', 'crash', '--data', '/etc')).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/^reknit: \/etc .*\n$/),
  });
});
