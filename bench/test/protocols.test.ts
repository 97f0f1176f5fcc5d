import { expect, test } from 'vitest';
import { readCommand } from '../src/options.js';
import { compareOutages, compareRates, protocolsPart } from '../src/report/protocols.js';

const puts = (system: string, ...values: number[]) => ({ system, values: new Map(values.entries()) });

test('protocols are compared within each round, the slowest with the fastest, and not with peers', () => {
  const all = [puts('reknit', 1000), puts('reknit-paxos', 800), puts('reknit-zab', 900), puts('etcd', 1)];
  expect(compareRates('put, 1 in flight', all)).toBe(
    '- put, 1 in flight: raft 1,000/s, paxos 800/s, zab 900/s; round by round the slowest is 20.0 % below the fastest (MISSED: at most 15 %)',
  );
  expect(compareRates('put', [puts('reknit', 1000), puts('reknit-zab', 850)])).toContain('15.0 % below the fastest (holds');
});

test('a machine that is slower in one round than in another does not count', () => {
  const drifting = [puts('reknit', 100, 400, 1000), puts('reknit-zab', 95, 410, 950)];
  expect(compareRates('put', drifting)).toContain('the slowest is 5.0 % below the fastest (holds');
  const missing = { system: 'reknit-zab', values: new Map([[2, 950]]) };
  expect(compareRates('put', [drifting[0]!, missing])).toContain('the slowest is 5.0 % below the fastest (holds');
});

test('outages are compared in milliseconds', () => {
  const all = [puts('reknit', 30, 40, 90), puts('reknit-paxos', 55), puts('reknit-zab', 61)];
  expect(compareOutages('idle', all)).toBe(
    '- idle: medians raft 40.0 ms, paxos 55.0 ms, zab 61.0 ms; 21.0 ms apart (MISSED: at most 20 ms)',
  );
});

test('one protocol alone, or one without a figure, is compared with nothing', () => {
  expect(compareRates('put', [puts('reknit', 1), puts('etcd', 2)])).toBeUndefined();
  expect(compareOutages('idle', [puts('reknit', 1), puts('reknit-zab')])).toBeUndefined();
  expect(protocolsPart([undefined])).toEqual([]);
});

test('protocols are chosen by name', () => {
  const reknitOf = (...words: string[]): unknown => {
    const command = readCommand(['put', ...words]);
    return command.kind === 'measure' ? command.options.reknit : undefined;
  };
  expect(reknitOf()).toEqual(['reknit']);
  expect(reknitOf('--protocol', 'all')).toEqual(['reknit', 'reknit-paxos', 'reknit-zab']);
  expect(reknitOf('--protocol', 'zab,raft')).toEqual(['reknit-zab', 'reknit']);
  expect(reknitOf('--peers-only')).toEqual([]);
  expect(() => reknitOf('--protocol', 'pbft')).toThrow(/pbft is none of raft, paxos, zab/);
});
