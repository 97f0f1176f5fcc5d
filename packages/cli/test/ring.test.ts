import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { currentStep, deserializePlan, startPlan } from '@reknit/hashring';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseNodes } from '../src/commands/ring-nodes.js';
import { bar, toSvg } from '../src/commands/ring-plot.js';
import { runProgram } from '../src/program.js';

let output = '';
let home = '';
beforeEach(() => {
  output = '';
  home = mkdtempSync(join(tmpdir(), 'reknit-ring-'));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true });
});

const ring = async (...words: readonly string[]): Promise<string> => {
  output = '';
  expect(await runProgram(['ring', ...words])).toBe(0);
  return output;
};

test('nodes are written with weights and domains, or counted', () => {
  expect(parseNodes('--nodes', 'a, b*2.5@z1/r2,c@z3')).toEqual([
    { id: 'a', weight: 1, domain: [], seat: 'a' },
    { id: 'b', weight: 2.5, domain: ['z1', 'r2'], seat: 'b' },
    { id: 'c', weight: 1, domain: ['z3'], seat: 'c' },
  ]);
  expect(parseNodes('--nodes', '3').map(({ id }) => id)).toEqual(['node-1', 'node-2', 'node-3']);
});

test('show: bounded loads keep their bound, weights are honoured', async () => {
  const shown = JSON.parse(await ring('show', '--nodes', '20', '--keys', '4000', '--bounded', '0.05', '--json'));
  expect(shown.peak).toBeLessThanOrEqual(1.05);
  const weighted = JSON.parse(await ring('show', '--nodes', 'a,b*3', '--keys', '20000', '--json'));
  expect(weighted.loads[1].load / weighted.loads[0].load).toBeCloseTo(3, 0);
  expect(await ring('show', '--nodes', 'a,b*3', '--keys', '1000')).toMatch(/b {5}3 .*█/);
});

test('plan: what is written is a plan that a program can follow', async () => {
  const file = join(home, 'plan.json');
  const told = await ring('plan', '--nodes', 'a@z1,b@z2,c@z3,d@z1', '--join', 'e@z2', '--dead', 'd', '--out', file);
  const plan = deserializePlan(readFileSync(file, 'utf8'));
  expect(told).toContain(`${plan.moved} replicas are copied; no plan to these loads copies fewer than ${plan.leastMoves}`);
  expect(currentStep(plan, startPlan(plan))!.actions[0]!.kind).toBe('copy');
});

test('simulate: a ring moves close to the minimum, jump twice as much where a node in the middle leaves', async () => {
  const { outcomes } = JSON.parse(
    await ring('simulate', '--nodes', '20', '--keys', '20000', '--events', 'join,leave:node-4', '--json'),
  );
  const ratio = (algorithm: string, at: number): number => {
    const found = outcomes.filter((one: { algorithm: string }) => one.algorithm === algorithm)[at];
    return found.moved / found.minimum;
  };
  expect(ratio('ring', 0)).toBeCloseTo(1, 0);
  expect(ratio('jump', 1)).toBeGreaterThan(1.7);
});

test('every plot is written as SVG, well formed, with what it shows', async () => {
  const file = join(home, 'plot.svg');
  for (const words of [
    ['show', '--nodes', '5', '--keys', '1000'],
    ['show', '--nodes', '5', '--sweep'],
    ['plan', '--nodes', '5', '--join', 'x'],
    ['simulate', '--nodes', '5', '--keys', '1000'],
  ]) {
    await ring(...words, '--svg', file);
    const svg = readFileSync(file, 'utf8');
    expect(svg).toMatch(/^<svg [^>]*viewBox/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg.match(/<text/g)!.length).toBe(svg.match(/<\/text>/g)!.length);
  }
});

test('names that look like markup stay text in a plot', () => {
  const svg = toSvg({
    title: '<b>&"',
    subtitle: '',
    labels: ['<a>'],
    series: [{ name: '<s>', values: [1] }],
    kind: 'bars',
    format: String,
  });
  expect(svg).not.toMatch(/<b>|<a>|<s>/);
});

test('bars grow by eighths of a column', () => {
  expect([bar(0, 8, 1), bar(3, 8, 1), bar(8, 8, 1), bar(12, 16, 2)]).toEqual(['', '▍', '█', '█▌']);
});

test.each([
  [['show', '--nodes', 'a,a'], 'twice'],
  [['show', '--nodes', 'a*0'], 'positive'],
  [['show', '--nodes', 'a*nonsense'], 'positive'],
  [['show', '--nodes', '0'], 'from 1'],
  [['show', '--nodes', ','], 'at least one'],
  [['show', '--nodes', '3', '--bounded', '-1'], '--bounded'],
  [['show', '--nodes', '3', '--sweep', '--algorithm', 'jump'], '--sweep'],
  [['plan', '--nodes', '3'], 'nothing changes'],
  [['plan', '--nodes', '2', '--join', 'x', '--replicas', '9'], '9 replicas'],
  [['plan', '--nodes', 'a@z1,b@z1', '--join', 'c@z1', '--replicas', '2'], 'failure domains'],
  [['plan', '--nodes', '5', '--leave', 'absent'], 'no node'],
  [['simulate', '--nodes', '3', '--events', 'explode'], 'explode'],
])('reknit ring %j is refused with its reason', async (words, reason) => {
  await expect(runProgram(['ring', ...words])).rejects.toThrow(reason);
});
