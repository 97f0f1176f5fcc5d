import { readFileSync } from 'node:fs';
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
  '--seconds',
  '5',
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

test('an unknown fault or workload is an error that names those there are', async () => {
  const simulate = (...words: string[]) => runProgram(['simulate', ...words]);
  await expect(simulate('--workloads', 'leases,dragons')).rejects.toThrow(/"dragons".*watches, leases, locks, compactions/);
  await expect(simulate('--faults', 'dragons')).rejects.toThrow(/"dragons".*pause-leader/);
});
