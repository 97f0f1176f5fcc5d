// A drop-in for npm's `hashring` 3.2: the same constructor, the same methods, the same answers (Ketama: MD5 points of
// 32 bits). test/ketama.test.ts holds both side by side.
//
// What differs: it runs in a browser; a key like `constructor` does not upset its cache; deprecated names do not warn; and of
// the digests named by a string there are md5 and sha1. Any other comes as a function:
// `(key) => createHash('sha256').update(key).digest()`.
//
// For new rings take `Ring`: it is some twenty times as fast, and balances better.
import { refuse } from '../errors.js';
import { Cache } from './cache.js';
import { type Digest, md5, sha1 } from './digests.js';
import { parseServers, type Server, type Servers } from './servers.js';

/** Bytes, or a string of which each unit is a byte. */
export type Hasher = (key: string) => string | ArrayLike<number>;

export interface HashRingOptions {
  /** Points of a server before `replicas` are taken of each: 40. */
  readonly 'vnode count'?: number;
  /** Servers on this port are hashed without it. */
  readonly 'default port'?: number;
  /** 'hash_ring', Python's: 3 replicas. 'ketama': 4. */
  readonly compatibility?: 'hash_ring' | 'ketama';
  /** Points from one digest: 4. */
  readonly replicas?: number;
  /** 5000. */
  readonly 'max cache size'?: number;
}

export interface RingPoint {
  readonly value: number;
  server: string;
}

const DIGESTS: Readonly<Record<string, Digest>> = { md5, sha1 };

export class HashRing {
  readonly vnode: number;
  readonly algorithm: string | Hasher;
  readonly defaultport: number | null;
  readonly replicas: number;
  ring: RingPoint[] = [];
  size = 0;
  /** Of each server: its own number of virtual nodes, or 0. */
  vnodes: Record<string, number> = {};
  servers: Server[] = [];
  hash: Hasher;
  readonly #cache: Cache;

  /** @param algorithm 'md5', 'sha1', or a function */
  constructor(servers?: Servers, algorithm: string | Hasher = 'md5', options: HashRingOptions = {}) {
    this.vnode = options['vnode count'] ?? 40;
    this.algorithm = algorithm || 'md5';
    this.defaultport = options['default port'] || null;
    this.replicas = replicasOf(options);
    this.hash = hasherOf(this.algorithm);
    this.#cache = new Cache(options['max cache size'] ?? 5000);
    this.#adopt(parseServers(servers));
    this.continuum();
  }

  /** Adds the points of all servers. */
  continuum(): this {
    const { servers } = this;
    const total = servers.reduce((sum, { weight }) => sum + weight, 0);
    for (const server of servers) {
      const own = this.vnodes[server.string] || this.vnode;
      const length = own === this.vnode ? Math.floor((server.weight / total) * own * servers.length) : own;
      const name = this.defaultport !== null && server.port === this.defaultport ? server.host : server.string;
      for (let at = 0; at < length; at++) this.#addPoints(this.digest(`${name}-${at}`), server.string);
    }
    this.ring.sort((left, right) => left.value - right.value);
    this.size = this.ring.length;
    return this;
  }

  /** @returns the server that owns the key; undefined if there is none */
  get(key: string): string | undefined {
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const found = this.ring[this.find(this.hashValue(key))]?.server;
    if (found !== undefined) this.#cache.set(key, found);
    return found;
  }

