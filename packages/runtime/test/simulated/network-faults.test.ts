// Each fault of the simulated network does what it says, as often as it says.
import { describe, expect, test } from 'vitest';
import type { CloseReason, Session } from '../../src/index.js';
import { createWorld, type NetworkFaults, type World } from '../../src/simulated/index.js';

interface Pair {
  readonly world: World;
  readonly session: Session;
  readonly remote: Session;
  readonly received: { readonly value: number; readonly at: number }[];
  readonly closes: { near: CloseReason | undefined; far: CloseReason | undefined };
}

/** Machine a connected to machine b. */
function pair(network: Partial<NetworkFaults> = {}): Pair {
  const world = createWorld({ seed: 5, network: { latencyMinMs: 1, latencyTailMs: 0.5, ...network } });
  const received: Pair['received'] = [];
  const closes: Pair['closes'] = { near: undefined, far: undefined };
  const remotes: Session[] = [];
  const server = world.machine('b').boot();
  server.network.listen(
    'b:1',
    (remote) => {
      remotes.push(remote);
      return {
        onFrame: (frame) => void received.push({ value: frame[0]! * 256 + frame[1]!, at: world.now }),
        onClose: (reason) => {
          expect(closes.far).toBeUndefined();
          closes.far = reason;
        },
      };
    },
    () => {},
  );
  const session = world
    .machine('a')
    .boot()
    .network.connect('b:1', {
      onFrame: () => {},
      onClose: (reason) => {
        expect(closes.near).toBeUndefined();
        closes.near = reason;
      },
    });
  world.run(20);
  return { world, session, remote: remotes[0]!, received, closes };
}

const send = (session: Session, value: number): void => session.send([Uint8Array.of(value >> 8, value & 255)]);

function sendMany({ world, session }: Pair, count: number): void {
  for (let value = 0; value < count; value++) {
    send(session, value);
    world.run(world.now + 1);
  }
  world.run(world.now + 1000);
}

describe('without faults', () => {
  test('everything arrives once and in order, whatever the latencies', () => {
    const made = pair({ latencyTailMs: 30 });
    sendMany(made, 500);
    expect(made.received.map(({ value }) => value)).toEqual(Array.from({ length: 500 }, (_, value) => value));
  });
});

describe('per frame', () => {
  test('loss takes its share and leaves the session open', () => {
    const made = pair({ loss: 0.2 });
    sendMany(made, 1000);
    expect(made.received.length).toBeGreaterThan(740);
    expect(made.received.length).toBeLessThan(860);
    expect(made.closes).toEqual({ near: undefined, far: undefined });
  });

  test('duplication doubles its share', () => {
    const made = pair({ duplication: 0.1 });
    sendMany(made, 1000);
    expect(made.received.length).toBeGreaterThan(1060);
    expect(made.received.length).toBeLessThan(1140);
    expect(new Set(made.received.map(({ value }) => value)).size).toBe(1000);
  });

  test('reordering lets later frames overtake', () => {
    const made = pair({ reorder: 0.1 });
    sendMany(made, 1000);
    const values = made.received.map(({ value }) => value);
    expect(values).not.toEqual([...values].sort((a, b) => a - b));
    expect(new Set(values).size).toBe(1000);
  });

  test('damage ends the session as malformed, and the sender sees it end', () => {
    const made = pair({ damage: 1 });
    sendMany(made, 1);
    expect(made.received).toEqual([]);
    expect(made.closes).toEqual({ near: 'ended', far: 'malformed' });
  });
});

