import type { Runtime } from '@reknit/runtime';
import { describe, expect, test } from 'vitest';
import { Detectors, type DetectSpec, type Instruments, type Page, type ProbeAnswer, type Signal } from '../../src/index.js';
import { ManualClock } from '../support/manual-clock.js';

const GOOD: ProbeAnswer = { outcome: 'good', detail: '200 OK' };
const SILENT: ProbeAnswer = { outcome: 'silent', detail: 'no answer' };
const probe = (name: string, everyMs = 1000, timeoutMs = 500, failures = 2): DetectSpec => ({
  kind: 'probe',
  probe: { kind: 'tcp', name, address: '127.0.0.1:1' },
  everyMs,
  timeoutMs,
  failures,
});

class Fixture implements Instruments {
  readonly clock = new ManualClock();
  readonly turns: string[] = [];
  readonly warnings: string[] = [];
  /** Answers still owed. */
  readonly pending: ((answer: ProbeAnswer) => void)[] = [];
  answer: ProbeAnswer | 'later' = GOOD;
  page: Page = { kind: 'none', detail: 'refused' };
  asked = 0;
  written: string[] = [];
  closed = 0;
  readonly detectors: Detectors;

  constructor(lanes?: number) {
    const log = { log: (_level: string, text: string) => void this.warnings.push(text) };
    // Detectors touch the clock and the log alone.
    const runtime = { clock: this.clock, log } as unknown as Runtime;
    this.detectors = new Detectors({
      runtime,
      instruments: this,
      onTurn: (subject, signal) => this.turns.push(`${subject} ${signal.kind}`),
      ...(lanes === undefined ? {} : { lanes }),
    });
  }

  ask(): Promise<ProbeAnswer> {
    this.asked++;
    if (this.answer !== 'later') return Promise.resolve(this.answer);
    return new Promise((resolve) => void this.pending.push(resolve));
  }

  scrape(): Promise<Page> {
    return Promise.resolve(this.page);
  }

  tail(): ReturnType<Instruments['tail']> {
    return {
      read: () => ({ lines: this.written.splice(0), skippedBytes: 0, position: undefined }),
      close: () => void this.closed++,
    };
  }

  room(): ReturnType<Instruments['room']> {
    return Promise.resolve({ freeBytes: 10, totalBytes: 100 });
  }

  signal(): Signal | undefined {
    return this.detectors.signals('web')[0];
  }
}

describe('a probe', () => {
  test('fails after as many bad answers in a row as declared; the listener hears of the turn, not of each answer', async () => {
    const fixture = new Fixture();
    fixture.detectors.watch('web', { specs: [probe('health')] });
    await fixture.clock.advance(5000);
    expect(fixture.signal()).toMatchObject({ kind: 'probe', outcome: 'good', failing: false, failuresInARow: 0 });
    fixture.answer = { outcome: 'bad', detail: '503' };
    await fixture.clock.advance(1000);
    expect(fixture.signal()).toMatchObject({ outcome: 'bad', failing: false, failuresInARow: 1 });
    await fixture.clock.advance(4000);
    expect(fixture.signal()).toMatchObject({ failing: true, failuresInARow: 5 });
    fixture.answer = GOOD;
    await fixture.clock.advance(2000);
    expect(fixture.turns).toEqual(['web probe', 'web probe']);
  });

  test('that is slower than its pace is not piled up', async () => {
    const fixture = new Fixture();
    fixture.answer = 'later';
    fixture.detectors.watch('web', { specs: [probe('health', 100)] });
    await fixture.clock.advance(5000);
    expect(fixture.asked).toBe(1);
    fixture.pending.shift()!(GOOD);
    await fixture.clock.advance(99);
    expect(fixture.asked).toBeLessThanOrEqual(2);
  });

  test('an observer that did not run accuses nobody of silence', async () => {
    const fixture = new Fixture();
    fixture.answer = 'later';
    fixture.detectors.watch('web', { specs: [probe('health', 1000, 500, 1)] });
    await fixture.clock.advance(10);
    fixture.clock.stall(3000);
    fixture.pending.shift()!(SILENT);
    await fixture.clock.advance(100);
    expect(fixture.signal()).toBeUndefined();
    expect(fixture.detectors.lateMs).toBeGreaterThan(1000);
  });

  test('a silence that the observer sat through counts', async () => {
    const fixture = new Fixture();
    fixture.answer = 'later';
    fixture.detectors.watch('web', { specs: [probe('health', 1000, 500, 1)] });
    await fixture.clock.advance(500);
    fixture.pending.shift()!(SILENT);
    await fixture.clock.advance(1);
    expect(fixture.signal()).toMatchObject({ outcome: 'silent', failing: true });
  });

  test('a refusal counts whatever the observer did: the kernel said it', async () => {
    const fixture = new Fixture();
    fixture.answer = 'later';
    fixture.detectors.watch('web', { specs: [probe('health', 1000, 500, 1)] });
    await fixture.clock.advance(1);
    fixture.clock.stall(3000);
    fixture.pending.shift()!({ outcome: 'refused', detail: 'nobody listens' });
    await fixture.clock.advance(1);
    expect(fixture.signal()).toMatchObject({ outcome: 'refused', failing: true });
  });
});

