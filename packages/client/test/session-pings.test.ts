import { EventEmitter } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SessionPings } from '../src/node/session-pings.js';

class FakeSession extends EventEmitter {
  destroyed = false;
  readonly answers: (() => void)[] = [];

  ping(answer: () => void): void {
    this.answers.push(answer);
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

let session: FakeSession;
let pings: SessionPings;
beforeEach(() => {
  vi.useFakeTimers();
  session = new FakeSession();
  // As much of a session as pings need.
  pings = new SessionPings(session as unknown as ClientHttp2Session);
});
afterEach(() => {
  vi.useRealTimers();
});

test('a server that answers is asked every six seconds while streams are open, however many', () => {
  pings.streamOpened();
  pings.streamOpened();
  for (let round = 1; round <= 3; round++) {
    vi.advanceTimersByTime(6000);
    expect(session.answers.length).toBe(round);
    session.answers.at(-1)?.();
  }
  pings.streamClosed();
  pings.streamClosed();
  vi.advanceTimersByTime(60_000);
  expect([session.answers.length, session.destroyed]).toEqual([3, false]);
});

test('a server that hangs is given up two seconds later', () => {
  pings.streamOpened();
  vi.advanceTimersByTime(7999);
  expect(session.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(session.destroyed).toBe(true);
});

test('many calls that went unanswered ask once', () => {
  for (let call = 0; call < 100; call++) pings.ping();
  expect(session.answers.length).toBe(1);
  session.answers[0]?.();
  pings.ping();
  expect(session.answers.length).toBe(2);
});
