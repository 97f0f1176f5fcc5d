// What only real sockets can show: killed and silent peers, foreign bytes, and how frames meet the stream.

import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { crc32c } from '@reknit/base';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CloseReason, MAX_FRAME_BYTES } from '../../src/index.js';
import { FrameReader, frameHeader } from '../../src/node/frame-codec.js';
import { createNodeNetwork } from '../../src/node/index.js';
import { endChildren, runScript } from './child.js';

const network = createNodeNetwork();
let directory: string;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'reknit-network-'));
});
afterEach(() => {
  endChildren();
  fs.rmSync(directory, { recursive: true });
});

const SERVER = `
  const { createServer } = await import('node:net');
  createServer((socket) => console.log('accepted')).listen(JSON.parse(process.argv[1]), function () {
    const { port } = this.address();
    console.log(port ?? 'ready');
  });
`;

/** Connects and tells when open and why closed. */
function connect(address: string): {
  opened: Promise<void>;
  closed: Promise<{ reason: CloseReason; at: number }>;
  send(bytes: Uint8Array): void;
} {
  let opened: () => void;
  let closed: (end: { reason: CloseReason; at: number }) => void;
  const promises = {
    opened: new Promise<void>((resolve) => {
      opened = resolve;
    }),
    closed: new Promise<{ reason: CloseReason; at: number }>((resolve) => {
      closed = resolve;
    }),
  };
  const session = network.connect(address, {
    onOpen: () => opened(),
    onFrame: () => {},
    onClose: (reason) => closed({ reason, at: performance.now() }),
  });
  return { ...promises, send: (bytes) => session.send([bytes]) };
}

describe('a peer', () => {
  test('that was killed is noticed at once, with data under way and without', async () => {
    for (const size of [0, 10_000_000]) {
      const peer = runScript(SERVER, '{"port":0,"host":"127.0.0.1"}');
      const near = connect(`127.0.0.1:${await peer.line()}`);
      await near.opened;
      if (size > 0) near.send(new Uint8Array(size));
      await peer.line();
      peer.process.kill('SIGKILL');
      await peer.exited;
      const dead = performance.now();
      const { reason, at } = await near.closed;
      expect(reason).toBe('ended');
      expect(at - dead).toBeLessThan(100);
    }
  });

  test('that does not answer fails the attempt after two seconds', async () => {
    const peer = runScript(
      `import { createServer } from 'node:net';
       createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port); process.kill(process.pid, 'SIGSTOP'); });`,
    );
    const address = `127.0.0.1:${await peer.line()}`;
    const start = performance.now();
    const attempts = Array.from({ length: 6 }, () => connect(address));
    const first = await Promise.race(attempts.map(({ closed }) => closed));
    expect(first.reason).toBe('failed');
    expect(first.at - start).toBeGreaterThan(1990);
    expect(first.at - start).toBeLessThan(3000);
  });
});

describe('foreign bytes', () => {
  const frame = (payload: Uint8Array): Buffer => Buffer.concat([frameHeader([payload], payload.length), payload]);
  const damaged = frame(Uint8Array.of(1, 2, 3));
  damaged[9]! ^= 1;
  const oversized = Buffer.alloc(8);
  oversized.writeUInt32LE(MAX_FRAME_BYTES + 1);

  test.each([
    ['a damaged frame', damaged],
    ['an oversized frame', oversized],
    ['a web browser', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ])('%s ends the session as malformed, after the frames before it', async (_name, bytes) => {
    const address = `${directory}/socket`;
    const frames: number[] = [];
    const reason = await new Promise<CloseReason>((resolve, reject) => {
      const listener = network.listen(
        `unix:${address}`,
        () => ({
          onFrame: (received) => frames.push(received.length),
          onClose: (why) => {
            listener.close();
            resolve(why);
          },
        }),
        (error) => {
          if (error !== undefined) reject(error);
          else
            net
              .connect(address)
              .on('error', () => {})
              .end(Buffer.concat([frame(new Uint8Array(5)), bytes, frame(new Uint8Array(6))]));
        },
      );
    });
    expect([reason, frames]).toEqual(['malformed', [5]]);
  });
});

test('the header is length and CRC-32C, little-endian, however the frame is cut into chunks', () => {
  const header = Buffer.from(frameHeader([Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3)], 3));
  expect([header.readUInt32LE(0), header.readUInt32LE(4)]).toEqual([3, crc32c(Uint8Array.of(1, 2, 3))]);
});

test('frames are the same however the stream is cut', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 12 });
  const property = fc.property(payloads, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (all, cuts) => {
    const stream = Buffer.concat(all.flatMap((payload) => [frameHeader([payload], payload.length), payload]));
    const frames: number[][] = [];
    const reader = new FrameReader({ receiving: true, onFrame: (frame) => frames.push([...frame]) });
    for (let at = 0, turn = 0; at < stream.length; turn++) {
      const length = cuts[turn % cuts.length]!;
      expect(reader.push(stream.subarray(at, at + length))).toBe(true);
      at += length;
    }
    expect(frames).toEqual(all.map((payload) => [...payload]));
  });
  fc.assert(property, { numRuns: 300 });
});

test('nothing is delivered after the receiver has closed within a chunk', () => {
  const payload = Uint8Array.of(1);
  const stream = Buffer.concat([frameHeader([payload], 1), payload, frameHeader([payload], 1), payload]);
  const sink = {
    receiving: true,
    frames: 0,
    onFrame(): void {
      sink.frames++;
      sink.receiving = false;
    },
  };
  expect(new FrameReader(sink).push(stream)).toBe(true);
  expect(sink.frames).toBe(1);
});

test('the frames of one turn leave in one write', async () => {
  const address = `${directory}/socket`;
  const server = net.createServer();
  const firstChunk = new Promise<Buffer>((resolve) =>
    server.on('connection', (socket) => socket.on('error', () => {}).once('data', resolve)),
  );
  await new Promise<void>((resolve) => server.listen(address, resolve));
  const near = connect(`unix:${address}`);
  await near.opened;
  for (let count = 0; count < 100; count++) near.send(new Uint8Array(20));
  expect(await firstChunk).toHaveLength(100 * 28);
  server.close();
});

test('a socket file left by a killed process is taken over, one that is served is not', async () => {
  const address = `${directory}/socket`;
  const peer = runScript(SERVER, JSON.stringify({ path: address }));
  expect(await peer.line()).toBe('ready');
  const listen = (): Promise<string> =>
    new Promise((resolve) => {
      const listener = network.listen(
        `unix:${address}`,
        () => ({ onFrame: () => {}, onClose: () => {} }),
        (error) => {
          listener.close();
          resolve(error?.message ?? 'ready');
        },
      );
    });
  expect(await listen()).toMatch(/EADDRINUSE/);
  peer.process.kill('SIGKILL');
  await peer.exited;
  expect(fs.existsSync(address)).toBe(true);
  expect(await listen()).toBe('ready');
});

test.each(['nonsense', 'host:', ':x', 'host:70000', '::1:80'])('"%s" is not an address', (address) => {
  expect(() => connect(address)).toThrow(/is not an address/);
});
