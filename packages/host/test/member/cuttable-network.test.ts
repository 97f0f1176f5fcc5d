import type { Clock, Network, Session, SessionHandlers } from '@reknit/runtime';
import { expect, test } from 'vitest';
import { cuttable } from '../../src/member/cuttable-network.js';

/** Keeps what was sent to each address, and runs timers when told. */
function fixture() {
  const sent: string[] = [];
  const handlersOf = new Map<string, SessionHandlers>();
  const timers: { at: number; run: () => void }[] = [];
  let now = 0;
  const under: Network = {
    listen: () => ({ close: () => {} }),
    connect: (address, handlers) => {
      handlersOf.set(address, handlers);
      const session: Session = {
        remoteAddress: address,
        bufferedBytes: 0,
        send: (chunks) => void sent.push(`${address} ${chunks.map((chunk) => chunk.join()).join('+')}`),
        flush: () => {},
        close: () => handlers.onClose('closed-here'),
      };
      return session;
    },
  };
  const clock: Clock = {
    now: () => now,
    wall: () => now,
    soon: (run) => run(),
    after: (delay, run) => {
      timers.push({ at: now + delay, run });
      return { cancel: () => {} };
    },
  };
  const advance = (ms: number): void => {
    now += ms;
    for (const timer of timers.splice(0)) timer.at <= now ? timer.run() : timers.push(timer);
  };
  return { sent, handlersOf, advance, ...cuttable(under, clock) };
}

const silent: SessionHandlers = { onFrame: () => {}, onClose: () => {} };
const frame = (value: number): readonly Uint8Array[] => [Uint8Array.of(value)];

test('what is sent over a cut link waits, counts as buffered, and leaves in order once the cut ends', () => {
  const { network, cut, sent, advance } = fixture();
  const session = network.connect('b:1', silent);
  session.send(frame(1));
  cut(['b:1'], 100);
  session.send(frame(2));
  session.send(frame(3));
  expect(sent).toEqual(['b:1 1']);
  expect(session.bufferedBytes).toBe(2);
  advance(99);
  expect(sent).toHaveLength(1);
  advance(1);
  expect(sent).toEqual(['b:1 1', 'b:1 2', 'b:1 3']);
  expect(session.bufferedBytes).toBe(0);
});

test('only the links that are named are cut; all when none is named, and those that are made meanwhile too', () => {
  const { network, cut, sent, advance } = fixture();
  const [b, c] = [network.connect('b:1', silent), network.connect('c:1', silent)];
  cut(['b:1'], 100);
  b.send(frame(1));
  c.send(frame(2));
  expect(sent).toEqual(['c:1 2']);
  cut([], 300);
  network.connect('d:1', silent).send(frame(3));
  c.send(frame(4));
  advance(100);
  // The longer of two cuts holds.
  expect(sent).toEqual(['c:1 2']);
  advance(200);
  expect(sent).toEqual(['c:1 2', 'b:1 1', 'c:1 4', 'd:1 3']);
});

test('what arrives, and the end of a session, pass a cut', () => {
  const { network, cut, handlersOf, sent, advance } = fixture();
  const heard: string[] = [];
  const session = network.connect('b:1', {
    onOpen: () => heard.push('open'),
    onFrame: (bytes) => heard.push(`frame ${bytes[0]}`),
    onClose: (reason) => heard.push(reason),
  });
  cut([], 100);
  handlersOf.get('b:1')!.onOpen!();
  handlersOf.get('b:1')!.onFrame(Uint8Array.of(7));
  session.send(frame(1));
  session.close();
  advance(100);
  expect(heard).toEqual(['open', 'frame 7', 'closed-here']);
  // Who closed it wants nothing of it any more.
  expect(sent).toEqual([]);
});

test('what is sent over a slow link arrives later and in order, also what is sent when it is fast again', () => {
  const { network, delay, sent, advance } = fixture();
  const session = network.connect('b:1', silent);
  delay([], 30, 50);
  session.send(frame(1));
  advance(10);
  session.send(frame(2));
  expect(sent).toEqual([]);
  advance(20);
  expect(sent).toEqual(['b:1 1']);
  advance(9);
  session.send(frame(3));
  expect(sent).toEqual(['b:1 1']);
  advance(50);
  session.send(frame(4));
  expect(sent).toEqual(['b:1 1', 'b:1 2', 'b:1 3', 'b:1 4']);
});
