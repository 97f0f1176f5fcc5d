// A live cluster of real processes goes through all protocols, and has a member replaced in between, while clients work.
import { createClient } from '@reknit/client';
import { createNodeRuntime } from '@reknit/runtime/node';
import { afterEach, expect, test } from 'vitest';
import { CheckedLoad } from '../../packages/cli/src/load/checked-load.js';
import { RealCluster, type RealNode } from '../support/real-cluster.js';
import { Workbench } from '../support/reknit-command.js';

let cluster: RealCluster | undefined;
let bench: Workbench | undefined;
afterEach(async () => {
  await cluster?.stop();
  await bench?.close();
});

test('raft → paxos → zab → raft with a member replaced in between, under checked load: nothing lost, nothing stale', async () => {
  cluster = await RealCluster.start(3, { protocol: 'raft' });
  bench = new Workbench();
  const reknit = async (...words: string[]): Promise<string> => {
    const ended = await bench!.start(...words, '--endpoints', cluster!.endpoints).ended();
    expect(ended, ended.output + ended.errors).toMatchObject({ code: 0 });
    return ended.output;
  };
  const { clock } = createNodeRuntime({ log: { log: () => undefined } });
  const load = new CheckedLoad({ endpoints: cluster.nodes.map(endpointOf), clock });
  load.start();

  const switched = async (to: string): Promise<void> => {
    await reknit('protocol', 'switch', to);
    expect(JSON.parse(await reknit('member', 'list', '--json'))).toMatchObject({ protocol: to, plan: null });
  };
  await switched('paxos');
  const old = cluster.nodes[1]!;
  const next = await cluster.newcomer('n4');
  await reknit('member', 'replace', 'n2', '--peer-urls', cluster.peerUrl(next), '--no-wait');
  await cluster.startNode(next);
  await expect
    .poll(async () => JSON.parse(await reknit('member', 'list', '--json')), { timeout: 30_000, interval: 200 })
    .toMatchObject({
      plan: null,
      members: expect.arrayContaining([expect.objectContaining({ name: 'n4', role: 'voter' })]),
    });
  await expect.poll(() => exitReason(old), { timeout: 15_000 }).toMatch(/was removed from its cluster/);
  await switched('zab');
  await switched('raft');

  await load.finish();
  const { operations, clean, ...found } = load.judge();
  expect(operations).toBeGreaterThan(1000);
  expect(clean, JSON.stringify(found)).toBe(true);
  await expect(cluster.startNode(old)).rejects.toThrow(/was removed from its cluster/);
}, 120_000);

test('a switch under load is a short pause of writes: printed, because a shared machine is no judge', async () => {
  cluster = await RealCluster.start(3, { protocol: 'raft' });
  const endpoints = cluster.nodes.map(endpointOf);
  const client = createClient({ endpoints });
  const pauses = new Pauses(endpoints);
  const idle = await pauses.during(() => new Promise((resolve) => setTimeout(resolve, 1000)));
  const measured: number[] = [];
  for (const [at, protocol] of (['paxos', 'zab', 'raft', 'zab', 'paxos', 'raft'] as const).entries())
    measured.push(await pauses.during(() => client.configuration.change({ kind: 'switch', protocol }, { id: `switch ${at}` })));
  await pauses.end();
  const { protocol, epoch } = await client.configuration.show();
  client.close();
  expect([protocol, epoch]).toEqual(['raft', 7]);
  const sorted = measured.map(Math.round).sort((left, right) => left - right);
  console.log(
    `pauses of writes at six switches: median ${sorted[3]} ms, all ${sorted.join(' ')}; without one ${Math.round(idle)} ms`,
  );
}, 60_000);

const endpointOf = ({ clientPort }: RealNode): string => `http://127.0.0.1:${clientPort}`;

/** Why its process ended; empty while it runs. */
function exitReason(node: RealNode): string {
  try {
    return String((cluster!.exitRecord(node) as { reason: unknown }).reason);
  } catch {
    return '';
  }
}

/** One client at each member puts again and again: how long none of them got an answer. */
class Pauses {
  readonly #clients: readonly ReturnType<typeof createClient>[];
  readonly #loops: readonly Promise<void>[];
  #open = true;
  #answers: number[] = [];

  constructor(endpoints: readonly string[]) {
    this.#clients = endpoints.map((endpoint) => createClient({ endpoints: [endpoint], retry: 'none' }));
    this.#loops = this.#clients.map((client, at) => this.#loop(client, at));
  }

  /** @returns the longest time without an acknowledged write */
  async during(work: () => Promise<unknown>): Promise<number> {
    this.#answers = [performance.now()];
    await work();
    const at = [...this.#answers, performance.now()];
    return Math.max(...at.slice(1).map((moment, index) => moment - at[index]!));
  }

  async end(): Promise<void> {
    this.#open = false;
    await Promise.all(this.#loops);
    for (const client of this.#clients) client.close();
  }

  async #loop(client: ReturnType<typeof createClient>, at: number): Promise<void> {
    while (this.#open) {
      const answered = await client.kv.put({ key: `pauses/${at}`, value: 'v' }, { timeoutMs: 2000 }).then(
        () => true,
        () => false,
      );
      if (answered) this.#answers.push(performance.now());
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
