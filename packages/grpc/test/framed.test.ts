// Our own framing without a socket: frames as no client library would send them, and what comes back, byte for byte.
import { connect } from 'node:http2';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Deadlines } from '../src/deadlines.js';
import { Backlog } from '../src/framed/backlog.js';
import { FramedConnection } from '../src/framed/connection.js';
import { decodeHuffman } from '../src/framed/huffman.js';
import { ErrorCode, Flag, FrameType, Setting } from '../src/framed/protocol.js';
import { openRequest } from '../src/framed/requests.js';
import type { Method, StreamReply } from '../src/index.js';
import { MethodTable } from '../src/method-table.js';
import { createFramedServer } from '../src/node-http2/index.js';
import { RequestHead } from '../src/request-head.js';
import { echo, NOT_FOUND, prefixed, serve } from './support.js';

const PATH = '/test.Service/Call';
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

const frame = (type: number, flags: number, stream: number, payload: Uint8Array | readonly number[]): Buffer => {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(9);
  header.writeUIntBE(body.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, body]);
};

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const literal = (text: string): number[] => [text.length, ...Buffer.from(text)];
const field = (name: string, value: string): number[] => [0, ...literal(name), ...literal(value)];
const BLOCK = [...field(':method', 'POST'), ...field(':path', PATH), ...field('content-type', 'application/grpc')];

const settings = (...entries: readonly (readonly [number, number])[]): Buffer =>
  frame(FrameType.settings, 0, 0, Buffer.concat(entries.map(([id, value]) => Buffer.concat([Buffer.from([0, id]), u32(value)]))));
const headers = (stream: number, block: readonly number[] = BLOCK, flags: number = Flag.endHeaders): Buffer =>
  frame(FrameType.headers, flags, stream, block);
const data = (stream: number, bytes: Uint8Array | readonly number[], flags: number = Flag.endStream): Buffer =>
  frame(FrameType.data, flags, stream, bytes);
const windowUpdate = (stream: number, bytes: number): Buffer => frame(FrameType.windowUpdate, 0, stream, u32(bytes));
const GREETING = Buffer.concat([PREFACE, settings()]);
const request = (stream: number, text: string): Buffer => Buffer.concat([headers(stream), data(stream, prefixed(text))]);

interface SentFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

interface Peer {
  readonly connection: FramedConnection;
  readonly ended: boolean;
  /** Of everything sent so far. */
  frames(): readonly SentFrame[];
}

function newPeer(method: Method = echo, accepts: () => boolean = () => true, backlog: Backlog = Backlog.ofServer()): Peer {
  const sent: Uint8Array[] = [];
  const planned: (() => void)[] = [];
  let ended = false;
  const table = new MethodTable(new Map([[PATH, method]]));
  const environment = {
    receiveBytesMax: 4_000_000,
    deadlines: new Deadlines(),
    callBegan: () => undefined,
    callEnded: () => undefined,
  };
  const connection = new FramedConnection({
    peer: 'a test',
    backlog,
    interpret: (fields) => new RequestHead(fields, table),
    open: (stream) => openRequest(stream, environment, NOT_FOUND),
    write: (chunks) => {
      sent.push(...chunks);
      return accepts();
    },
    soon: (callback) => planned.push(callback),
    end: () => {
      ended = true;
    },
  });
  const frames = (): readonly SentFrame[] => {
    for (const callback of planned.splice(0)) callback();
    return parse(Buffer.concat(sent));
  };
  return {
    connection,
    frames,
    get ended() {
      return ended;
    },
  };
}

function parse(bytes: Buffer): readonly SentFrame[] {
  const frames: SentFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    frames.push({
      type: bytes[at + 3]!,
      flags: bytes[at + 4]!,
      stream: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, end),
    });
    at = end;
  }
  return frames;
}

const dataOf = (frames: readonly SentFrame[], stream: number): Buffer =>
  Buffer.concat(frames.filter((sent) => sent.type === FrameType.data && sent.stream === stream).map((sent) => sent.payload));
const endedStreams = (frames: readonly SentFrame[]): readonly number[] =>
  frames.filter((sent) => sent.type === FrameType.headers && (sent.flags & Flag.endStream) !== 0).map((sent) => sent.stream);