test('no more questions are under way at a time than there are lanes', async () => {
  const fixture = new Fixture(2);
  fixture.answer = 'later';
  for (const subject of ['a', 'b', 'c', 'd', 'e']) fixture.detectors.watch(subject, { specs: [probe('health')] });
  await fixture.clock.advance(1);
  expect(fixture.asked).toBe(2);
  for (let answered = 1; answered <= 5; answered++) {
    fixture.pending.shift()!(GOOD);
    await fixture.clock.advance(0);
    expect(fixture.asked).toBe(Math.min(5, 2 + answered));
  }
});

const memory: DetectSpec = {
  kind: 'metric',
  name: 'memory',
  url: 'http://127.0.0.1:1/metrics',
  metric: 'memory_bytes',
  labels: {},
  comparison: '>',
  limit: 100,
  asRate: false,
  forMs: 2000,
  everyMs: 1000,
  timeoutMs: 500,
};

test('a metric is breached after its time, and a page without it is told once', async () => {
  const fixture = new Fixture();
  fixture.detectors.watch('web', { specs: [memory] });
  await fixture.clock.advance(5000);
  expect(fixture.signal()).toBeUndefined();
  expect(fixture.warnings).toHaveLength(1);
  fixture.page = { kind: 'page', text: 'memory_bytes 200\n' };
  await fixture.clock.advance(4000);
  expect(fixture.signal()).toMatchObject({ kind: 'metric', value: 200, breached: true, threshold: 'memory_bytes > 100 for 2s' });
});

test('of several series the one that breaks the limit counts, whichever way the limit goes', async () => {
  const fixture = new Fixture();
  fixture.page = { kind: 'page', text: 'free_bytes{disk="a"} 900\nfree_bytes{disk="b"} 5\n' };
  const free = { ...memory, name: 'free', metric: 'free_bytes', comparison: '<', limit: 10, forMs: 0 } as const;
  fixture.detectors.watch('web', { specs: [free] });
  await fixture.clock.advance(10);
  expect(fixture.signal()).toMatchObject({ value: 5, breached: true });
});

test('a pattern reads the output; without an output a person is told', async () => {
  const fixture = new Fixture();
  const spec: DetectSpec = {
    kind: 'log',
    name: 'oom',
    pattern: 'out of memory|FATAL',
    source: { kind: 'output' },
    count: 1,
    withinMs: 60_000,
  };
  fixture.detectors.watch('blind', { specs: [spec] });
  expect(fixture.warnings).toHaveLength(1);
  fixture.detectors.watch('web', { specs: [spec], output: { path: '/log', from: 'end' } });
  fixture.written = ['fine', 'FATAL: no'];
  await fixture.clock.advance(1000);
  expect(fixture.signal()).toMatchObject({ kind: 'log', line: 'FATAL: no', alarming: true });
  fixture.detectors.unwatch('web');
  expect(fixture.closed).toBe(1);
});

test('a new life begins without the signals of the one before, and what it asked is not heard any more', async () => {
  const fixture = new Fixture();
  fixture.answer = 'later';
  fixture.detectors.watch('web', { specs: [probe('health', 1000, 500, 1)] });
  await fixture.clock.advance(600);
  fixture.detectors.watch('web', { specs: [] });
  fixture.pending.shift()!(SILENT);
  await fixture.clock.advance(5000);
  expect(fixture.detectors.signals('web')).toEqual([]);
  expect(fixture.asked).toBe(1);
});

test('low disk space is a signal of its own', async () => {
  const fixture = new Fixture();
  const spec: DetectSpec = { kind: 'disk', name: 'data', path: '/data', minFreeBytes: 20, minFreeShare: 0, everyMs: 1000 };
  fixture.detectors.watch('web', { specs: [spec] });
  await fixture.clock.advance(10);
  expect(fixture.signal()).toMatchObject({ kind: 'disk-space', name: 'data', low: true, freeBytes: 10 });
  fixture.detectors.end();
});
