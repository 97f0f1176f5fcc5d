import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  againstMedian,
  type ClockReading,
  DiskSpaceJudge,
  extreme,
  Hysteresis,
  LogPattern,
  MetricJudge,
  parseSample,
  parseThreshold,
  samplesNamed,
  type Threshold,
  WallStep,
} from '../../src/index.js';

describe('hysteresis', () => {
  test('what alternates changes nothing', () => {
    const hysteresis = new Hysteresis({ failures: 2, successes: 2 });
    for (let round = 0; round < 20; round++) hysteresis.note(round % 2 === 0 ? 'bad' : 'good');
    expect(hysteresis.failing).toBe(false);
    hysteresis.note('bad');
    hysteresis.note('bad');
    for (let round = 0; round < 20; round++) hysteresis.note(round % 2 === 0 ? 'good' : 'bad');
    expect(hysteresis.failing).toBe(true);
  });

  test('it fails after as many in a row as asked for, and is well after as many', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), (failures, successes) => {
        const hysteresis = new Hysteresis({ failures, successes });
        const after = (reading: 'good' | 'bad', times: number): readonly boolean[] =>
          Array.from({ length: times }, () => {
            hysteresis.note(reading);
            return hysteresis.failing;
          });
        expect(after('bad', failures)).toEqual([...Array(failures - 1).fill(false), true]);
        expect(after('good', successes)).toEqual([...Array(successes - 1).fill(true), false]);
      }),
    );
  });
});

describe('a page of metrics', () => {
  const page = [
    '# HELP http_requests_total The total.',
    '# TYPE http_requests_total counter',
    'http_requests_total{method="post",code="200"} 1027 1395066363000',
    'http_requests_total{method="post",code="500",} 3',
    'http_requests_total_extra 9',
    'msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9',
    'metric_without_timestamp_and_labels 12.47',
    'weird{problem="division by zero"} +Inf -3982045',
    'gone NaN',
    'http_requests_total{method="post 4',
    'http_requests_total nothing',
    'openmetrics_total{a="b"} 17.0 1520879607.789 # {trace_id="x"} 0.5',
    '# EOF',
  ].join('\n');

  test('yields the samples of one name, and counts the lines that are damaged', () => {
    const found = samplesNamed(page, 'http_requests_total');
    expect(found.samples.map(({ value }) => value)).toEqual([1027, 3]);
    expect(found.malformed).toBe(2);
    expect(extreme(found, {}, 'largest')).toBe(1027);
    expect(extreme(found, { code: '500' }, 'largest')).toBe(3);
    expect(extreme(found, { code: '404' }, 'largest')).toBeUndefined();
    expect(extreme(found, {}, 'smallest')).toBe(3);
    expect(extreme(samplesNamed(page, 'metric_without_timestamp_and_labels'), {}, 'largest')).toBe(12.47);
    expect(extreme(samplesNamed(page, 'weird'), {}, 'largest')).toBe(Number.POSITIVE_INFINITY);
    expect(extreme(samplesNamed(page, 'openmetrics_total'), { a: 'b' }, 'largest')).toBe(17);
  });

  test('not a number is no value, and what is escaped is read back', () => {
    expect(extreme(samplesNamed(page, 'gone'), {}, 'largest')).toBeUndefined();
    const [sample] = samplesNamed(page, 'msdos_file_access_time_seconds').samples;
    expect(sample?.labels.get('error')).toBe('Cannot find file:\n"FILE.TXT"');
    expect(sample?.labels.get('path')).toBe('C:\\DIR\\FILE.TXT');
  });

  test('whatever labels and value a sample has, it is read as it was written', () => {
    const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
    const labels = fc.dictionary(name, fc.string({ maxLength: 12 }), { maxKeys: 4 });
    fc.assert(
      fc.property(name, labels, fc.double({ noNaN: true }), (metric, carried, value) => {
        const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
        const inside = Object.entries(carried).map(([label, text]) => `${label}="${escaped(text)}"`);
        const number = Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
        const sample = parseSample(`${metric}${inside.length > 0 ? `{${inside.join(',')}}` : ''} ${number}`);
        expect(sample?.value).toBe(value === 0 ? Number(number) : value);
        expect(Object.fromEntries(sample!.labels)).toEqual({ ...carried });
      }),
    );
  });

  test('any text at all is borne', () => {
    fc.assert(fc.property(fc.string(), fc.string({ minLength: 1 }), (text, name) => void samplesNamed(text, name)));
  });
});

