// etcd's own command line, unchanged: locks and elections, which it makes of leases, transactions and watches.
// To see that these tests ask for what etcd does:  REKNIT_JUDGE=etcd npm run test:peers -- etcdctl-lock
import { spawn } from 'node:child_process';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Running } from '../support/reknit-command.js';
import { type StoreUnderTest, startStore } from '../support/store-under-test.js';

let store: StoreUnderTest;
const running: Running[] = [];

beforeAll(async () => {
  store = await startStore();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.kill()));
});
afterAll(() => store.stop());

function etcdctl(...words: string[]): Running {
  const child = spawn('etcdctl', ['--endpoints', store.endpoints.join(','), ...words], {
    env: { ...process.env, ETCDCTL_API: '3' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const started = new Running(child);
  running.push(started);
  return started;
}

const keysBelow = async (prefix: string): Promise<readonly string[]> => {
  const { output } = await etcdctl('get', '--prefix', prefix, '--keys-only').ended();
  return output.split('\n').filter((line) => line !== '');
};

test('a lock is held around a command, which sees its key, and is free afterwards', async () => {
  const held = await etcdctl('lock', 'around', 'printenv', 'ETCD_LOCK_KEY').ended();
  expect(held).toMatchObject({ code: 0, output: expect.stringMatching(/^around\/[0-9a-f]+\n$/) });
  expect(await keysBelow('around/')).toEqual([]);
});

test('who waits for a lock gets it when its holder lets go, and not before', async () => {
  const first = etcdctl('lock', 'handed');
  const firstKey = await first.said(/handed\/[0-9a-f]+/);
  const second = etcdctl('lock', 'handed');
  await expect.poll(() => keysBelow('handed/')).toHaveLength(2);
  expect(second.output).toBe('');
  first.signal('SIGINT');
  const secondKey = await second.said(/handed\/[0-9a-f]+/);
  expect(secondKey).not.toBe(firstKey);
  expect(await keysBelow('handed/')).toEqual([secondKey]);
});

test('the lock of a holder that was killed is free once its lease is over', async () => {
  const holder = etcdctl('lock', '--ttl', '1', 'orphaned');
  await holder.said(/orphaned\/[0-9a-f]+/);
  await holder.kill();
  expect(await etcdctl('lock', 'orphaned', 'echo', 'free').ended()).toMatchObject({ code: 0, output: 'free\n' });
});

test('an election has one leader; the next one follows when it resigns, and who listens is told of both', async () => {
  const listener = etcdctl('elect', '-l', 'chair');
  const first = etcdctl('elect', 'chair', 'one');
  await first.said(/^chair\/[0-9a-f]+\none\n/);
  await listener.said(/one/);
  const second = etcdctl('elect', 'chair', 'two');
  await expect.poll(() => keysBelow('chair/')).toHaveLength(2);
  expect(second.output).toBe('');
  first.signal('SIGINT');
  await second.said(/^chair\/[0-9a-f]+\ntwo\n/);
  await listener.said(/two/);
  expect(listener.output.indexOf('one')).toBeLessThan(listener.output.indexOf('two'));
});
