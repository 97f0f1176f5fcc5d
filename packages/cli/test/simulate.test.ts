import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runProgram } from '../src/program.js';

let output: string;
beforeEach(() => {
  output = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const RUN = [
  'simulate',
  '--seed',
  '5',
  '--for',
  '5s',
  '--faults',
  'pause-leader,clock-jump',
  '--workloads',
  'watches,leases,locks',
];

test('a run tells how much of watches, leases and locks it has checked', async () => {
  expect(await runProgram(RUN)).toBe(0);
  expect(output).toMatch(/seed 5 .*acknowledged/);
  expect(output).toMatch(
    /[\d,]+ watch events checked, .* progress marks?, .* cuts?; .* leases?, .* keep-alives?, .* expired; .* locks? held/,
  );
});

test('--json is of the shape that its schema promises, and the same in every run', async () => {
  const schema = JSON.parse(readFileSync(new URL('../schemas/simulate.schema.json', import.meta.url), 'utf8'));
  expect(await runProgram([...RUN, '--json'])).toBe(0);
  const first = output;
  expect(new Ajv2020().validate(schema, JSON.parse(first))).toBe(true);
  output = '';
  expect(await runProgram([...RUN, '--json'])).toBe(0);
  expect(output).toBe(first);
});

test('every protocol runs each seed, and a summary tells the rate and the faults', async () => {
  expect(
    await runProgram(['simulate', '--protocol', 'all', '--seed', '3', '--seeds', '2', '--for', '500ms', '--workloads', 'none']),
  ).toBe(0);
  for (const protocol of ['raft', 'paxos', 'zab']) expect(output).toMatch(new RegExp(`${protocol} seed 4 `));
  expect(output).toMatch(/6 runs: all clean; .* operations, .* times real time/);
});

test('a page and a trace are written, and the trace of a seed is always the same', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'reknit-simulate-'));
  const [page, one, other] = ['run.html', 'one.txt', 'other.txt'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  const run = ['simulate', '--seed', '9', '--for', '1s', '--workloads', 'none'];
  expect(await runProgram([...run, '--trace', one, '--html', page])).toBe(0);
  expect(await runProgram([...run, '--trace', other])).toBe(0);
  expect(readFileSync(one, 'utf8').split('\n').length).toBeGreaterThan(1000);
  expect(readFileSync(other, 'utf8')).toBe(readFileSync(one, 'utf8'));
  expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>.*raft, seed 9.*<canvas/s);
  rmSync(directory, { recursive: true });
});

test('an unknown fault or workload is an error that names those there are', async () => {
  const simulate = (...words: string[]) => runProgram(['simulate', ...words]);
  await expect(simulate('--workloads', 'leases,dragons')).rejects.toThrow(/"dragons".*watches, leases, locks, compactions/);
  await expect(simulate('--without', '1,x')).rejects.toThrow(/"x".*numbers/);
  await expect(simulate('--faults', 'dragons')).rejects.toThrow(/"dragons".*pause-leader/);
});