const goawayCode = (frames: readonly SentFrame[]): number | undefined =>
  frames.find((sent) => sent.type === FrameType.goaway)?.payload.readUInt32BE(4);

describe('well-formed input', () => {
  test('however the bytes are cut, the same calls get the same answers', () => {
    const bytes = Buffer.concat([GREETING, request(1, 'one'), request(3, ''), request(5, 'x'.repeat(3000))]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 30 }), (cuts) => {
        const peer = newPeer();
        const bounds = [0, ...cuts.sort((left, right) => left - right), bytes.length];
        for (let index = 1; index < bounds.length; index++) {
          peer.connection.receive(Uint8Array.from(bytes.subarray(bounds[index - 1], bounds[index])));
        }
        const frames = peer.frames();
        expect(endedStreams(frames)).toEqual([1, 3, 5]);
        expect(dataOf(frames, 1)).toEqual(prefixed('one'));
        expect(dataOf(frames, 5)).toEqual(prefixed('x'.repeat(3000)));
      }),
    );
  });

  test('all answers of one read leave in one write', () => {
    let writes = 0;
    const peer = newPeer(echo, () => {
      writes++;
      return true;
    });
    const requests = Array.from({ length: 200 }, (_, index) => request(index * 2 + 1, 'x'));
    peer.connection.receive(Buffer.concat([GREETING, ...requests]));
    expect(endedStreams(peer.frames())).toHaveLength(200);
    expect(writes).toBe(1);
  });

  test('headers may be continued, padded and prioritised; data may be padded', () => {
    const peer = newPeer();
    const prioritised = [3, 0, 0, 0, 0, 16, ...BLOCK.slice(0, 10), 0, 0, 0];
    peer.connection.receive(GREETING);
    peer.connection.receive(headers(1, prioritised, Flag.padded | Flag.priority));
    peer.connection.receive(frame(FrameType.continuation, 0, 1, BLOCK.slice(10, 20)));
    peer.connection.receive(frame(FrameType.continuation, Flag.endHeaders, 1, BLOCK.slice(20)));
    peer.connection.receive(data(1, [2, ...prefixed('padded'), 0, 0], Flag.padded | Flag.endStream));
    expect(dataOf(peer.frames(), 1)).toEqual(prefixed('padded'));
  });

  test('trailers of a request end it', () => {
    const peer = newPeer();
    peer.connection.receive(Buffer.concat([GREETING, headers(1), data(1, prefixed('x'), 0)]));
    peer.connection.receive(headers(1, field('some', 'trailer'), Flag.endHeaders | Flag.endStream));
    expect(endedStreams(peer.frames())).toEqual([1]);
  });

  test('pings and settings are acknowledged', () => {
    const peer = newPeer();
    peer.connection.receive(Buffer.concat([GREETING, frame(FrameType.ping, 0, 0, Buffer.from('12345678'))]));
    const acknowledged = peer.frames().filter((sent) => (sent.flags & Flag.ack) !== 0 && sent.stream === 0);
    expect(acknowledged.map((sent) => [sent.type, String(sent.payload)])).toEqual([
      [FrameType.settings, ''],
      [FrameType.ping, '12345678'],
    ]);
  });

  test('a response goes out as the windows of stream and connection allow, and no byte more', () => {
    const peer = newPeer();
    const text = 'y'.repeat(100_000);
    peer.connection.receive(Buffer.concat([PREFACE, settings([Setting.initialWindowSize, 10])]));
    const message = prefixed(text);
    peer.connection.receive(headers(1));
    for (let at = 0; at < message.length; at += 16_000) {
      peer.connection.receive(data(1, message.subarray(at, at + 16_000), at + 16_000 >= message.length ? Flag.endStream : 0));
    }
    expect(dataOf(peer.frames(), 1)).toEqual(message.subarray(0, 10));
    peer.connection.receive(windowUpdate(1, 90));
    expect(dataOf(peer.frames(), 1).length).toBe(100);
    peer.connection.receive(settings([Setting.initialWindowSize, 1_000_000]));
    expect(dataOf(peer.frames(), 1).length).toBe(65_535);
    expect(endedStreams(peer.frames())).toEqual([]);
    peer.connection.receive(windowUpdate(0, 1_000_000));
    expect(dataOf(peer.frames(), 1)).toEqual(message);
    expect(endedStreams(peer.frames())).toEqual([1]);
  });

  test('streams that wait for the connection take turns', () => {
    const peer = newPeer();
    peer.connection.receive(Buffer.concat([PREFACE, settings([Setting.initialWindowSize, 1_000_000])]));
    for (const stream of [1, 3]) {
      peer.connection.receive(headers(stream));
      const message = prefixed('z'.repeat(80_000));
      for (let at = 0; at < message.length; at += 16_000) {
        peer.connection.receive(
          data(stream, message.subarray(at, at + 16_000), at + 16_000 >= message.length ? Flag.endStream : 0),
        );
      }
    }
    const before = [1, 3].map((stream) => dataOf(peer.frames(), stream).length);
    for (let round = 0; round < 4; round++) peer.connection.receive(windowUpdate(0, 1000));
    const after = [1, 3].map((stream) => dataOf(peer.frames(), stream).length);
    expect([after[0]! - before[0]!, after[1]! - before[1]!]).toEqual([2000, 2000]);
  });

  test('what was received is given back to the windows', () => {
    const received: number[] = [];
    const peer = newPeer({
      kind: 'bidirectional',
      handle: () => ({ onMessage: (message) => received.push(message.length), onEnd: () => undefined }),
    });
    peer.connection.receive(Buffer.concat([GREETING, headers(1)]));
    const message = prefixed(Buffer.alloc(16_000));
    for (let count = 0; count < 2000; count++) peer.connection.receive(data(1, message, 0));
    expect(received).toHaveLength(2000);
    const returned = (stream: number): number =>
      peer
        .frames()
        .filter((sent) => sent.type === FrameType.windowUpdate && sent.stream === stream)
        .reduce((sum, sent) => sum + sent.payload.readUInt32BE(0), 0);
    const total = message.length * 2000;
    expect(total - returned(1)).toBeLessThan(512 * 1024 + message.length);
    expect(total - (returned(0) - (16 * 1024 * 1024 - 65_535))).toBeLessThan(8 * 1024 * 1024 + message.length);
  });

  test('a client without room for a header table gets none of it', () => {
    const peer = newPeer();
    peer.connection.receive(Buffer.concat([PREFACE, settings([Setting.headerTableSize, 0]), request(1, 'a'), request(3, 'b')]));
    const blocks = peer.frames().filter((sent) => sent.type === FrameType.headers);
    expect(blocks[0]!.payload[0]).toBe(0x20);
    for (const [index, { payload }] of blocks.entries()) expect(payload[index === 0 ? 1 : 0]).toBe(0);
  });

  test('a slow socket makes services wait, and they go on when it drains', () => {
    let room = false;
    let reply: StreamReply | undefined;
    let drained = 0;
    const method: Method = {
      kind: 'server-stream',
      handle: (_request, _context, given) => {
        reply = given;
        reply.onDrain(() => drained++);
      },
    };
    const peer = newPeer(method, () => room);
    peer.connection.receive(Buffer.concat([GREETING, request(1, '')]));
    expect(reply!.send(Buffer.from('x'))).toBe(false);
    room = true;
    peer.connection.drained();
    expect(drained).toBe(1);
    expect(reply!.send(Buffer.from('y'))).toBe(true);
  });

  test('a retiring connection refuses new streams, finishes open ones, and ends', () => {
    let reply: StreamReply | undefined;
    const method: Method = {
      kind: 'server-stream',
      handle: (_request, _context, given) => {
        reply = given;
      },
    };
    const peer = newPeer(method);
    peer.connection.receive(Buffer.concat([GREETING, request(1, '')]));
    peer.connection.retire();
    peer.connection.receive(request(3, ''));
    const refused = peer.frames().find((sent) => sent.type === FrameType.rstStream);
    expect([goawayCode(peer.frames()), refused?.stream, refused?.payload.readUInt32BE(0)]).toEqual([
      0,
      3,
      ErrorCode.refusedStream,
    ]);
    expect(peer.ended).toBe(false);
    reply!.end();
    expect(endedStreams(peer.frames())).toEqual([1]);
    expect(peer.ended).toBe(true);
  });
});