describe('a threshold', () => {
  const threshold = (text: string): Threshold => {
    const parsed = parseThreshold(text);
    if (!parsed.ok) throw new Error(`${text}: column ${parsed.column}: expected ${parsed.expected}`);
    return parsed.threshold;
  };

  test('is read with its labels, unit and time', () => {
    expect(threshold('process_resident_memory_bytes > 500MB for 10s')).toEqual({
      metric: 'process_resident_memory_bytes',
      labels: {},
      comparison: '>',
      limit: 500e6,
      asRate: false,
      forMs: 10_000,
    });
    expect(threshold('rate(errors_total{code="500", path="/a"})>=5')).toMatchObject({
      labels: { code: '500', path: '/a' },
      comparison: '>=',
      limit: 5,
      asRate: true,
      forMs: 0,
    });
    expect(threshold('x < 2GiB').limit).toBe(2 * 2 ** 30);
    expect(threshold('x > 80%').limit).toBe(0.8);
    expect(threshold('x > 250ms').limit).toBe(0.25);
    expect(threshold('x > 2m').limit).toBe(120);
    expect(threshold('x != -1.5e3').limit).toBe(-1500);
  });

  test.each([
    ['', 1, /name of a metric/],
    ['x', 2, /comparison/],
    ['x > many', 5, /a number/],
    ['x > 5 parsecs', 7, /a number|the end/],
    ['x > 5 for a while', 7, /time after "for"/],
    ['rate(x > 5', 8, /"\)"/],
    ['x{a=1} > 5', 3, /labels/],
    ['x > 5 for 10s or so', 15, /the end/],
  ])('%j is refused with the place and what was expected', (text, column, expected) => {
    const parsed = parseThreshold(text);
    expect(parsed.ok).toBe(false);
    if (parsed.ok) return;
    expect(parsed.expected).toMatch(expected);
    expect(Math.abs(parsed.column - column)).toBeLessThanOrEqual(2);
  });

  test('is breached only once it has been passed for as long as it asks, without a break', () => {
    const judge = new MetricJudge('memory', threshold('x > 10 for 5s'));
    const breached = (value: number, at: number): boolean | undefined => judge.note(value, at)?.breached;
    expect([breached(11, 0), breached(12, 4000), breached(9, 4500), breached(11, 5000), breached(11, 9999)]).toEqual(
      Array(5).fill(false),
    );
    expect(breached(11, 10_000)).toBe(true);
    expect(breached(10, 11_000)).toBe(false);
  });

  test('a reading that could not be had interrupts the run', () => {
    const judge = new MetricJudge('memory', threshold('x > 10 for 5s'));
    judge.note(11, 0);
    judge.missed();
    expect(judge.note(11, 6000)?.breached).toBe(false);
    expect(judge.note(11, 11_000)).toMatchObject({ breached: true, forMs: 5000, value: 11 });
  });

  test('a rate is per second, needs two readings, and outlives a reset of the counter', () => {
    const judge = new MetricJudge('errors', threshold('rate(x) > 5'));
    expect(judge.note(1000, 0)).toBeUndefined();
    expect(judge.note(1010, 1000)).toMatchObject({ value: 10, breached: true });
    expect(judge.note(1010, 2000)).toMatchObject({ value: 0, breached: false });
    expect(judge.note(4, 3000)).toMatchObject({ value: 4, breached: false });
  });
});

describe('a log pattern', () => {
  const pattern = (count: number): LogPattern => new LogPattern({ name: 'oom', pattern: /out of memory/, count, withinMs: 1000 });

  test('says nothing before it has matched', () => {
    const oom = pattern(1);
    expect(oom.note(['all is well'], 0)).toBe(0);
    expect(oom.signal(0)).toBeUndefined();
  });

  test('alarms at as many matches within the window as were asked for, and no longer when they are past', () => {
    const oom = pattern(3);
    oom.note(['out of memory 1', 'fine', 'out of memory 2'], 0);
    expect(oom.signal(10)).toMatchObject({ count: 2, alarming: false });
    oom.note(['out of memory 3'], 500);
    expect(oom.signal(999)).toMatchObject({ count: 3, alarming: true, line: 'out of memory 3', at: 500 });
    expect(oom.signal(1001)).toMatchObject({ count: 1, alarming: false });
  });

  test('a flood of matches is remembered up to a bound', () => {
    const oom = pattern(2);
    oom.note(Array(100_000).fill('out of memory'), 0);
    expect(oom.signal(1)).toMatchObject({ count: 100, alarming: true });
  });

  test('an endless line is judged by its beginning and shown shortened', () => {
    const oom = pattern(1);
    expect(oom.note([`${'x'.repeat(1_000_000)} out of memory`], 0)).toBe(0);
    expect(oom.note([`out of memory ${'x'.repeat(1_000_000)}`], 0)).toBe(1);
    expect(oom.signal(0)!.line.length).toBeLessThanOrEqual(300);
  });
});

