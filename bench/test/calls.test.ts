import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Calls } from '../src/http2/calls.js';
import { Flag, FrameType, frame, readU32, Setting, windowUpdate } from '../src/http2/frames.js';
import { requestHeaders } from '../src/http2/request-headers.js';

const HEADERS = requestHeaders('127.0.0.1:1', '/a.B/C');
const MESSAGE = new Uint8Array(100);

function setting(id: number, value: number): Uint8Array {
  const payload = Buffer.alloc(6);
  payload.writeUInt16BE(id);
  payload.writeUInt32BE(value, 2);
  return frame(FrameType.settings, 0, 0, payload);
}

const settings = frame(FrameType.settings, 0, 0, new Uint8Array(0));
const accepted = (stream: number, bytes: number): Uint8Array =>
  Buffer.concat([
    frame(FrameType.headers, Flag.endHeaders, stream, Uint8Array.of(0x88)),
    frame(FrameType.data, 0, stream, new Uint8Array(bytes)),
    frame(FrameType.headers, Flag.endHeaders | Flag.endStream, stream, Uint8Array.of(0xbe)),
  ]);
const refused = (stream: number): Uint8Array =>
  frame(FrameType.headers, Flag.endHeaders | Flag.endStream, stream, Uint8Array.of(0x88));

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

function framesOf(bytes: Uint8Array): readonly Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 9 + (readU32(bytes, at) >>> 8);
    frames.push({
      type: bytes[at + 3]!,
      flags: bytes[at + 4]!,
      stream: readU32(bytes, at + 5),
      payload: bytes.subarray(at + 9, end),
    });
    at = end;
  }
  return frames;
}

function open(count: number): { calls: Calls; replies: (readonly [number, number])[] } {
  const replies: (readonly [number, number])[] = [];
  const calls = new Calls(HEADERS, (sentAt, bytes) => replies.push([sentAt, bytes]));
  calls.receive(settings);
  calls.takeOutput();
  for (let at = 0; at < count; at++) calls.call(MESSAGE, at);
  return { calls, replies };
}

test('however the bytes are cut, the replies are the same', () => {
  const stream = Buffer.concat([accepted(3, 20), refused(1), setting(Setting.maxConcurrentStreams, 7), accepted(5, 300)]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: stream.length })), (cuts) => {
      const { calls, replies } = open(3);
      const shared = Buffer.alloc(stream.length);
      let from = 0;
      for (const to of [...new Set([...cuts, stream.length])].sort((left, right) => left - right)) {
        // As a socket does: each read overwrites the last one.
        stream.copy(shared, 0, from, to);
        calls.receive(shared.subarray(0, to - from));
        from = to;
      }
      expect(replies).toEqual([
        [1, 20],
        [0, 0],
        [2, 300],
      ]);
      expect(calls).toMatchObject({ inFlight: 0, streamsMax: 7 });
    }),
  );
});

test('a stream that is reset after its message counts as refused', () => {
  const { calls, replies } = open(1);
  calls.receive(Buffer.concat([accepted(1, 20).subarray(0, 39), frame(FrameType.reset, 0, 1, new Uint8Array(4))]));
  expect(replies).toEqual([[0, 0]]);
});

test('nothing is called before the settings, above the window, or above the allowed number of streams', () => {
  const calls = new Calls(HEADERS, () => {});
  expect(calls.mayCall(1)).toBe(false);
  calls.receive(setting(Setting.maxConcurrentStreams, 700));
  let sent = 0;
  for (; calls.mayCall(MESSAGE.length); sent++) calls.call(MESSAGE, 0);
  expect(sent).toBe(Math.floor(65_535 / 105));
  calls.receive(windowUpdate(0, 100_000));
  for (; calls.mayCall(MESSAGE.length); sent++) calls.call(MESSAGE, 0);
  expect(sent).toBe(700);
});

test('requests are a HEADERS and a DATA frame each; the second refers to the fields of the first', () => {
  const calls = new Calls(HEADERS, () => {});
  calls.receive(settings);
  calls.takeOutput();
  calls.call(Uint8Array.of(7, 8), 0);
  calls.call(Uint8Array.of(9), 0);
  const data = { type: FrameType.data, flags: Flag.endStream };
  const headers = { type: FrameType.headers, flags: Flag.endHeaders };
  const frames = framesOf(calls.takeOutput()!);
  expect(frames).toMatchObject([
    { ...headers, stream: 1 },
    { ...data, stream: 1 },
    { ...headers, stream: 3 },
    { ...data, stream: 3 },
  ]);
  expect([...frames[1]!.payload]).toEqual([0, 0, 0, 0, 2, 7, 8]);
  expect([...frames[3]!.payload]).toEqual([0, 0, 0, 0, 1, 9]);
  expect(frames[2]!.payload.length).toBe(6);
  expect(calls.takeOutput()).toBeUndefined();
});

test('settings and pings are acknowledged; output that was taken never changes', () => {
  const calls = new Calls(HEADERS, () => {});
  const begin = calls.takeOutput()!;
  const copy = Uint8Array.from(begin);
  calls.receive(Buffer.concat([settings, frame(FrameType.ping, 0, 0, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))]));
  const frames = framesOf(calls.takeOutput()!);
  expect(frames).toMatchObject([
    { type: FrameType.settings, flags: Flag.ack },
    { type: FrameType.ping, flags: Flag.ack },
  ]);
  expect([...frames[1]!.payload]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  for (let at = 0; calls.mayCall(MESSAGE.length); at++) calls.call(MESSAGE, at);
  expect(begin).toEqual(copy);
});

test('a window that is used up is given back before the server runs dry', () => {
  const { calls } = open(1);
  const data = frame(FrameType.data, 0, 1, new Uint8Array(4 * 1024 * 1024));
  let given = 0;
  for (let received = 0; received < 300; received++) {
    calls.receive(data);
    const output = calls.takeOutput();
    if (output !== undefined) given += readU32(framesOf(output)[0]!.payload, 0);
    expect((received + 1) * 4 * 1024 * 1024 - given).toBeLessThan(1024 * 1024 * 1024);
  }
  expect(given).toBeGreaterThan(0);
});

test('a connection that ends, or a server that this client cannot serve, is an error', () => {
  expect(() => open(0).calls.receive(frame(FrameType.goAway, 0, 0, Buffer.from([0, 0, 0, 0, 0, 0, 0, 11])))).toThrow('code 11');
  expect(() => open(0).calls.receive(setting(Setting.headerTableSize, 0))).toThrow('header table');
  expect(() => open(0).calls.receive(setting(Setting.initialWindowSize, 10))).toThrow('window');
});