describe('input against the protocol ends the connection with the code for it', () => {
  const opened = Buffer.concat([GREETING, headers(1)]);
  const cases: readonly (readonly [string, number, Buffer])[] = [
    ['a wrong preface', ErrorCode.protocolError, Buffer.from('PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n')],
    ['a frame above the size', ErrorCode.frameSizeError, Buffer.concat([GREETING, data(1, Buffer.alloc(16_385))])],
    ['data on an unopened stream', ErrorCode.protocolError, Buffer.concat([GREETING, data(1, [])])],
    ['a stream with an even number', ErrorCode.protocolError, Buffer.concat([GREETING, headers(2)])],
    ['a push', ErrorCode.protocolError, Buffer.concat([GREETING, frame(FrameType.pushPromise, 0, 1, [])])],
    ['settings of a stream', ErrorCode.protocolError, Buffer.concat([GREETING, frame(FrameType.settings, 0, 1, [])])],
    ['settings cut short', ErrorCode.frameSizeError, Buffer.concat([GREETING, frame(FrameType.settings, 0, 0, [0, 4, 0])])],
    [
      'a window beyond 2^31',
      ErrorCode.flowControlError,
      Buffer.concat([PREFACE, settings([Setting.initialWindowSize, 2 ** 31])]),
    ],
    ['a ping of four bytes', ErrorCode.frameSizeError, Buffer.concat([GREETING, frame(FrameType.ping, 0, 0, [1, 2, 3, 4])])],
    ['a window update of nothing', ErrorCode.protocolError, Buffer.concat([GREETING, windowUpdate(0, 0)])],
    ['an overflowing window', ErrorCode.flowControlError, Buffer.concat([GREETING, windowUpdate(0, 0x7fff_ffff)])],
    [
      'a reset of an unopened stream',
      ErrorCode.protocolError,
      Buffer.concat([GREETING, frame(FrameType.rstStream, 0, 1, u32(8))]),
    ],
    ['a continuation of nothing', ErrorCode.protocolError, Buffer.concat([GREETING, frame(FrameType.continuation, 4, 1, BLOCK)])],
    ['an interrupted header block', ErrorCode.protocolError, Buffer.concat([GREETING, headers(1, BLOCK, 0), settings()])],
    ['padding beyond its frame', ErrorCode.protocolError, Buffer.concat([opened, data(1, [9, 0], Flag.padded)])],
    ['a header index that is not there', ErrorCode.compressionError, Buffer.concat([GREETING, headers(1, [0xff, 0x20])])],
    ['a header string beyond its block', ErrorCode.compressionError, Buffer.concat([GREETING, headers(1, [0, 9, 1])])],
    ['a header table above the offer', ErrorCode.compressionError, Buffer.concat([GREETING, headers(1, [0x3f, 0xe2, 0x1f])])],
    ['a header block cut short', ErrorCode.compressionError, Buffer.concat([GREETING, headers(1, [0])])],
    ['wrong Huffman padding', ErrorCode.compressionError, Buffer.concat([GREETING, headers(1, [0, 0x81, 0, 1, 65])])],
    ['headers in the middle of a request', ErrorCode.protocolError, Buffer.concat([opened, headers(1)])],
  ];

  test.each(cases)('%s', (_name, code, bytes) => {
    const peer = newPeer();
    peer.connection.receive(bytes);
    expect(goawayCode(peer.frames())).toBe(code);
    expect(peer.ended).toBe(true);
    peer.connection.receive(request(11, 'ignored'));
    expect(endedStreams(peer.frames())).toEqual([]);
  });

  test('a header block that stands for far more than it holds', () => {
    const large = [0x40, ...literal('x'), 0x7f, 0x81, 0x1e, ...Buffer.alloc(3968, 97)];
    const peer = newPeer();
    peer.connection.receive(Buffer.concat([GREETING, headers(1, [...large, ...Array<number>(200).fill(0xbe)])]));
    expect(goawayCode(peer.frames())).toBe(ErrorCode.enhanceYourCalm);
  });

  test('pings without end from one who reads nothing', () => {
    const peer = newPeer(echo, () => false);
    peer.connection.receive(GREETING);
    const ping = frame(FrameType.ping, 0, 0, Buffer.alloc(8));
    peer.connection.receive(Buffer.concat(Array.from({ length: 10_001 }, () => ping)));
    expect(goawayCode(peer.frames())).toBe(ErrorCode.enhanceYourCalm);
  });

  test('noise of any kind never throws', () => {
    const type = fc.integer({ min: 0, max: 10 });
    const noise = fc.tuple(type, fc.nat(255), fc.nat(5), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 20 }), (frames) => {
        const peer = newPeer();
        peer.connection.receive(opened);
        for (const [kind, flags, stream, payload] of frames) peer.connection.receive(frame(kind, flags, stream, payload));
        peer.connection.closed();
      }),
    );
  });
});