  /** @returns the place of the first point at or after the value, around the circle */
  find(hashValue: number): number {
    const { ring } = this;
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ring[middle]!.value < hashValue) low = middle + 1;
      else high = middle;
    }
    return low === this.size ? 0 : low;
  }

  digest(key: string): ArrayLike<number> {
    const hashed = this.hash(`${key}`);
    return typeof hashed === 'string' ? Array.from({ length: hashed.length }, (_, at) => hashed.charCodeAt(at)) : hashed;
  }

  hashValue(key: string): number {
    return wordAt(this.digest(key), 0);
  }

  /** The servers from the key's place onwards; each once, unless `unique` is false. */
  range(key: string, size?: number, unique: boolean = true): string[] {
    if (this.size === 0) return [];
    const wanted = size || this.servers.length;
    const position = this.find(this.hashValue(key));
    const servers: string[] = [];
    for (let step = 0; step < this.size && servers.length !== wanted; step++) {
      const { server } = this.ring[(position + step) % this.size]!;
      if (!unique || !servers.includes(server)) servers.push(server);
    }
    return servers;
  }

  /** The points of these servers, or of all. */
  points(servers?: readonly string[]): Record<string, number[]> {
    const points: Record<string, number[]> = Object.create(null);
    for (const server of Array.isArray(servers) ? servers : Object.keys(this.vnodes)) points[server] = [];
    for (const { server, value } of this.ring) points[server]?.push(value);
    return points;
  }

  /** Another server in the place of one; all keys of `from` go to `to`, no other moves. */
  swap(from: string, to: string): this {
    const address = parseServers(to).at(-1);
    for (const point of this.ring) if (point.server === from) point.server = to;
    this.#cache.clear();
    this.vnodes[to] = this.vnodes[from] ?? 0;
    delete this.vnodes[from];
    this.servers = this.servers.map((server) =>
      server.string === from && address !== undefined
        ? { ...server, string: to, host: address.host, port: address.port }
        : server,
    );
    return this;
  }

  /** Servers that are there already stay as they are. */
  add(servers: Servers): this {
    const all = new Map(this.servers.map((server) => [server.string, server]));
    for (const server of parseServers(servers)) if (!all.has(server.string)) all.set(server.string, server);
    this.#adopt([...all.values()]);
    return this.reset().continuum();
  }

  /** Of several servers, the last one: as the original does. */
  remove(server: Servers): this {
    const gone = parseServers(server).at(-1)?.string;
    if (gone !== undefined) delete this.vnodes[gone];
    this.servers = this.servers.filter(({ string }) => string !== gone);
    return this.reset().continuum();
  }

  has(server: string): boolean {
    return this.ring.some((point) => point.server === server);
  }

  reset(): this {
    this.ring = [];
    this.size = 0;
    this.#cache.clear();
    return this;
  }

  end(): this {
    this.reset();
    this.vnodes = {};
    this.servers = [];
    return this;
  }

  /** The original's deprecated names. */
  removeServer(server: Servers): this {
    return this.remove(server);
  }
  addServer(servers: Servers): this {
    return this.add(servers);
  }
  getNode(key: string): string | undefined {
    return this.get(key);
  }
  getNodePosition(hashValue: number): number {
    return this.find(hashValue);
  }
  position(hashValue: number): number {
    return this.find(hashValue);
  }

  #adopt(servers: readonly Server[]): void {
    this.servers = [...servers];
    this.vnodes = Object.fromEntries(servers.map(({ string, vnodes }) => [string, vnodes]));
  }

  #addPoints(digest: ArrayLike<number>, server: string): void {
    for (let replica = 0; replica < this.replicas; replica++) this.ring.push({ value: wordAt(digest, 4 * replica), server });
  }
}

/** Little-endian; a byte beyond the digest counts as 0. */
const wordAt = (bytes: ArrayLike<number>, at: number): number =>
  (((bytes[at + 3] ?? 0) << 24) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at] ?? 0)) >>> 0;

function replicasOf({ compatibility, replicas = 4 }: HashRingOptions): number {
  if (compatibility !== undefined) return compatibility === 'hash_ring' ? 3 : 4;
  return Number(replicas) <= 0 ? 1 : Number(replicas);
}

function hasherOf(algorithm: string | Hasher): Hasher {
  if (typeof algorithm === 'function') return algorithm;
  const digest = Object.hasOwn(DIGESTS, algorithm) ? DIGESTS[algorithm] : undefined;
  return (
    digest ??
    refuse(
      'bad-option',
      `the digest ${JSON.stringify(algorithm)} is not built in; pass a function: (key) => createHash(…).update(key).digest()`,
    )
  );
}
