import type { Driver, Order, Signal } from '@reknit/recovery';
import { describe, expect, it } from 'vitest';
import { combineDrivers } from '../src/index.js';

const process = { pid: 1, startTime: 1 };
const order: Order = { incident: 'i', step: 0, attempt: 1, epoch: undefined, expiresAt: 0, process };

/** Says who was asked. */
function driverOf(name: string, more: Partial<Driver> = {}): Driver {
  const said = (subject: string): string => `${name} about ${subject}`;
  return {
    subjects: [`${name}-1`, `${name}-2`],
    endpoint: said,
    state: () => 'gone',
    start: () => process,
    watch: () => () => undefined,
    findLaunched: () => undefined,
    identify: async (subject) => ({ process, bootId: said(subject), incarnation: '' }),
    identifyAt: async () => undefined,
    probe: async () => ({ connect: 'not-tried', health: 'good' }),
    exitMark: () => undefined,
    retired: said,
    lastWords: said,
    effort: () => undefined,
    look: () => [],
    fence: async () => 'gone',
    stop: async () => 'terminated',
    ...more,
  };
}

describe('drivers as one', () => {
  const boot = { process, bootId: 'found', incarnation: '' };
  const a = driverOf('a', { state: () => 'stopped', identifyAt: async () => boot });
  const b = driverOf('b', {
    effort: () => ({ ranMs: 1, queuedMs: 2 }),
    look: () => [{ source: 'b', text: 'seen' }],
    checks: () => new Set(['identity']),
    actions: () => new Set(['relocate']),
    act: async () => ({ kind: 'done', detail: 'moved' }),
    policy: () => ({ mode: 'observe', dependsOn: [], maxConcurrent: 1, group: 'b' }),
  });
  const both = combineDrivers([a, b]);

  it('have the subjects of all, each asked of its own', async () => {
    expect(both.subjects).toEqual(['a-1', 'a-2', 'b-1', 'b-2']);
    expect(both.endpoint('a-2')).toBe('a about a-2');
    expect(both.lastWords('b-1')).toBe('b about b-1');
    expect((await both.identify('b-2', 1))?.bootId).toBe('b about b-2');
    expect(() => both.endpoint('c-1')).toThrow(/nobody here looks after "c-1"/);
  });

  it('ask everybody about a process until one knows', () => {
    expect(both.state(process)).toBe('stopped');
    expect(both.effort(process)).toEqual({ ranMs: 1, queuedMs: 2 });
    expect(both.look(process)).toEqual([{ source: 'b', text: 'seen' }]);
  });

  it('ask everybody about a subject that others own', async () => {
    expect(await both.identifyAt('elsewhere', 'http://there', 1)).toBe(boot);
  });

  it('answer for a driver that leaves out what it may leave out', async () => {
    expect(both.actions?.('a-1')).toEqual(new Set());
    expect(both.actions?.('b-1')).toEqual(new Set(['relocate']));
    expect(await both.act?.('a-1', 'relocate', order)).toMatchObject({ kind: 'nowhere' });
    expect(await both.act?.('b-1', 'relocate', order)).toMatchObject({ kind: 'done' });
    expect(both.checks?.('a-1')).toContain('canary');
    expect(both.checks?.('b-1')).toEqual(new Set(['identity']));
    expect(await both.verify?.('a-1', 1)).toMatchObject({ kind: 'good' });
    expect(both.policy?.('a-1')).toBeUndefined();
    expect(both.policy?.('b-1')?.mode).toBe('observe');
  });

  it('say beside what they see themselves what witnesses elsewhere say, and whether none of those is heard', () => {
    const loop: Signal = { kind: 'loop', at: 1, delayMs: 2, late: false };
    const vote: Signal = { kind: 'vote', at: 1, observer: 'agent b', host: 'b', vote: 'up' };
    const seen = combineDrivers([driverOf('a', { signals: () => [loop], surroundings: () => ({ changedAt: 7 }) })], {
      signals: () => [vote],
      isAlone: true,
    });
    expect(seen.signals?.('a-1')).toEqual([loop, vote]);
    expect(seen.surroundings?.('a-1')).toEqual({ changedAt: 7, isAlone: true });
    expect(both.surroundings?.('a-1')).toEqual({});
  });

  it('are the only one where there is only one, and refuse two that claim one subject', () => {
    expect(combineDrivers([a])).toBe(a);
    expect(() => combineDrivers([a, driverOf('a')])).toThrow(/in the care of one driver/);
  });
});
