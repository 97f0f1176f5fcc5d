// The parts without a socket: splitting, deadlines, header values, and that a call ends once.
import { InvariantError } from '@reknit/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Call, type CallWire } from '../src/call.js';
import { Deadlines, TICK_MS } from '../src/deadlines.js';
import { encodeStatusMessage, isGrpcContentType, parseTimeout } from '../src/headers.js';
import { type Failure, type Method, Status } from '../src/index.js';
import { frameMessage, MessageReader } from '../src/message-reader.js';
import { MethodTable } from '../src/method-table.js';

test('messages come out as they went in, however the bytes are cut', () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  const cuts = fc.array(fc.nat(400), { maxLength: 12 });
  fc.assert(
    fc.property(messages, cuts, (sent, at) => {
      const bytes = Buffer.concat(sent.map(frameMessage));
      const received: Uint8Array[] = [];
      const onUnreadable = (failure: Failure): void => expect.unreachable(failure.message);
      const reader = new MessageReader(
        { encoding: undefined, onUnreadable, onMessage: (message) => received.push(message) > 0 },
        40,
      );
      const bounds = [0, ...at.map((cut) => Math.min(cut, bytes.length)).sort((left, right) => left - right), bytes.length];
      for (let index = 1; index < bounds.length; index++)
        reader.push(Uint8Array.from(bytes.subarray(bounds[index - 1], bounds[index])));
      expect(received.map((message) => Array.from(message))).toEqual(sent.map((message) => Array.from(message)));
      expect(reader.complete).toBe(true);
    }),
  );
});

test('a deadline fires within two ticks after its time, never before, and not once cleared', () => {
  const delays = fc.array(fc.record({ delay: fc.nat(30_000), cleared: fc.boolean() }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(delays, fc.nat(2000), (entries, head) => {
      const deadlines = new Deadlines();
      for (let tick = 0; tick < head; tick++) deadlines.advance();
      const fired = new Map<number, number>();
      let ticks = 0;
      const set = entries.map(({ delay }, index) => deadlines.set({ expire: () => fired.set(index, ticks) }, delay));
      for (const [index, { cleared }] of entries.entries()) if (cleared) deadlines.clear(set[index]!);
      for (ticks = 1; ticks < 3010; ticks++) deadlines.advance();
      for (const [index, { delay, cleared }] of entries.entries()) {
        expect(fired.has(index)).toBe(!cleared);
        if (cleared) continue;
        // The first tick may come right after the deadline was set.
        expect((fired.get(index)! - 1) * TICK_MS).toBeGreaterThanOrEqual(delay);
        expect((fired.get(index)! - 2) * TICK_MS).toBeLessThanOrEqual(delay);
      }
      expect(deadlines.size).toBe(0);
    }),
    { numRuns: 30 },
  );
});

test('timeouts of every unit are milliseconds; all else is malformed', () => {
  expect(['1H', '2M', '3S', '4m', '5000u', '6000000n'].map(parseTimeout)).toEqual([3_600_000, 120_000, 3000, 4, 5, 6]);
  expect(['', '1', 'S', '-1S', '1.5S', '123456789S', '1s', ' 1S'].map(parseTimeout)).toEqual(Array(8).fill(undefined));
});

test('a status text survives its encoding and is plain ASCII', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (message) => {
      const encoded = encodeStatusMessage(message);
      expect(encoded).toMatch(/^[ -~]*$/);
      expect(decodeURIComponent(encoded)).toBe(message);
    }),
  );
});

test('only gRPC content types are gRPC', () => {
  expect(['application/grpc', 'application/grpc+proto', 'application/grpc;x=1'].every(isGrpcContentType)).toBe(true);
  expect(['application/grpc-web', 'application/json', '', undefined].some(isGrpcContentType)).toBe(false);
});

test('a path without a service is malformed', () => {
  const lookup = new MethodTable(new Map()).find('nonsense');
  expect(lookup).toEqual({ found: false, failure: { code: Status.unimplemented, message: 'malformed method name: "nonsense"' } });
});

function newCall(handle: Extract<Method, { kind: 'unary' }>['handle']): { readonly call: Call; readonly sent: string[] } {
  const sent: string[] = [];
  const wire: CallWire = {
    authority: '',
    peer: '',
    metadata: () => undefined,
    sendUnary: (message) => sent.push(`ok ${message.length}`),
    sendMessage: () => true,
    sendStatus: (failure) => sent.push(`status ${failure?.code ?? 0}`),
  };
  const environment = {
    receiveBytesMax: 10,
    deadlines: new Deadlines(),
    callBegan: () => undefined,
    callEnded: () => sent.push('ended'),
  };
  const call = new Call(wire, { kind: 'unary', handle }, undefined, environment);
  call.begin();
  call.received(frameMessage(new Uint8Array(3)));
  call.receivedEnd();
  return { call, sent };
}

test('a second reply is a broken invariant, not a second response', () => {
  const { call, sent } = newCall((request, _context, reply) => reply.ok(request));
  expect(() => call.fail({ code: Status.internal, message: '' })).toThrow(InvariantError);
  expect(sent).toEqual(['ended', 'ok 3']);
});

test('a reply ends a call: what the client does afterwards cancels nothing', () => {
  let cancelled = false;
  const { call } = newCall((request, context, reply) => {
    context.onCancel(() => {
      cancelled = true;
    });
    reply.ok(request);
  });
  call.abandoned();
  call.expire();
  expect(cancelled).toBe(false);
});
