// Agents of several machines over a simulated network, in virtual time. What they see of subjects is told by the test.
import type { Instruments, ProbeAnswer, ProbeSpec } from '@reknit/recovery';
import { createWorld, type World } from '@reknit/runtime/simulated';
import { beforeEach, describe, expect, test } from 'vitest';
import { Gossip } from '../../../src/agent/gossip/gossip.js';
import { spokenSolitude, spokenVotes } from '../../../src/agent/gossip/votes-in-words.js';

const SECRET = Buffer.from('the secret of the test cluster');
const PORT = 7400;

class Agents {
  readonly world: World = createWorld({ seed: 'gossip' });
  readonly all: Map<string, Gossip> = new Map();
  readonly warnings: string[] = [];
  /** Who does not get an answer from whom: `host url`. */
  readonly deaf: Set<string> = new Set();

  async start(
    name: string,
    options: {
      readonly host?: string;
      readonly seeds?: readonly string[];
      readonly secret?: Uint8Array;
      readonly name?: string;
    } = {},
  ): Promise<Gossip> {
    const { host = name, seeds = ['a', 'b', 'c'], secret = SECRET } = options;
    const runtime = this.world.machine(name).boot({
      log: {
        log: (level, text, fields) => void (level !== 'info' && this.warnings.push(`${name}: ${text} ${JSON.stringify(fields)}`)),
      },
    });
    const gossip = new Gossip({
      runtime,
      instruments: this.#instrumentsOf(name),
      secret,
      name: options.name ?? `agent ${name}`,
      host,
      address: `${name}:${PORT}`,
      seeds: seeds.map((seed) => `${seed}:${PORT}`),
      owns: () => [{ subject: `n-${name}`, probe: { kind: 'http', url: `http://${name}:2379/reknit/vitals` } }],
    });
    const started = gossip.start();
    this.world.run(this.world.now + 1);
    await started;
    this.all.set(name, gossip);
    return gossip;
  }

  async advance(ms: number): Promise<void> {
    for (const end = this.world.now + ms; this.world.now < end; ) {
      this.world.run(Math.min(end, this.world.now + 10));
      for (let turn = 0; turn < 12; turn++) await Promise.resolve();
    }
  }

  standing(observer: string): Readonly<Record<string, string>> {
    return Object.fromEntries(this.all.get(observer)!.members.map(({ name, standing }) => [name, standing]));
  }

  #instrumentsOf(host: string): Instruments {
    const ask = async (probe: ProbeSpec): Promise<ProbeAnswer> => {
      const url = probe.kind === 'http' ? probe.url : '';
      const isDeaf = [...this.deaf].some((each) => each === `${host} ${new URL(url).hostname}`);
      return isDeaf ? { outcome: 'refused', detail: 'refused' } : { outcome: 'good', detail: '503' };
    };
    return {
      ask,
      scrape: () => Promise.resolve({ kind: 'none', detail: '' }),
      tail: () => ({ read: () => ({ lines: [], skippedBytes: 0, position: undefined }), close: () => undefined }),
      room: () => Promise.resolve(undefined),
    };
  }
}

let agents: Agents;
beforeEach(() => {
  agents = new Agents();
});

const startAll = async (...names: readonly string[]): Promise<void> => {
  for (const name of names) await agents.start(name);
  await agents.advance(8000);
};

describe('agents', () => {
  test('meet by their seeds, whoever starts first', async () => {
    await startAll('a', 'b', 'c');
    expect(agents.standing('a')).toEqual({ 'agent b': 'alive', 'agent c': 'alive' });
    expect(agents.standing('c')).toEqual({ 'agent a': 'alive', 'agent b': 'alive' });
  });

  test('do not believe one that has another secret, and say so', async () => {
    await startAll('a', 'b');
    await agents.start('c', { secret: Buffer.from('some other secret of the same length') });
    await agents.advance(20_000);
    expect(agents.standing('a')).toEqual({ 'agent b': 'alive' });
    expect(agents.all.get('c')!.members).toEqual([]);
    expect(agents.warnings.some((text) => text.includes('the cluster secret differs'))).toBe(true);
  });

  test('that were given one name say so, once', async () => {
    await agents.start('a');
    await agents.start('b', { name: 'agent a' });
    await agents.advance(20_000);
    const told = agents.warnings.filter((text) => text.includes("another agent has this one's name"));
    expect(told.map((text) => text[0]).sort()).toEqual(['a', 'b']);
  });

  test('find out that one has crashed, and take its next life in', async () => {
    await startAll('a', 'b', 'c');
    agents.world.machine('c').crash();
    agents.all.delete('c');
    await agents.advance(60_000);
    expect(agents.standing('a')['agent c']).toBe('dead');
    expect(agents.standing('b')['agent c']).toBe('dead');
    await agents.start('c');
    await agents.advance(15_000);
    expect(agents.standing('a')['agent c']).toBe('alive');
  });

  test('know who left on purpose from who died', async () => {
    await startAll('a', 'b', 'c');
    agents.all.get('c')!.stop();
    await agents.advance(5000);
    expect(agents.standing('a')['agent c']).toBe('left');
    expect(agents.standing('b')['agent c']).toBe('left');
  });

  test('find each other again after a partition', async () => {
    await startAll('a', 'b', 'c');
    agents.world.partition([['a'], ['b', 'c']]);
    await agents.advance(60_000);
    expect(agents.standing('a')).toEqual({ 'agent b': 'dead', 'agent c': 'dead' });
    agents.world.heal();
    await agents.advance(40_000);
    expect(agents.standing('a')).toEqual({ 'agent b': 'alive', 'agent c': 'alive' });
    expect(agents.standing('b')).toEqual({ 'agent a': 'alive', 'agent c': 'alive' });
  });
});