describe('a clogged link', () => {
  test('delivers everything afterwards, in order', () => {
    const made = pair();
    const start = made.world.now;
    made.world.clog('a', 'b', 300, { direction: 'a-to-b' });
    for (let value = 0; value < 10; value++) send(made.session, value);
    made.world.run(start + 299);
    expect(made.received).toEqual([]);
    made.world.run(start + 320);
    expect(made.received.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('a cut', () => {
  test('of one direction takes what goes that way only, also what is under way', () => {
    const made = pair({ breakAfterMs: undefined });
    send(made.session, 1);
    made.world.cut('a', 'b', { direction: 'a-to-b' });
    sendMany(made, 3);
    expect(made.received).toEqual([]);
    made.world.heal();
    made.world.cut('a', 'b', { direction: 'b-to-a' });
    sendMany(made, 3);
    expect(made.received).toHaveLength(3);
  });

  test('breaks a session that lost something to it, unless it is healed in time', () => {
    const lasting = pair({ breakAfterMs: 500 });
    lasting.world.cut('a', 'b');
    sendMany(lasting, 1);
    expect(lasting.closes.near).toBe('failed');
    const short = pair({ breakAfterMs: 500 });
    short.world.cut('a', 'b');
    send(short.session, 1);
    short.world.run(short.world.now + 100);
    short.world.heal();
    sendMany(short, 3);
    expect(short.closes).toEqual({ near: undefined, far: undefined });
    expect(short.received).toHaveLength(3);
  });

  test('lets connection attempts fail by time-out', () => {
    const { world } = pair();
    world.cut('a', 'b', { direction: 'b-to-a' });
    const start = world.now;
    let failed: { reason: CloseReason; after: number } | undefined;
    world.machine('c').boot();
    world.program('connects', (runtime) => {
      runtime.network.connect('b:1', {
        onFrame: () => {},
        onClose: (reason) => {
          failed = { reason, after: world.now - start };
        },
      });
    });
    world.machine('a').spawn('connects', []);
    world.run(start + 5000);
    expect(failed).toEqual({ reason: 'failed', after: 2000 });
  });

  test('holds back the news of a close until it is healed', () => {
    const made = pair();
    made.world.cut('a', 'b');
    made.session.close();
    made.world.run(made.world.now + 3000);
    expect(made.closes).toEqual({ near: 'closed-here', far: undefined });
    made.world.heal();
    made.world.run(made.world.now + 500);
    expect(made.closes.far).toBe('ended');
  });

  test('is healed for a pair or for all', () => {
    const made = pair({ breakAfterMs: undefined });
    made.world.cut('a', 'b');
    made.world.heal('a', 'c');
    sendMany(made, 1);
    expect(made.received).toHaveLength(0);
    made.world.heal('b', 'a');
    sendMany(made, 1);
    expect(made.received).toHaveLength(1);
  });

  test('by partition separates groups and nobody within one', () => {
    const made = pair();
    made.world.machine('c');
    made.world.partition([['a', 'b'], ['c']]);
    sendMany(made, 2);
    expect(made.received).toHaveLength(2);
    made.world.partition([['a'], ['b', 'c']]);
    sendMany(made, 2);
    expect(made.received).toHaveLength(2);
  });
});

describe('a peer', () => {
  test('whose process was killed is seen as ended within milliseconds', () => {
    const made = pair();
    const start = made.world.now;
    made.world.machine('b').kill();
    while (made.closes.near === undefined) made.world.step();
    expect(made.closes.near).toBe('ended');
    expect(made.world.now - start).toBeLessThan(5);
  });

  test('that lost power is silent until the time-out, refuses nothing, and ends old sessions once it is back', () => {
    const silent = pair({ breakAfterMs: 700 });
    silent.world.machine('b').crash('silent');
    silent.world.run(silent.world.now + 600);
    expect(silent.closes.near).toBeUndefined();
    silent.world.run(silent.world.now + 200);
    expect(silent.closes.near).toBe('failed');
    const back = pair({ breakAfterMs: undefined });
    back.world.machine('b').crash('silent');
    send(back.session, 1);
    back.world.run(back.world.now + 100);
    back.world.machine('b').boot();
    send(back.session, 2);
    back.world.run(back.world.now + 100);
    expect(back.closes.near).toBe('ended');
  });

  test('that is stopped takes connections and frames only when it goes on, in order', () => {
    const made = pair();
    const { world, session, received } = made;
    world.machine('b').pause(400);
    const start = world.now;
    let opened = 0;
    world.program('connects', (runtime) => {
      runtime.network.connect('b:1', { onOpen: () => opened++, onFrame: () => {}, onClose: () => {} });
    });
    world.machine('a').spawn('connects', []);
    for (let value = 0; value < 5; value++) send(session, value);
    session.close();
    world.run(start + 399);
    expect([opened, received.length, made.closes.far]).toEqual([1, 0, undefined]);
    world.run(start + 401);
    expect(received.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4]);
    expect(made.closes.far).toBe('ended');
  });
});