describe('disk space', () => {
  const limits = { name: '/data', minFreeBytes: 1000, minFreeShare: 0.05 };

  test('is low below either limit, and well only with a tenth more', () => {
    const judge = new DiskSpaceJudge(limits);
    const low = (freeBytes: number, at: number): boolean => judge.note({ freeBytes, totalBytes: 10_000 }, at).low;
    expect([low(1000, 0), low(999, 1), low(1050, 2), low(1101, 3), low(1050, 4)]).toEqual([false, true, true, false, false]);
    expect(new DiskSpaceJudge(limits).note({ freeBytes: 4000, totalBytes: 100_000 }, 0).low).toBe(true);
  });

  test('its rate is the trend of the last minutes', () => {
    const judge = new DiskSpaceJudge(limits);
    let signal = judge.note({ freeBytes: 1e9, totalBytes: 1e10 }, 0);
    expect(signal.shrinkingBytesPerSecond).toBe(0);
    for (let second = 5; second <= 600; second += 5)
      signal = judge.note({ freeBytes: 1e9 - second * 2000, totalBytes: 1e10 }, second * 1000);
    expect(signal.shrinkingBytesPerSecond).toBeCloseTo(2000);
  });
});

describe('a clock', () => {
  test('that is set is off the monotonic clock for a minute, and slewing is no step', () => {
    const step = new WallStep();
    for (let now = 0; now <= 300_000; now += 1000) expect(step.note({ now, wall: 1e12 + now * 1.0005 }, now).off).toBe(false);
    expect(step.note({ now: 301_000, wall: 1e12 + 301_000 + 5000 }, 0)).toMatchObject({ off: true });
    for (let now = 302_000; now <= 361_500; now += 500) step.note({ now, wall: 1e12 + now + 5000 }, 0);
    expect(step.note({ now: 362_000, wall: 1e12 + 362_000 + 5000 }, 0).off).toBe(false);
  });

  const reading = (name: string, offsetMs: number, uncertaintyMs = 5): ClockReading => ({ name, offsetMs, uncertaintyMs });

  test('the one wrong clock is found by the median of all', () => {
    const signals = againstMedian([reading('n1', 3), reading('n2', 60_000), reading('n3', -4)], 7);
    expect([...signals].filter(([, { off }]) => off).map(([name]) => name)).toEqual(['n2']);
    expect(signals.get('n2')).toMatchObject({ against: 'median of the peers', at: 7 });
  });

  test('two clocks cannot tell which of them is wrong', () => {
    expect(againstMedian([reading('n1', 0), reading('n2', 60_000)], 0).size).toBe(0);
  });

  test('a minority of wrong clocks accuses no right one', () => {
    const walls = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 4, maxLength: 9 });
    fc.assert(
      fc.property(walls, fc.array(fc.integer({ min: -1e7, max: 1e7 }), { maxLength: 4 }), (right, all) => {
        const wrong = all.slice(0, Math.max(0, right.length - 1));
        const readings = [
          ...right.map((offset, at) => reading(`r${at}`, offset)),
          ...wrong.map((offset, at) => reading(`w${at}`, offset)),
        ];
        const signals = againstMedian(readings, 0);
        expect(right.map((_, at) => signals.get(`r${at}`)!.off)).toEqual(right.map(() => false));
      }),
    );
  });

  test('a reading from afar is believed only as far as its round trip allows', () => {
    expect(againstMedian([reading('n1', 0), reading('n2', 900, 600), reading('n3', 0)], 0).get('n2')?.off).toBe(false);
  });
});