describe('answers that nobody reads', () => {
  const WINDOWLESS = Buffer.concat([PREFACE, settings([Setting.initialWindowSize, 0])]);
  const REFUSED = 'the server holds too many answers that were not read';
  const ask = (peer: Peer, count: number, first = 1): void => {
    for (let at = 0; at < count; at++) peer.connection.receive(request(first + 2 * at, 'x'.repeat(1000)));
  };
  const refusedOn = (peer: Peer): number[] => {
    const failed = peer.frames().filter((sent) => sent.payload.includes(REFUSED));
    return failed.map((sent) => sent.stream);
  };

  test('are held up to a bound, and those beyond it become errors, which need no window', () => {
    const backlog = Backlog.ofServer(20_000);
    const peer = newPeer(echo, () => true, backlog);
    peer.connection.receive(WINDOWLESS);
    ask(peer, 30);
    expect(backlog.bytes).toBeLessThanOrEqual(10_000);
    const refused = refusedOn(peer);
    expect(refused.length).toBeGreaterThan(15);
    expect(endedStreams(peer.frames())).toEqual(refused);
    peer.connection.receive(settings([Setting.initialWindowSize, 65_535]));
    expect(backlog.bytes).toBe(0);
    expect(endedStreams(peer.frames()).length).toBe(30);
  });

  test('of one connection leave room for those of others', () => {
    const backlog = Backlog.ofServer(20_000);
    const [greedy, modest] = [newPeer(echo, () => true, backlog), newPeer(echo, () => true, backlog)];
    for (const peer of [greedy, modest]) peer.connection.receive(WINDOWLESS);
    ask(greedy, 30);
    ask(modest, 5);
    expect(refusedOn(modest)).toEqual([]);
  });

  test('count no more once their stream or their connection is gone', () => {
    const backlog = Backlog.ofServer(20_000);
    const peer = newPeer(echo, () => true, backlog);
    peer.connection.receive(WINDOWLESS);
    ask(peer, 4);
    const held = backlog.bytes;
    peer.connection.receive(frame(FrameType.rstStream, 0, 1, u32(ErrorCode.noError)));
    expect(backlog.bytes).toBe((held * 3) / 4);
    peer.connection.closed();
    expect(backlog.bytes).toBe(0);
  });
});

