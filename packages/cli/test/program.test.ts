import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runProgram } from '../src/program.js';

let output: string;
let errors: string;
beforeEach(() => {
  output = '';
  errors = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    errors += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

test.each([
  'up',
  'run',
  'config',
  'agent',
  'status',
  'incidents',
  'incident',
  'why',
  'restart',
  'pause',
  'resume',
  'demo',
  'drill',
  'simulate',
  'member',
  'protocol',
])('%s --help shows examples', async (command) => {
  expect(await runProgram([command, '--help'])).toBe(0);
  expect(output).toMatch(/Examples?:\n {2}\$ reknit /);
});

test('the exit codes are documented', async () => {
  expect(await runProgram(['--help'])).toBe(0);
  expect(output).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 /);
  expect(await runProgram([])).toBe(0);
});

test('an unknown command is a usage error with a suggestion where one is near', async () => {
  expect(await runProgram(['incidnts'])).toBe(2);
  expect(errors).toBe('reknit: unknown command "incidnts"; did you mean "incidents"?\n');
  errors = '';
  expect(await runProgram(['xyzzy'])).toBe(2);
  expect(errors).toMatch(/^reknit: unknown command "xyzzy"; there are up, run, config, node, .*\n$/);
});

test('unknown options and missing arguments are usage errors of one line', async () => {
  for (const words of [['status', '--bogus'], ['incident'], ['agent'], ['up', 'extra']]) {
    errors = '';
    expect(await runProgram(words), words.join(' ')).toBe(2);
    expect(errors).toMatch(/^reknit: [^\n]+\n$/);
  }
});

test('the version is printed', async () => {
  expect(await runProgram(['--version'])).toBe(0);
  expect(output).toMatch(/^\d+\.\d+\.\d+\n$/);
});
