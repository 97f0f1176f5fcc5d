import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyAt, valueAt } from '../src/load/requests.js';
import { parseStatus } from '../src/zookeeper/control.js';
import { bufferAt, framed, int, PacketReader, readInt, syncRequest } from '../src/zookeeper/jute.js';
import { ZooKeeperRequests } from '../src/zookeeper/requests.js';
import { Session } from '../src/zookeeper/session.js';

const reply = (xid: number, error: number, body = ''): Uint8Array =>
  framed(int(xid), new Uint8Array(8), int(error), Buffer.from(body));

function open(prelude?: Uint8Array): { session: Session; replies: (readonly [number, number])[] } {
  const replies: (readonly [number, number])[] = [];
  const session = new Session((sentAt, bytes) => replies.push([sentAt, bytes]), prelude);
  expect(session.ready).toBe(false);
  session.takeOutput();
  session.receive(framed(new Uint8Array(37)));
  expect(session.ready).toBe(true);
  return { session, replies };
}

test('however the bytes are cut, replies belong to the requests in their order, and errors are refusals', () => {
  const stream = Buffer.concat([reply(2, 0, 'yes'), reply(2, -110), reply(2, 0, 'again')]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: stream.length })), (cuts) => {
      const { session, replies } = open();
      for (const at of [10, 20, 30]) session.call(Uint8Array.of(1), at);
      let from = 0;
      for (const to of [...new Set([...cuts, stream.length])].sort((left, right) => left - right)) {
        session.receive(stream.subarray(from, to));
        from = to;
      }
      expect(replies).toEqual([
        [10, 3],
        [20, 0],
        [30, 5],
      ]);
      expect(session.inFlight).toBe(0);
    }),
  );
});

test('a read whose sync failed is refused, though it brings a value; the next one is not', () => {
  const { session, replies } = open(syncRequest(Buffer.from('/bench')));
  session.call(Uint8Array.of(1), 1);
  session.call(Uint8Array.of(1), 2);
  session.receive(Buffer.concat([reply(1, -4), reply(2, 0, 'old'), reply(1, 0), reply(2, 0, 'new')]));
  expect(replies).toEqual([
    [1, 0],
    [2, 3],
  ]);
});

test('each request goes out whole, behind its sync', () => {
  const { session } = open(Uint8Array.of(9, 9));
  session.call(Uint8Array.of(7), 0);
  const packets: number[][] = [];
  new PacketReader((view) => packets.push([...view])).feed(session.takeOutput()!);
  expect(packets).toEqual([
    [0, 0, 0, 1, 9, 9],
    [0, 0, 0, 2, 7],
  ]);
});

test('a put creates the node of its key with its value', () => {
  const message = new ZooKeeperRequests('put').at(42);
  expect(readInt(message, 0)).toBe(1);
  const path = bufferAt(message, 4);
  expect(Buffer.from(path)).toEqual(Buffer.from(keyAt(42)));
  expect(Buffer.from(bufferAt(message, 8 + path.length))).toEqual(Buffer.from(valueAt(42)));
});

test('the state of a server, as it tells it', () => {
  const text = (mode: string): string => `Zookeeper version: 3.8.0\nZxid: 0x200000011\nMode: ${mode}\nNode count: 5\n`;
  expect(parseStatus(7n, text('leader'))).toEqual({ memberId: 7n, leader: 7n, term: 2n, applied: 17n });
  expect(parseStatus(8n, text('follower'))).toMatchObject({ leader: 'untold' });
  expect(parseStatus(8n, 'This ZooKeeper instance is not currently serving requests\n')).toMatchObject({ leader: 0n, term: 0n });
});
