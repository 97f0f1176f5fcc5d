import type { Signal } from '@reknit/recovery';
import { beforeEach, describe, expect, test } from 'vitest';
import { NodeSigns } from '../src/node/node-signs.js';
import { type NodeVitals, parseVitals } from '../src/node/node-vitals.js';

const WELL: NodeVitals = {
  vitals: { loopDelayMs: 2, logSyncMs: 5, suspectedPeers: [] },
  logSyncP99Ms: 5,
  logPendingMs: 0,
  wall: undefined,
  alarms: [],
};
const WALL_AT_START = 1e12;

let now: number;
let free: number;
let signs: NodeSigns;
beforeEach(() => {
  now = 0;
  free = 1e12;
  const clock = {
    now: () => now,
    wall: () => WALL_AT_START + now,
    after: () => ({ cancel: () => undefined }),
    soon: () => undefined,
  };
  signs = new NodeSigns({ clock, instruments: { room: () => Promise.resolve({ freeBytes: free, totalBytes: 2e12 }) } });
});

function look(subject: string, said: Partial<NodeVitals>, wallOffset = 0): void {
  const askedAt = now;
  now += 2;
  signs.note(subject, { ...WELL, wall: WALL_AT_START + now - 1 + wallOffset, ...said }, askedAt);
  now += 248;
}
const signal = <Kind extends Signal['kind']>(subject: string, kind: Kind): Extract<Signal, { kind: Kind }> | undefined =>
  signs.of(subject).find((each): each is Extract<Signal, { kind: Kind }> => each.kind === kind);

describe('what a member says of itself', () => {
  test('is understood as far as it goes: an older member says less', () => {
    expect(parseVitals('{"loopDelayMs":1,"logSyncMs":2,"suspectedPeers":["n2"]}')).toEqual({
      vitals: { loopDelayMs: 1, logSyncMs: 2, suspectedPeers: ['n2'] },
      logSyncP99Ms: undefined,
      logPendingMs: 0,
      wall: undefined,
      alarms: [],
    });
    for (const text of ['', 'null', '{}', '[]', '{"loopDelayMs":"1"}']) expect(parseVitals(text)).toBeUndefined();
  });

  test('an alarm with a name that is not known here is left out, not taken for another', () => {
    const said = parseVitals(
      '{"loopDelayMs":1,"logSyncMs":2,"suspectedPeers":[],"store":[{"alarm":"toString"},{"alarm":"nospace","detail":"d"},7]}',
    );
    expect(said!.alarms).toEqual([{ alarm: 'nospace', member: undefined, detail: 'd' }]);
  });
});

describe('signals of a member', () => {
  test('a disk is slow after several looks in a row, and one slow sync is not enough', () => {
    look('n1', { logSyncP99Ms: 3000 });
    for (let round = 0; round < 3; round++) look('n1', {});
    expect(signal('n1', 'disk-latency')).toMatchObject({ slow: false });
    for (let round = 0; round < 4; round++) look('n1', { logSyncP99Ms: 3000 });
    expect(signal('n1', 'disk-latency')).toMatchObject({ slow: true, p99Ms: 3000 });
  });

  test('a sync that does not end is slow, though none that ended was', () => {
    for (let round = 0; round < 4; round++) look('n1', { logPendingMs: 1000 });
    expect(signal('n1', 'disk-latency')).toMatchObject({ slow: true });
  });

  test('a loop is late when it stays so, and not by one stall that is over', () => {
    const stall = (delayMs: number): void => look('n1', { vitals: { ...WELL.vitals, loopDelayMs: delayMs } });
    for (const delayMs of [1500, 1300, 1100, 900, 750, 600, 520, 440]) stall(delayMs);
    expect(signal('n1', 'loop')).toMatchObject({ late: false });
    for (let round = 0; round < 8; round++) stall(700);
    expect(signal('n1', 'loop')).toMatchObject({ late: true, delayMs: 700 });
    stall(10);
    expect(signal('n1', 'loop')).toMatchObject({ late: false });
  });

  test('an alarm stands for as long as the member says so', () => {
    look('n1', { alarms: [{ alarm: 'nospace', member: undefined, detail: 'full' }] });
    expect(signal('n1', 'store')).toMatchObject({ alarm: 'nospace', detail: 'full' });
    look('n1', {});
    expect(signal('n1', 'store')).toBeUndefined();
  });

  test('an alarm about another member is a signal of that one', () => {
    look('n1', { alarms: [{ alarm: 'lost-write', member: 'n2', detail: 'behind what it acknowledged' }] });
    expect(signal('n1', 'store')).toBeUndefined();
    expect(signal('n2', 'store')).toMatchObject({ alarm: 'lost-write', detail: 'behind what it acknowledged' });
    look('n1', {});
    expect(signal('n2', 'store')).toBeUndefined();
  });

  test('a clock that is set is off at once, and off the median of the others for as long as it is wrong', () => {
    for (let round = 0; round < 5; round++) for (const name of ['n1', 'n2', 'n3']) look(name, {});
    expect(signs.of('n2').some((each) => each.kind === 'clock' && each.off)).toBe(false);
    for (let round = 0; round < 400; round++) for (const name of ['n1', 'n2', 'n3']) look(name, {}, name === 'n2' ? 5000 : 0);
    const off = (name: string): readonly unknown[] =>
      signs.of(name).flatMap((each) => (each.kind === 'clock' && each.off ? [each.against] : []));
    expect(off('n2')).toEqual(['median of the peers']);
    expect(off('n1')).toEqual([]);
    look('n2', {}, 9000);
    expect(off('n2')).toContain('monotonic clock');
  });

  test('a new life begins without them', () => {
    look('n1', { alarms: [{ alarm: 'corrupt', member: undefined, detail: 'x' }] });
    signs.forget('n1');
    expect(signs.of('n1')).toEqual([]);
  });

  test('the disk is looked at from outside, not more often than is of use', async () => {
    free = 1000;
    signs.lookAtDisk('n1', '/data');
    await Promise.resolve();
    await Promise.resolve();
    expect(signal('n1', 'disk-space')).toMatchObject({ name: 'data', low: true, freeBytes: 1000 });
    free = 1e12;
    signs.lookAtDisk('n1', '/data');
    await Promise.resolve();
    expect(signal('n1', 'disk-space')).toMatchObject({ low: true });
  });
});