describe('votes on a subject', () => {
  test('say up where anybody answers, however ill, and each agent sees all votes', async () => {
    await startAll('a', 'b', 'c');
    for (const observer of ['a', 'b', 'c'])
      for (const subject of ['n-a', 'n-b', 'n-c'])
        expect(agents.all.get(observer)!.votesOn(subject)).toMatchObject({ verdict: 'up', up: 3, down: 0, stale: 0 });
  });

  test('one observer that alone sees it down decides nothing: that is a gray failure, or its own fault', async () => {
    await startAll('a', 'b', 'c');
    agents.deaf.add('a c');
    await agents.advance(6000);
    expect(agents.all.get('b')!.votesOn('n-c')).toMatchObject({ verdict: 'up', up: 2, down: 1 });
    expect(
      agents.all
        .get('a')!
        .signals('n-c')
        .map(({ observer, host, vote }) => [observer, host, vote]),
    ).toEqual([
      ['agent b', 'b', 'up'],
      ['agent c', 'c', 'up'],
    ]);
  });

  test('a majority that sees it down is a verdict, though its own agent sees it up', async () => {
    await startAll('a', 'b', 'c');
    agents.deaf.add('a c').add('b c');
    await agents.advance(6000);
    for (const observer of ['a', 'b', 'c'])
      expect(agents.all.get(observer)!.votesOn('n-c')).toMatchObject({ verdict: 'down', down: 2, up: 1 });
  });

  test('agents of one host have one vote together', async () => {
    for (const name of ['a', 'b', 'c']) await agents.start(name, { host: name === 'c' ? 'c' : 'rack' });
    await agents.advance(8000);
    agents.deaf.add('a c').add('b c');
    await agents.advance(6000);
    expect(agents.all.get('c')!.votesOn('n-c')).toMatchObject({ verdict: 'undecided', down: 1, up: 1, needed: 2 });
  });

  test('who is cut off from all others suspects itself: its votes are stale, to itself too', async () => {
    await startAll('a', 'b', 'c');
    agents.deaf.add('a b').add('a c');
    agents.world.partition([['a'], ['b', 'c']]);
    await agents.advance(60_000);
    const alone = agents.all.get('a')!;
    expect(alone.isAlone).toBe(true);
    expect(alone.votesOn('n-b')).toMatchObject({ verdict: 'undecided', stale: 3, down: 0 });
    expect(spokenSolitude(alone)).toHaveLength(1);
    const other = agents.all.get('b')!;
    expect(other.isAlone).toBe(false);
    expect(other.votesOn('n-b')).toMatchObject({ verdict: 'up', up: 2, stale: 1 });
  });

  test('seeds that were never met are expected all the same: one of three decides nothing', async () => {
    await agents.start('a');
    await agents.advance(10_000);
    const lonely = agents.all.get('a')!;
    expect(lonely.votesOn('n-a')).toMatchObject({ verdict: 'undecided', up: 1, stale: 2, needed: 2 });
    expect(lonely.isAlone).toBe(false);
    expect(spokenVotes(lonely, 'n-a')).toBeUndefined();
  });

  test('are told in a sentence', async () => {
    await startAll('a', 'b', 'c');
    agents.deaf.add('a c').add('b c');
    await agents.advance(6000);
    expect(spokenVotes(agents.all.get('a')!, 'n-c')).toMatch(
      /^n-c: seen from outside: down: 1 of 3 hosts say up, 2 down, 0 nothing lately: agent a on a: down, \d+ ms ago; /,
    );
  });
});

test('a clock of another machine is read with its uncertainty', async () => {
  agents.world.machine('b').wallOffsetMs = 60_000;
  await startAll('a', 'b', 'c');
  const readings = new Map(agents.all.get('a')!.clocks.map((reading) => [reading.name, reading]));
  expect(Math.abs(readings.get('agent b')!.offsetMs - 60_000)).toBeLessThanOrEqual(readings.get('agent b')!.uncertaintyMs + 1);
  expect(Math.abs(readings.get('agent c')!.offsetMs)).toBeLessThanOrEqual(readings.get('agent c')!.uncertaintyMs + 1);
});
