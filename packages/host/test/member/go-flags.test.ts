import { describe, expect, it } from 'vitest';
import { FlagError, type FlagSpecs, parseFlags } from '../../src/member/go-flags.js';

const SPECS = {
  name: { kind: 'string', fallback: 'default', help: '' },
  'election-timeout': { kind: 'number', fallback: 1000, min: 50, max: 60_000, unit: 'ms', help: '' },
  interval: { kind: 'duration', fallback: 600_000, help: '' },
  'pre-vote': { kind: 'boolean', fallback: true, help: '' },
  protocol: { kind: 'choice', fallback: 'raft', choices: ['raft'], help: '' },
  'listen-client-urls': { kind: 'urls', fallback: ['http://localhost:2379'], help: '' },
} as const satisfies FlagSpecs;

const parse = (...words: string[]) => parseFlags(SPECS, words, {}, 'ETCD_').values;
const complaint = (...words: string[]): string => {
  try {
    parse(...words);
  } catch (error) {
    if (error instanceof FlagError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('flags as Go reads them', () => {
  it('take one dash or two, a value after = or as the next word', () => {
    for (const words of [['-name', 'a'], ['--name', 'a'], ['-name=a'], ['--name=a']]) expect(parse(...words).name).toBe('a');
  });

  it('a value may hold = and the empty text', () => {
    expect(parse('--name=n1=http://x').name).toBe('n1=http://x');
    expect(parse('--name=').name).toBe('');
  });

  it('a bare boolean is true, and takes no next word', () => {
    expect(parse('--pre-vote', '--name', 'a')).toMatchObject({ 'pre-vote': true, name: 'a' });
    expect(parse('--pre-vote=false')['pre-vote']).toBe(false);
  });

  it.each([
    ['10m', 600_000],
    ['1h1m1s', 3_661_000],
    ['1.5s', 1500],
    ['100ms', 100],
    ['0', 0],
  ])('the duration %s is %i ms', (text, milliseconds) => {
    expect(parse('--interval', text).interval).toBe(milliseconds);
  });

  it.each(['10', 'ten', '1m 2s', '-1s', ''])('%j is no duration', (text) => {
    expect(complaint(`--interval=${text}`)).toMatch(/a duration is needed, as 10m, 1m30s or 500ms/);
  });

  it('the last of several wins', () => {
    expect(parse('--name', 'a', '--name', 'b').name).toBe('b');
  });

  it('the environment stands in for what is not given', () => {
    const environment = { ETCD_NAME: 'env', ETCD_ELECTION_TIMEOUT: '500' };
    const { values, given } = parseFlags(SPECS, ['--name', 'word'], environment, 'ETCD_');
    expect(values).toMatchObject({ name: 'word', 'election-timeout': 500 });
    expect([...given].sort()).toEqual(['election-timeout', 'name']);
  });

  it('several URLs are separated by commas, and a trailing slash is dropped', () => {
    expect(parse('--listen-client-urls', 'http://a:1,http://[::1]:2/')['listen-client-urls']).toEqual([
      'http://a:1',
      'http://[::1]:2',
    ]);
  });

  it('what cannot be understood names the flag, the value and what would be right', () => {
    expect(complaint('--nme', 'x')).toContain('flag provided but not defined: -nme');
    expect(complaint('--elections-timeout', '1')).toContain('-elections-timeout');
    expect(complaint('--name')).toBe('flag needs an argument: -name');
    expect(complaint('name')).toContain('unexpected argument "name"');
    expect(complaint('--election-timeout', '1s')).toContain('"1s" for flag -election-timeout: a whole number of ms');
    expect(complaint('--election-timeout', '5')).toContain('from 50 to 60000 ms');
    expect(complaint('--pre-vote=maybe')).toContain('use true or false');
    expect(complaint('--protocol', 'pbft')).toContain('use raft');
    expect(complaint('--listen-client-urls', 'localhost:2379')).toContain('http://HOST:PORT');
    expect(complaint('--listen-client-urls', 'http://localhost')).toContain('needs a port');
  });
});
