// Strangers at an agent's gossip port, over a simulated network.
import type { CloseReason, Runtime, Session } from '@reknit/runtime';
import { createWorld, type World } from '@reknit/runtime/simulated';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { GossipMessage } from '../../../src/agent/gossip/gossip-message.js';
import { PeerSessions } from '../../../src/agent/gossip/peer-sessions.js';

const SECRET = Buffer.from('the secret of the test cluster');
const ADDRESS = 'a:7400';

let world: World;
let heard: GossipMessage[];

async function sessionsOf(name: string, secret: Uint8Array = SECRET): Promise<PeerSessions> {
  const runtime = world.machine(name).boot();
  const onMessage = (message: GossipMessage): void => void heard.push(message);
  const sessions = new PeerSessions({ runtime, secret, address: `${name}:7400`, onMessage });
  const listening = sessions.listen();
  world.run(world.now + 1);
  await listening;
  return sessions;
}

const ack = (sequence: number): GossipMessage => {
  const from = { name: 'b', address: 'b:7400', host: 'b', incarnation: 0 };
  return { kind: 'swim', message: { from, body: { kind: 'ack', sequence }, rumors: [] } };
};

interface Stranger {
  readonly session: Session;
  closed: CloseReason | undefined;
}

function strangerFrom(runtime: Runtime, frames: readonly Uint8Array[]): Stranger {
  const stranger: { session: Session; closed: CloseReason | undefined } = {
    closed: undefined,
    session: runtime.network.connect(ADDRESS, {
      onFrame: () => undefined,
      onClose: (reason) => {
        stranger.closed = reason;
      },
    }),
  };
  for (const frame of frames) stranger.session.send([frame]);
  return stranger;
}

beforeEach(() => {
  world = createWorld({ seed: 'sessions' });
  heard = [];
});

describe('a stranger', () => {
  test('is never heard, whatever it sends, and those who belong are', async () => {
    await sessionsOf('a');
    const friend = await sessionsOf('b');
    const runtime = world.machine('stranger').boot();
    const frames = fc.sample(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 5 }), { numRuns: 40, seed: 7 });
    for (const each of frames) strangerFrom(runtime, [new Uint8Array(16), ...each]);
    friend.send(ADDRESS, ack(1));
    world.run(world.now + 5000);
    expect(heard).toEqual([ack(1)]);
  });

  test('that says nothing is let go', async () => {
    await sessionsOf('a');
    const stranger = strangerFrom(world.machine('stranger').boot(), []);
    world.run(world.now + 2900);
    expect(stranger.closed).toBeUndefined();
    world.run(world.now + 500);
    expect(stranger.closed).toBe('ended');
  });

  test('many of them do not keep those out who belong, once they have been let go', async () => {
    await sessionsOf('a');
    const runtime = world.machine('stranger').boot();
    for (let count = 0; count < 400; count++) strangerFrom(runtime, []);
    world.run(world.now + 4000);
    const friend = await sessionsOf('b');
    friend.send(ADDRESS, ack(2));
    world.run(world.now + 1000);
    expect(heard).toEqual([ack(2)]);
  });
});

test('messages arrive in order, those too that were sent before the session stood', async () => {
  await sessionsOf('a');
  const friend = await sessionsOf('b');
  for (let sequence = 0; sequence < 10; sequence++) friend.send(ADDRESS, ack(sequence));
  world.run(world.now + 100);
  friend.send(ADDRESS, ack(10));
  world.run(world.now + 100);
  expect(heard).toEqual(Array.from({ length: 11 }, (_, sequence) => ack(sequence)));
});

test('who refuses is asked again after a while, or at once when it was heard', async () => {
  const friend = await sessionsOf('b');
  friend.send(ADDRESS, ack(1));
  world.run(world.now + 10);
  await sessionsOf('a');
  friend.send(ADDRESS, ack(2));
  world.run(world.now + 100);
  expect(heard).toEqual([]);
  friend.heard(ADDRESS);
  friend.send(ADDRESS, ack(3));
  world.run(world.now + 100);
  expect(heard).toEqual([ack(3)]);
});
