import { utf8Encode } from '@reknit/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage, type GossipMessage } from '../../../src/agent/gossip/gossip-message.js';
import { Sealer } from '../../../src/agent/gossip/seal.js';

const peer = { name: 'agent a', address: 'a:1', host: 'a', incarnation: 3 };
const MESSAGES: readonly GossipMessage[] = [
  {
    kind: 'swim',
    message: { from: peer, body: { kind: 'ping', sequence: 7, to: 'b' }, rumors: [{ ...peer, standing: 'suspect', by: 'c' }] },
  },
  { kind: 'swim', message: { from: peer, body: { kind: 'ping-req', sequence: 7, target: 'b', nackAfterMs: 160 }, rumors: [] } },
  { kind: 'swim', message: { from: peer, body: { kind: 'ack', sequence: 0 }, rumors: [] } },
  { kind: 'swim', message: { from: peer, body: { kind: 'sync', answer: 'wanted' }, rumors: [] } },
  {
    kind: 'views',
    views: {
      from: 'agent a',
      host: 'a',
      sentMs: 12.5,
      wall: 1e12,
      echo: { sentMs: 3, heldMs: 4 },
      owns: [
        { subject: 'n1', probe: { kind: 'http', url: 'http://a:1/' } },
        { subject: 'web', probe: { kind: 'tcp', address: 'a:2' } },
      ],
      reports: [{ subject: 'n1', vote: 'down', ageMs: 12 }],
    },
  },
];

describe('a message', () => {
  test.each(MESSAGES)('comes back as it was: %j', (message) => {
    expect(decodeMessage(encodeMessage(message))).toEqual(message);
  });

  test('any field that is missing or of another kind makes it none', () => {
    for (const message of MESSAGES) {
      const text = JSON.stringify(message);
      for (const wrong of ['null', '"x"', '-1', '{}', '[]', 'true']) {
        for (const [field, value] of [...text.matchAll(/"(\w+)":("[^"]*"|[\d.]+)/g)].map(
          (found) => [found[1]!, found[2]!] as const,
        )) {
          const broken = text.replace(`"${field}":${value}`, `"${field}":${wrong}`);
          const decoded = decodeMessage(utf8Encode(broken));
          // What is still accepted is what was meant to be: another text, or another number.
          if (decoded !== undefined) expect([typeof JSON.parse(value), field]).toContain(typeof JSON.parse(wrong));
        }
      }
    }
  });

  test('a probe that would run a command is refused', () => {
    const views = { ...(MESSAGES[4] as Extract<GossipMessage, { kind: 'views' }>).views };
    const command = { subject: 'x', probe: { kind: 'command', command: 'rm', args: ['-rf', '/'] } };
    expect(decodeMessage(utf8Encode(JSON.stringify({ kind: 'views', views: { ...views, owns: [command] } })))).toBeUndefined();
  });

  test('any bytes at all are borne', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeMessage(bytes)));
    fc.assert(fc.property(fc.jsonValue(), (value) => void decodeMessage(utf8Encode(JSON.stringify(value)))));
  });
});

describe('a sealed frame', () => {
  const nonces = { dialler: new Uint8Array(16).fill(1), listener: new Uint8Array(16).fill(2) };
  const secret = utf8Encode('the secret of the cluster');
  const join = (chunks: readonly Uint8Array[]): Uint8Array => Buffer.concat(chunks);

  test('opens in order at the other end, and nowhere else', () => {
    const sealer = new Sealer(secret, nonces, 'dialler');
    const frames = ['one', 'two', 'three'].map((text) => join(sealer.seal(utf8Encode(text))));
    const opener = new Sealer(secret, nonces, 'dialler');
    expect(frames.map((frame) => Buffer.from(opener.open(frame)!).toString())).toEqual(['one', 'two', 'three']);
  });

  test('replayed, left out, reflected, altered, or of another session or secret it does not', () => {
    const sealer = new Sealer(secret, nonces, 'dialler');
    const [first, second] = [join(sealer.seal(utf8Encode('one'))), join(sealer.seal(utf8Encode('two')))];
    const opener = (of: Uint8Array = secret, from: 'dialler' | 'listener' = 'dialler', nonce = 2): Sealer =>
      new Sealer(of, { ...nonces, listener: new Uint8Array(16).fill(nonce) }, from);
    expect(opener().open(second)).toBeUndefined();
    const replayed = opener();
    replayed.open(first);
    expect(replayed.open(first)).toBeUndefined();
    expect(opener(secret, 'listener').open(first)).toBeUndefined();
    expect(opener(secret, 'dialler', 3).open(first)).toBeUndefined();
    expect(opener(utf8Encode('another secret')).open(first)).toBeUndefined();
    for (let at = 0; at < first.length; at++) {
      const altered = first.slice();
      altered[at]! ^= 1;
      expect(opener().open(altered)).toBeUndefined();
    }
    expect(opener().open(new Uint8Array(3))).toBeUndefined();
  });
});
