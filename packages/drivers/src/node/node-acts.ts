// What can be done to a member of the store beside starting and ending it: through the store's own calls, and never by
// deleting anything. Each act first looks how things stand, so that an order that comes twice is carried out once.
//
// Surprising: a rebuilt member is another one. Its data directory is set aside and kept, the old member leaves the
// configuration, and what starts with the empty directory joins as a learner under an identity of its own.
import { basename, dirname } from 'node:path';
import type { Millis } from '@reknit/base';
import { type Client, type ConfiguredMember, createClient } from '@reknit/client';
import type { Action, ActOutcome, Order } from '@reknit/recovery';
import type { Disk } from '@reknit/runtime';

export interface ActingNode {
  readonly name: string;
  readonly clientUrl: string;
  readonly dataDir: string;
  readonly args: readonly string[];
}

export interface NodeActsOptions {
  readonly disk: Disk;
  readonly wall: () => number;
  readonly nodes: readonly ActingNode[];
}

/** Leads, compactions and lifted alarms are settled within a round trip or two. */
const CALL_TIMEOUT_MS: Millis = 5000;
/** A change of members is answered when it is in force: by two keyspaces, one after the other. */
const CHANGE_TIMEOUT_MS: Millis = 30_000;

const KEYSPACES = ['_system', 'default'] as const;
const ACTIONS: ReadonlySet<Action> = new Set<Action>(['step-down', 'hand-over', 'compact', 'alarm', 'rebuild', 'replace']);
/** Alone there is nobody to take a lead, or to have data from. */
const ACTIONS_ALONE: ReadonlySet<Action> = new Set<Action>(['compact', 'alarm']);

const done = (detail: string): ActOutcome => ({ kind: 'done', detail });

export class NodeActs {
  readonly #options: NodeActsOptions;

  constructor(options: NodeActsOptions) {
    this.#options = options;
  }

  actions(): ReadonlySet<Action> {
    return this.#options.nodes.length > 1 ? ACTIONS : ACTIONS_ALONE;
  }

