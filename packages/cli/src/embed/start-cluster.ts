// A whole cluster within this process, for tests: real members, real consensus, real sockets on random loopback ports. Its nodes
// can be stopped and started one by one; what they had stored is there again.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, type ClientOptions, createClient } from '@reknit/client';
import {
  directoryStorage,
  type EmbeddedMember,
  type EmbeddedMemberOptions,
  type MemberStorage,
  memoryStorage,
  type ProtocolName,
  StartError,
  startEmbeddedMember,
} from '@reknit/host/embedded';
import type { Logger } from '@reknit/runtime';
import { freeLoopbackPorts } from './free-ports.js';

/** In one process: more only takes time from each other. */
const NODES_MAX = 9;
/** Somebody else may take a port between its choice and its use. */
const START_ATTEMPTS = 5;

export interface ClusterOptions {
  /** Default 3. */
  readonly nodes?: number;
  /** Default `memory`. `disk`: write-ahead logs and LMDB in a temporary directory, which goes when the cluster stops. */
  readonly storage?: 'memory' | 'disk';
  /** The consensus protocol. Default `raft`. */
  readonly protocol?: ProtocolName;
  /** Default 500: a test does not wait long for a new leader, and a busy machine does not lose one. The least TTL of a lease is 1.5 times this. */
  readonly electionTimeoutMs?: number;
  /** Default: silent. */
  readonly log?: Logger;
}

export interface ClusterNode {
  readonly name: string;
  /** `host:port`, the same in all of its lives. */
  readonly endpoint: string;
  readonly running: boolean;
  /** Whether it leads, as far as it knows. */
  readonly leads: boolean;
  /** Lets calls that are under way end. */
  stop(): Promise<void>;
  /** Breaks its connections, as a crash would. */
  kill(): Promise<void>;
  /** Resolves when it serves clients, for which it needs a majority. */
  start(): Promise<void>;
}

export interface LocalCluster extends AsyncDisposable {
  readonly endpoints: readonly string[];
  readonly nodes: readonly ClusterNode[];
  /** Undefined while there is none. */
  readonly leader: ClusterNode | undefined;
  /** Of all nodes, unless told otherwise. Closed when the cluster stops. */
  client(options?: Partial<ClientOptions>): Client;
  /** All nodes and clients; what was stored is gone. */
  stop(): Promise<void>;
}

/**
 * Resolves when all nodes serve clients.
 *
 * @example
 * ```ts
 * import { startCluster } from 'reknit';
 *
 * await using cluster = await startCluster({ nodes: 3 });
 * const client = cluster.client();
 * await client.kv.put({ key: 'greeting', value: 'hello' });
 * await cluster.leader?.kill();
 * console.log((await client.kv.range({ key: 'greeting' })).count);
 * ```
 */
export async function startCluster(options: ClusterOptions = {}): Promise<LocalCluster> {
  const size = options.nodes ?? 3;
  if (!Number.isInteger(size) || size < 1 || size > NODES_MAX) {
    throw new RangeError(`nodes: ${size} is not a whole number from 1 to ${NODES_MAX}`);
  }
  for (let attempt = 1; ; attempt++) {
    const cluster = new Cluster(await freeLoopbackPorts(2 * size), options);
    try {
      await cluster.start();
      return cluster;
    } catch (error) {
      await cluster.stop();
      if (attempt === START_ATTEMPTS || !(error instanceof StartError) || error.code !== 'address-in-use') throw error;
    }
  }
}

class Cluster implements LocalCluster {
  readonly nodes: readonly Node[];
  readonly #clients: Client[] = [];
  readonly #directory: string | undefined;

  constructor(ports: readonly number[], { storage = 'memory', protocol = 'raft', electionTimeoutMs = 500, log }: ClusterOptions) {
    const size = ports.length / 2;
    const names = Array.from({ length: size }, (_, at) => `n${at + 1}`);
    const shared = {
      cluster: Object.fromEntries(names.map((name, at) => [name, `127.0.0.1:${ports[size + at]}`])),
      secret: randomBytes(32),
      protocol,
      electionTimeoutMs,
      ...(log === undefined ? {} : { log }),
    };
    const directory = storage === 'disk' ? mkdtempSync(join(tmpdir(), 'reknit-')) : undefined;
    this.#directory = directory;
    const storageOf = (name: string): MemberStorage =>
      directory === undefined ? memoryStorage() : directoryStorage(join(directory, name));
    this.nodes = names.map(
      (name, at) => new Node({ ...shared, name, clientAddress: `127.0.0.1:${ports[at]}`, storage: storageOf(name) }),
    );
  }

  get endpoints(): readonly string[] {
    return this.nodes.map(({ endpoint }) => endpoint);
  }

  get leader(): ClusterNode | undefined {
    return this.nodes.find(({ leads }) => leads);
  }

  client(options: Partial<ClientOptions> = {}): Client {
    const client = createClient({ endpoints: this.endpoints, ...options });
    this.#clients.push(client);
    return client;
  }

  async start(): Promise<void> {
    const listening = await Promise.allSettled(this.nodes.map((node) => node.listen()));
    for (const result of listening) if (result.status === 'rejected') throw result.reason;
    await Promise.all(this.nodes.map((node) => node.start()));
  }

  async stop(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.close();
    await Promise.all(this.nodes.map((node) => node.kill()));
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

class Node implements ClusterNode {
  readonly name: string;
  readonly endpoint: string;
  readonly #options: EmbeddedMemberOptions;
  #starting: Promise<EmbeddedMember> | undefined;
  /** Since it listens. */
  #member: EmbeddedMember | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: EmbeddedMemberOptions) {
    this.name = options.name;
    this.endpoint = options.clientAddress;
    this.#options = options;
  }

  get running(): boolean {
    return this.#member !== undefined;
  }

  get leads(): boolean {
    return this.#member?.leads ?? false;
  }

  async start(): Promise<void> {
    const member = await this.listen();
    await member.ready;
  }

  async listen(): Promise<EmbeddedMember> {
    await this.#ended;
    this.#starting ??= startEmbeddedMember(this.#options);
    const starting = this.#starting;
    const member = await starting;
    if (this.#starting === starting) this.#member = member;
    return member;
  }

  stop(): Promise<void> {
    return this.#end('graceful');
  }

  kill(): Promise<void> {
    return this.#end('at-once');
  }

  #end(how: 'graceful' | 'at-once'): Promise<void> {
    const starting = this.#starting;
    this.#starting = undefined;
    this.#member = undefined;
    if (starting === undefined) return this.#ended;
    // A member that could not start has nothing to stop.
    this.#ended = starting.then(
      (member) => member.stop(how),
      () => undefined,
    );
    return this.#ended;
  }
}
