import { expect, test } from 'vitest';
import { readCommand } from '../src/options.js';
import { renderPage, renderResult } from '../src/report/page.js';
import {
  KINDS,
  type KillResult,
  type LeaseSample,
  type LoopResult,
  type Sample,
  type ThroughputResult,
  type WatchSample,
} from '../src/report/results.js';

const run = {
  startedAt: '2026-01-01T00:00:00.000Z',
  machine: {
    processor: 'Test',
    cores: 2,
    memoryGigabytes: 8,
    kernel: 'Linux 6',
    node: 'v20',
    commit: 'abc',
    loadBefore: 0.1,
    disk: 'ext4 /dev/x',
  },
  systems: [
    { name: 'reknit', version: '0.1.0' },
    { name: 'etcd', version: '3.4.23' },
  ],
} as const;

const sample = (system: Sample['system'], round: number, perSecond: number, fault?: string): Sample => ({
  system,
  round,
  operation: 'put',
  inFlight: 100,
  requests: 1000,
  perSecond,
  latency: { p50: 1000, p90: 2000, p99: 3000, p999: 4000, max: 5000 },
  cpuPerRequest: 50,
  generatorCpuPerRequest: 4,
  residentMegabytes: 300,
  fault,
});

const throughput: ThroughputResult<'put'> = {
  kind: 'put',
  ...run,
  samples: [
    sample('reknit', 1, 300),
    sample('etcd', 1, 100),
    sample('reknit', 2, 99_999, '5 of 1000 requests were refused'),
    sample('etcd', 2, 300),
    sample('reknit', 3, 200),
    sample('etcd', 3, 200),
  ],
};

const kill: KillResult = {
  kind: 'kill',
  ...run,
  rounds: [9, 30, undefined, 40].map((outageMs, at) => ({
    system: 'reknit',
    load: 'half',
    outageMs,
    extraTerms: at === 1 ? 2 : 0,
    falseElections: 0,
  })),
  background: [{ system: 'reknit', perSecond: 5000, accepted: 10, refused: 2, skipped: 1 }],
};

const figures = (max: number, late: number): LoopResult['phases'][number]['members'][number] => ({
  pings: 100,
  latency: { p50: 100, p90: 200, p99: 300, p999: max, max },
  late,
});

const loop: LoopResult = {
  kind: 'loop',
  ...run,
  keys: 1_000_000,
  phases: [
    {
      system: 'reknit',
      name: 'compact',
      seconds: 2,
      waitedShare: 0.25,
      members: [figures(5000, 0), figures(120_000, 3), figures(9000, 1)],
      ownLateness: { p50: 1, p90: 2, p99: 3, p999: 4, max: 4000 },
      leader: 2,
      termsPassed: 1,
      fault: undefined,
    },
  ],
};

const cellsOf = (text: string, label: string): readonly string[] =>
  text
    .split('\n')
    .find((line) => line.startsWith(`| ${label} `))!
    .split('|')
    .map((cell) => cell.trim())
    .slice(2, -1);

test('what does not count enters neither the medians nor the ratios, and is named', () => {
  const text = renderResult(throughput);
  expect(cellsOf(text, 'put, 100 in flight: reknit')).toEqual(['250', '1.00', '3.00', '4.00', '50.0', '4.0', '300', '', '2/3']);
  expect(cellsOf(text, 'put, 100 in flight: etcd')).toEqual([
    '200',
    '1.00',
    '3.00',
    '4.00',
    '50.0',
    '4.0',
    '300',
    '× 1.67 (1.00–3.00)',
    '3/3',
  ]);
  expect(text).toContain('- reknit, round 2, put, 100 in flight: 5 of 1000 requests were refused');
});

test('a kill without an answer is shown, and an empty series has no figures', () => {
  const text = renderResult(kill);
  expect(cellsOf(text, 'reknit, half load')).toEqual([
    '4 (1 without an answer)',
    '9.0',
    '30.0',
    '40.0',
    '40.0',
    '40.0',
    '2',
    '0',
  ]);
  expect(cellsOf(text, 'etcd, half load').slice(0, 3)).toEqual(['0', '–', '–']);
  const histogram = text.slice(text.indexOf('outages of'));
  expect(cellsOf(histogram, 'reknit, half load')).toEqual(['1', '', '2', '', '', '', '', '', '', '']);
});