  async act(node: ActingNode, action: Action, order: Order): Promise<ActOutcome> {
    try {
      switch (action) {
        case 'step-down':
        case 'hand-over':
          return await this.#handOver(node);
        case 'compact':
          return await this.#compact();
        case 'alarm':
          return await this.#withClient('default', (client) =>
            client.maintenance.disarmNoSpace({ timeoutMs: CALL_TIMEOUT_MS }).then(() => done('writes are taken again')),
          );
        // A new replica takes its place at its address: without spares, that is what either means.
        case 'rebuild':
        case 'replace':
          return await this.#rebuild(node, order);
        default:
          return { kind: 'nowhere', detail: `a member of the store cannot ${action}` };
      }
    } catch (error) {
      return { kind: 'retry', detail: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Flags for what starts after a rebuild: it joins a cluster that runs. */
  joining(dataDir: string): readonly string[] {
    const { disk } = this.#options;
    const parent = dirname(dataDir);
    const wasRebuilt = disk.exists(parent) && disk.list(parent).some((name) => name.startsWith(`${basename(dataDir)}${ASIDE}`));
    return wasRebuilt ? ['--initial-cluster-state=existing'] : [];
  }

  async #handOver({ clientUrl }: ActingNode): Promise<ActOutcome> {
    const given: string[] = [];
    for (const keyspace of KEYSPACES)
      await this.#withClient(keyspace, async (client) => {
        const own = await client.maintenance.status(clientUrl, { timeoutMs: CALL_TIMEOUT_MS });
        const id = own.header?.memberId ?? 0n;
        if (own.leader !== id || id === 0n) return;
        const heir = await this.#heirOf(client, clientUrl);
        if (heir === undefined) throw new Error(`nobody else answers who could lead ${keyspace}`);
        await client.maintenance.moveLeader(heir.id, clientUrl, { timeoutMs: CALL_TIMEOUT_MS });
        given.push(`${keyspace} to ${heir.name}`);
      });
    return done(given.length === 0 ? 'it leads nothing' : `it gave the lead of ${given.join(', ')}`);
  }

  /** Who has applied the most, of those that answer. */
  async #heirOf(client: Client, from: string): Promise<{ readonly id: bigint; readonly name: string } | undefined> {
    const others = this.#options.nodes.filter(({ clientUrl }) => clientUrl !== from);
    const answers = await Promise.all(
      others.map(async ({ name, clientUrl }) => {
        const status = await client.maintenance.status(clientUrl, { timeoutMs: CALL_TIMEOUT_MS }).catch(() => undefined);
        const isLearner = status?.isLearner === true;
        return status === undefined || isLearner
          ? undefined
          : { name, id: status.header?.memberId ?? 0n, applied: status.raftAppliedIndex };
      }),
    );
    return answers.filter((answer) => answer !== undefined).sort((a, b) => b.applied - a.applied)[0];
  }

  /** The newest revision stays; what is asked for after it is told that it is compacted, as by any compaction. */
  async #compact(): Promise<ActOutcome> {
    return this.#withClient('default', async (client) => {
      const { header } = await client.kv.range({ key: 'reknit/canary' }, { timeoutMs: CALL_TIMEOUT_MS });
      const revision = header?.revision ?? 0;
      try {
        await client.kv.compact(revision, { timeoutMs: CALL_TIMEOUT_MS });
      } catch (error) {
        if (!String(error).includes('required revision has been compacted')) throw error;
      }
      return done(`the history before revision ${revision} is compacted`);
    });
  }

  async #rebuild(node: ActingNode, { incident, step, attempt, expiresAt }: Order): Promise<ActOutcome> {
    const peerUrl = flagOf(node, 'initial-advertise-peer-urls');
    if (peerUrl === undefined) return { kind: 'nowhere', detail: 'its peer URL is not among its flags' };
    const aside = `${node.dataDir}${ASIDE}${incident}-${step}-${attempt}`;
    const key = `${incident}/${step}/${attempt}`;
    if (!this.#options.disk.exists(aside)) {
      if (this.#options.wall() > expiresAt)
        return { kind: 'retry', detail: 'the order is too old: what it rests on may have changed' };
      await this.#withClient('_system', (client) => announceAnew(client, { name: node.name, peerUrl, key }));
      this.#setAside(node.dataDir, aside);
    }
    return done(`its data are set aside in ${aside}; it joins anew, and has them from its peers`);
  }

  #setAside(dataDir: string, aside: string): void {
    const { disk } = this.#options;
    if (disk.exists(dataDir)) disk.rename(dataDir, aside);
    else disk.makeDirectory(aside);
    disk.syncDirectory(dirname(dataDir));
  }

  async #withClient<Result>(keyspace: string, use: (client: Client) => Promise<Result>): Promise<Result> {
    const client = createClient({ endpoints: this.#options.nodes.map(({ clientUrl }) => clientUrl), keyspace });
    try {
      return await use(client);
    } finally {
      client.close();
    }
  }
}

const ASIDE = '.aside-';

interface Announcement {
  readonly name: string;
  readonly peerUrl: string;
  /** Of the order: the same change under the same key is one change. */
  readonly key: string;
}

/** The old member out, one of the same address in: each a change that is carried out once, whoever asks again. */
async function announceAnew(client: Client, { name, peerUrl, key }: Announcement): Promise<void> {
  const isIt = (member: ConfiguredMember): boolean => member.peerUrls.includes(peerUrl);
  const before = (await client.configuration.show({ timeoutMs: CALL_TIMEOUT_MS })).members.find(isIt);
  if (before !== undefined && !before.started) return;
  if (before !== undefined)
    await client.configuration.change({ kind: 'remove', member: before.id }, { id: `${key}/out`, timeoutMs: CHANGE_TIMEOUT_MS });
  const { members } = await client.configuration.show({ timeoutMs: CALL_TIMEOUT_MS });
  if (members.some((member) => isIt(member) && member.started)) throw new Error(`${name} has not left the configuration yet`);
  if (!members.some(isIt))
    await client.configuration.change({ kind: 'add', peerUrls: [peerUrl] }, { id: `${key}/in`, timeoutMs: CHANGE_TIMEOUT_MS });
}

function flagOf({ args }: ActingNode, flag: string): string | undefined {
  const at = args.indexOf(`--${flag}`);
  const joined = args.find((arg) => arg.startsWith(`--${flag}=`));
  return joined?.slice(flag.length + 3) ?? (at < 0 ? undefined : args[at + 1]);
}
