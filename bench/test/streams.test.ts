import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Flag, FRAME_HEADER_BYTES, FrameType, frame, readU32, windowUpdate } from '../src/http2/frames.js';
import { Streams } from '../src/http2/streams.js';

const settings = frame(FrameType.settings, 0, 0, new Uint8Array(0));

function grpc(message: Uint8Array): Uint8Array {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Frames of at most `size` bytes. */
function framed(stream: number, bytes: Uint8Array, size: number): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) frames.push(frame(FrameType.data, 0, stream, bytes.subarray(at, at + size)));
  return Buffer.concat(frames);
}

function open(): { streams: Streams; messages: (readonly [number, string])[]; ended: number[]; pongs: number[] } {
  const messages: (readonly [number, string])[] = [];
  const ended: number[] = [];
  const pongs: number[] = [];
  const streams = new Streams('127.0.0.1:1', {
    message: (stream, view) => messages.push([stream, Buffer.from(view).toString('hex')]),
    ended: (stream) => ended.push(stream),
    pong: (sequence) => pongs.push(sequence),
  });
  streams.receive(settings);
  streams.takeOutput();
  return { streams, messages, ended, pongs };
}

test('messages come out whole and in order, however they are cut into frames and reads', () => {
  const texts = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  const cut = fc.integer({ min: 1, max: 50 });
  fc.assert(
    fc.property(texts, cut, cut, (list, frameSize, readSize) => {
      const { streams, messages } = open();
      const stream = streams.open('/a.B/C');
      const bytes = framed(stream, Buffer.concat(list.map(grpc)), frameSize);
      for (let at = 0; at < bytes.length; at += readSize) streams.receive(bytes.subarray(at, at + readSize));
      expect(messages).toEqual(list.map((message) => [stream, Buffer.from(message).toString('hex')]));
    }),
  );
});

test('the end of a stream is told once, with trailers or a reset, and its later bytes are dropped', () => {
  const { streams, messages, ended } = open();
  const [first, second] = [streams.open('/a.B/C'), streams.open('/a.B/C')];
  streams.receive(frame(FrameType.headers, Flag.endHeaders | Flag.endStream, first, Uint8Array.of(0x88)));
  streams.receive(frame(FrameType.reset, 0, second, new Uint8Array(4)));
  streams.receive(frame(FrameType.reset, 0, first, new Uint8Array(4)));
  streams.receive(framed(first, grpc(Uint8Array.of(1)), 100));
  expect({ ended, messages }).toEqual({ ended: [first, second], messages: [] });
});

test('a ping carries its sequence, and the answer brings it back', () => {
  const { streams, pongs } = open();
  streams.ping(77);
  const ping = streams.takeOutput()!;
  expect(ping[3]).toBe(FrameType.ping);
  streams.receive(frame(FrameType.ping, Flag.ack, 0, ping.subarray(FRAME_HEADER_BYTES)));
  expect(pongs).toEqual([77]);
});

test('what the connection has no window for waits, and leaves in order when the server gives more', () => {
  const { streams } = open();
  const stream = streams.open('/a.B/C');
  streams.takeOutput();
  const message = new Uint8Array(10_000);
  for (let at = 0; at < 10; at++) streams.send(stream, message.fill(at));
  const sentLengths = (bytes: Uint8Array | undefined): number => Math.floor((bytes?.length ?? 0) / 10_000);
  expect(sentLengths(streams.takeOutput())).toBe(6);
  streams.receive(windowUpdate(0, 100_000));
  const later = streams.takeOutput()!;
  expect(sentLengths(later)).toBe(4);
  expect(later[FRAME_HEADER_BYTES + 5]).toBe(6);
  expect(readU32(later, FRAME_HEADER_BYTES + 1)).toBe(10_000);
});