test('pings: the leader, the worst follower, and all that were late', () => {
  const cells = cellsOf(renderResult(loop), 'reknit: compact');
  expect(cells).toEqual(['2.00', '9.00', '9.00', '120', '120', '4', '300', '25', '4.00', '1']);
});

const watched = (
  system: WatchSample['system'],
  perSecond: number,
  p50: number,
  more: Partial<WatchSample> = {},
): WatchSample => ({
  system,
  round: 1,
  watchers: 1000,
  putsPerSecond: undefined,
  puts: 100,
  perSecond,
  latency: { p50, p90: p50, p99: 2 * p50, p999: 3 * p50, max: 4 * p50 },
  cpuPerEvent: 1.5,
  generatorCpuPerEvent: 0.5,
  fault: undefined,
  ...more,
});

test('watches: floods by their rate, steady rates by their latency; what lost an event is only named', () => {
  const text = renderResult({
    kind: 'watch',
    ...run,
    samples: [
      watched('reknit', 900_000, 1),
      watched('etcd', 1_000_000, 1),
      watched('reknit', 10_000, 3000, { putsPerSecond: 10 }),
      watched('etcd', 10_000, 2000, { putsPerSecond: 10 }),
      watched('reknit', 9e9, 1, { round: 2, fault: '9 of 10 events were delivered' }),
    ],
  });
  expect(cellsOf(text, '1,000 watchers, all puts that are accepted: reknit')).toEqual(['900,000', '1.5', '0.5', '', '1']);
  expect(cellsOf(text, '1,000 watchers, all puts that are accepted: etcd')[3]).toBe('× 0.90 (0.90–0.90)');
  expect(cellsOf(text, '1,000 watchers, 10 puts/s: etcd')).toEqual(['2.00', '4.00', '6.00', '× 1.50 (1.50–1.50)', '1']);
  expect(text).toContain('reknit, round 2, 1,000 watchers, all puts that are accepted: 9 of 10 events were delivered');
});

test('leases: the processor time of all members, and its ratio', () => {
  const sample = (system: LeaseSample['system'], cpu: number): LeaseSample => ({
    system,
    round: 1,
    leases: 10_000,
    renewalsPerSecond: 1000,
    cpuIdle: 0.02,
    cpu,
    latency: { p50: 1000, p90: 1000, p99: 2000, p999: 3000, max: 4000 },
    fault: undefined,
  });
  const text = renderResult({ kind: 'lease', ...run, samples: [sample('reknit', 0.3), sample('etcd', 0.2)] });
  expect(cellsOf(text, '10,000 leases kept alive: reknit').slice(0, 3)).toEqual(['1,000', '30.0', '2.0']);
  expect(cellsOf(text, '10,000 leases kept alive: etcd')[5]).toBe('× 1.50 (1.50–1.50)');
});

test('starts: one row for each number of members and system', () => {
  const samples = [400, 600, 500].map((readyMs, at) => ({ system: 'reknit', round: at + 1, members: 3, readyMs }) as const);
  const text = renderResult({ kind: 'start', ...run, samples });
  expect(cellsOf(text, '3 members at once: reknit')).toEqual(['400', '500', '600', '3']);
});

test('the page names machine, versions and commit of every result', () => {
  const page = renderPage([throughput, kill]);
  expect(
    page.match(/Test, 2 cores, 8 GB, ext4 \/dev\/x, Linux 6, Node.js v20; reknit: 0.1.0; etcd: 3.4.23; commit abc/g),
  ).toHaveLength(2);
  expect(page).toContain('## Leader killed');
});

test('the command line: suites, peers and what cannot be understood', () => {
  expect(readCommand([])).toMatchObject({ kind: 'measure', options: { suites: KINDS, peers: undefined } });
  expect(readCommand(['kill', '--rounds', '3', '--peers=none', '--load=idle'])).toMatchObject({
    options: { suites: ['kill'], rounds: 3, peers: [], loads: ['idle'] },
  });
  expect(readCommand(['report', 'a.json', '--docs'])).toEqual({ kind: 'report', files: ['a.json'], docs: true });
  expect(() => readCommand(['push'])).toThrow('push is none of put, open');
  expect(() => readCommand(['put', '--peers', 'consul'])).toThrow('consul is none of etcd');
  expect(() => readCommand(['put', '--rounds', '0'])).toThrow('above 0');
});