describe('headers', () => {
  test('the examples of RFC 7541 decode', () => {
    const decode = (hex: string): string => decodeHuffman(Buffer.from(hex, 'hex'), 0, hex.length / 2);
    expect(decode('f1e3c2e5f23a6ba0ab90f4ff')).toBe('www.example.com');
    expect(decode('a8eb10649cbf')).toBe('no-cache');
    expect(decode('d07abe941054d444a8200595040b8166e082a62d1bff')).toBe('Mon, 21 Oct 2013 20:13:21 GMT');
    expect(decode('94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007')).toBe(
      'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
    );
  });

  test('every character that a header may hold arrives, in an encoding that another implementation chose', async () => {
    const seen: (string | undefined)[] = [];
    const harness = await serve(createFramedServer, {
      [PATH]: {
        kind: 'unary',
        handle: (message, context, reply) => {
          seen.push(context.metadata('value'));
          reply.ok(message);
        },
      },
    });
    const session = connect(`http://${harness.address}`);
    const characters = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter((text) =>
      /[ -~\x80-\xff]/.test(text),
    );
    // So many short codes around it that the client finds Huffman worth its while for any character.
    const values = characters.map((text) => `${'a'.repeat(40)}${text}${'e'.repeat(40)}`);
    for (const value of values) {
      const stream = session.request({ ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc', value });
      stream.end(prefixed(''));
      stream.resume();
      await new Promise((resolve) => stream.once('close', resolve));
    }
    session.destroy();
    await harness.stop();
    expect(seen).toEqual(values);
  });
});
