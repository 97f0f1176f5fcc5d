import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedactor, environmentValues, spellingsOf, withoutEnvironment } from '../../src/bundle/redact.js';

const redacted = (text: string): string => createRedactor([])(text);

test('a known secret is found wherever it stands, however it is escaped', () => {
  const secret = fc.string({ minLength: 6, maxLength: 40 }).filter((text) => !'(left out)'.includes(text));
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (known, before, after) => {
      const redact = createRedactor([known]);
      const escaped = JSON.stringify({ text: `${before}|${known}|${after}` });
      expect(redact(`${before}|${known}|${after}`)).not.toContain(`|${known}|`);
      expect(redact(escaped)).not.toContain(`|${JSON.stringify(known).slice(1, -1)}|`);
    }),
  );
});

test('keys are known in every way in which their bytes are written down', () => {
  const key = new Uint8Array([250, 1, 200, 3, 150, 5, 100, 7, 50, 9]);
  const redact = createRedactor(spellingsOf(key));
  for (const coding of ['hex', 'base64', 'base64url'] as const) {
    const text = Buffer.from(key).toString(coding);
    expect(redact(`key ${text}.`)).not.toContain(text);
  }
});

test.each([
  ['password=hunter22', 'hunter22'],
  ['DB_PASSWORD: unset, DB_PASSWORD=hunter22 node', 'hunter22'],
  ['postgres://app:hunter22@db:5432/shop', 'hunter22'],
  ['authorization: Basic aHVudGVyMjI=', 'aHVudGVyMjI='],
  ['"Authorization":"Bearer abc.def"', 'abc.def'],
  ['sent Bearer eyJhbGciOi.x-y_z to it', 'eyJhbGciOi.x-y_z'],
  ['{"apiKey": "hunter22", "name": "n1"}', 'hunter22'],
  [JSON.stringify({ line: JSON.stringify({ api_key: 'hunter22' }) }), 'hunter22'],
  [JSON.stringify(['run', '--client-secret', 'hunter22'], null, 2), 'hunter22'],
  ['--auth-token=hunter22 --port=1', 'hunter22'],
  ['-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\nnext', 'MHcCAQEE'],
])('what looks like a secret is taken out: %s', (text, secret) => {
  expect(redacted(text)).not.toContain(secret);
  expect(redacted(text)).toContain('(left out)');
});

test.each([
  '--secret-file=/srv/five/secret --name=n1',
  '{"secretFile": "/srv/five/secret"}',
  'the agent proves the cluster secret over a challenge',
  'passwords are never logged',
  'http://127.0.0.1:2379/metrics',
])('what only speaks of secrets stays: %s', (text) => {
  expect(redacted(text)).toBe(text);
});

test('what JSON was stays JSON', () => {
  const text = JSON.stringify({ password: 'a "quoted" one', token: 'abcdef', args: ['--password', 'b c'] }, null, 2);
  expect(Object.keys(JSON.parse(redacted(text)))).toEqual(['password', 'token', 'args']);
});

test('of an environment the names stay, and every value counts as secret', () => {
  const config = {
    nodes: [{ name: 'n1', env: { A: 'first value' }, args: ['x'] }],
    components: { web: { environment: { B: 7 } } },
  };
  expect(environmentValues(config)).toEqual(['first value', '7']);
  expect(withoutEnvironment(config)).toEqual({
    nodes: [{ name: 'n1', env: { A: '(left out)' }, args: ['x'] }],
    components: { web: { environment: { B: '(left out)' } } },
  });
});
