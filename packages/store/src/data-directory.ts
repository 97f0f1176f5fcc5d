// The files that say whose data this is. `identity.json` is written once, before anything else, and names the cluster, the
// member and the directory's random incarnation; `genesis.json` holds the branch that all initial voters agreed on.
// Both are replaced atomically: a crash leaves the old or the new one whole. `removed.json` is the tombstone of a member that
// was removed from its cluster: it has answered for others' votes once, so the directory is never used again.
import { MalformedBytesError, toHex } from '@reknit/base';
import type { ProtocolName } from '@reknit/consensus';
import { type Disk, DiskError, type Runtime } from '@reknit/runtime';
import { readJsonFile, replaceJsonFile } from './atomic-file.js';
import { type Cluster, type Member, nodeIdOf } from './cluster/identity.js';
import { type Configuration, configurationOf, FORMAT } from './configuration/record.js';
import { durably } from './durably.js';
import { makeReserve, RESERVE } from './reserve.js';
import { StartError } from './start-error.js';

/** Raised when an older Reknit could not read the directory any more. */
const DATA_FORMAT = 2;
const TOMBSTONE = 'removed.json';
const QUARANTINED = 'quarantined.json';
const UNSAFE_RECOVERY = 'unsafe-recovery.json';
const JOINING = 'joining.json';

const preparedName = (keyspace: string): string => `prepared-${keyspace}.json`;

export interface Identity {
  readonly format: number;
  readonly clusterId: string;
  readonly memberId: string;
  readonly name: string;
  /** 32 hex digits, random: a directory that was emptied is another replica. */
  readonly incarnation: string;
}

export interface Genesis {
  /** 16 hex digits; every log record and peer message of the cluster carries it. */
  readonly branch: string;
  /** Incarnation of each initial voter, by node id. */
  readonly voters: Readonly<Record<string, string>>;
  /** With which the cluster began. */
  readonly protocol: ProtocolName;
  /** All voters are known to have made their genesis durable: replicas may take part. */
  readonly started: boolean;
}

/** What a member is told when it joins. */
export interface Joined extends Omit<Identity, 'format'> {
  readonly genesis: Genesis;
  readonly configuration: Configuration;
}

/** What a member has said that it can take part in. */
export interface Prepared {
  readonly epoch: number;
  readonly plan: string;
  readonly protocol: ProtocolName;
}

/** What an operator has ordered, to be carried out at the next start. */
export interface UnsafeRecovery {
  /** The new branch. */
  readonly branch: string;
  /** Ids of all other members: they are gone, and stay so. */
  readonly abandoned: readonly string[];
  /** Of the report that the order was given on. */
  readonly fingerprint: string;
}

/** Why and where a member's life in its cluster ended. */
export interface Tombstone {
  readonly reason: string;
  /** The first configuration without it. */
  readonly epoch: number;
  /** Where that one began; 0 where this member never learned it. */
  readonly index: number;
}

export class DataDirectory {
  readonly path: string;
  readonly identity: Identity;
  readonly #runtime: Pick<Runtime, 'disk' | 'fatal'>;
  #genesis: Genesis | undefined;
  #configuration: Configuration | undefined;

  private constructor(runtime: Pick<Runtime, 'disk' | 'fatal'>, path: string, identity: Identity) {
    const { disk } = runtime;
    this.#runtime = runtime;
    this.path = path;
    this.identity = identity;
    this.#genesis = readOwn(disk, path, 'genesis.json', (value) => value as Genesis);
    this.#configuration = readOwn(disk, path, 'configuration.json', configurationOf);
  }

  /** Creates the directory when it is missing. Throws StartError; a directory that is not this member's is not touched. */
  static open(runtime: Runtime, path: string, cluster: Cluster, self: Member): DataDirectory {
    const { disk } = runtime;
    try {
      return DataDirectory.#open(runtime, path, cluster, self);
    } catch (error) {
      throw error instanceof DiskError ? unusable(disk, path, error) : error;
    }
  }

  static #open(runtime: Runtime, path: string, cluster: Cluster, self: Member): DataDirectory {
    const { disk } = runtime;
    disk.makeDirectory(path);
    if (!disk.lock(`${path}/lock`)) {
      throw new StartError(
        'data-directory-in-use',
        `the data directory ${path} is in use by another process`,
        'stop that process, or choose another --data-dir',
      );
    }
    const found = readOwn(disk, path, 'identity.json', (value) => value as Identity);
    if (found !== undefined) checkIdentity(found, path, cluster, self, hasChanged(disk, path));
    refuseRemoved(disk, path);
    refuseQuarantined(disk, path);
    makeReserve(disk, path);
    return new DataDirectory(runtime, path, found ?? createIdentity(runtime, path, cluster, self));
  }

  get genesis(): Genesis | undefined {
    return this.#genesis;
  }

  /** Durable when it returns. */
  writeGenesis(genesis: Genesis): void {
    this.#write('genesis.json', genesis);
    this.#genesis = genesis;
  }

  /** The last that was written here; undefined until the first change. */
  get configuration(): Configuration | undefined {
    return this.#configuration;
  }

  /** Durable when it returns. */
  writeConfiguration(configuration: Configuration): void {
    this.#write('configuration.json', { format: FORMAT, ...configuration });
    this.#configuration = configuration;
  }

  /** The last that was written here; undefined until the first. */
  prepared(keyspace: string): Prepared | undefined {
    return readOwn(this.#runtime.disk, this.path, preparedName(keyspace), (value) => value as Prepared);
  }

  /** Durable when it returns: this member can take part in that configuration of a keyspace. */
  writePrepared(keyspace: string, { epoch, plan, protocol }: Prepared): void {
    this.#write(preparedName(keyspace), { epoch, plan, protocol });
  }

  /** Durable when it returns: no member starts in this directory again. */
  entomb(tombstone: Tombstone): void {
    this.#write(TOMBSTONE, tombstone);
  }

  /** Durable when it returns: no member starts in this directory until somebody has looked at its disk. */
  quarantine(why: { readonly reason: string }): void {
    this.#write(QUARANTINED, why);
  }

  get unsafeRecovery(): UnsafeRecovery | undefined {
    return readOwn(this.#runtime.disk, this.path, UNSAFE_RECOVERY, (value) => value as UnsafeRecovery);
  }

  /** Durable when it returns. */
  orderUnsafeRecovery(order: UnsafeRecovery): void {
    this.#write(UNSAFE_RECOVERY, order);
  }

  /** Durable when it returns. What was ordered stays readable under another name. */
  unsafeRecoveryDone(): void {
    const { disk } = this.#runtime;
    const path = `${this.path}/${UNSAFE_RECOVERY}`;
    durably(this.#runtime, path, () => {
      disk.rename(path, `${path}.done`);
      disk.syncDirectory(this.path);
    });
  }

  /** Ends the process where the disk refuses it. */
  #write(name: string, value: unknown): void {
    durably(this.#runtime, `${this.path}/${name}`, () => replaceJsonFile(this.#runtime.disk, this.path, name, value));
  }
}

/** Its data are kept: they may be all that is left of something. */
export const lostWriteError = (path: string, reason: string): StartError =>
  new StartError(
    'lost-write',
    `the disk of ${path} lost writes that this member had acknowledged (${reason})`,
    'replace this member with one in an empty --data-dir, on another disk if this one is to blame; its vote can no longer be trusted',
  );

function refuseQuarantined(disk: Disk, path: string): void {
  const found = readOwn(disk, path, QUARANTINED, (value) => value as { readonly reason: string });
  if (found !== undefined) throw lostWriteError(path, found.reason);
}

function refuseRemoved(disk: Disk, path: string): void {
  const tombstone = readOwn(disk, path, TOMBSTONE, (value) => value as Tombstone);
  if (tombstone === undefined) return;
  throw removedError(path, tombstone.reason);
}

export const removedError = (path: string, reason: string): StartError =>
  new StartError(
    'member-removed',
    `the member of the data directory ${path} was removed from its cluster (${reason})`,
    'to take part again it joins as a new member: add it, and start it with an empty --data-dir',
  );

/** What the disk refuses, for the person who has to make room or mend it. */
export function unusable(disk: Disk, path: string, error: Error): StartError {
  const full = (error instanceof DiskError && error.code === 'no-space') || /no space left/i.test(error.message);
  const room = full && disk.exists(path) ? ` (${disk.freeBytes(path)} bytes free)` : '';
  return new StartError(
    'data-directory-unusable',
    `cannot use the data directory ${path}: ${error.message}${room}`,
    full ? 'free some space on its disk' : 'make it writable for this user, or choose another with --data-dir',
    { cause: error },
  );
}

/** Throws StartError for a directory that has something in it and is not Reknit's. */
function refuseForeign(disk: Disk, path: string): void {
  const leftover = disk
    .list(path)
    .find((name) => name !== 'lock' && !name.endsWith('.tmp') && !name.endsWith('.log') && !OWN_LEFTOVERS.has(name));
  if (leftover === undefined) return;
  throw new StartError(
    'data-directory-foreign',
    `the data directory ${path} holds ${leftover} but no identity.json, so it is not Reknit's`,
    'choose an empty or new directory with --data-dir',
  );
}

/** Of a start that came not so far. */
const OWN_LEFTOVERS: ReadonlySet<string> = new Set(['exit.json', RESERVE, JOINING, 'genesis.json', 'configuration.json']);

function createIdentity(runtime: Runtime, path: string, cluster: Cluster, self: Member): Identity {
  refuseForeign(runtime.disk, path);
  const identity: Identity = {
    format: DATA_FORMAT,
    clusterId: cluster.id.toString(16),
    memberId: self.id.toString(16),
    name: self.name,
    incarnation: toHex(runtime.random.bytes(16)),
  };
  replaceJsonFile(runtime.disk, path, 'identity.json', identity);
  return identity;
}

/** Whether a member has ever begun in it. */
export const isInhabited = (disk: Disk, path: string): boolean =>
  disk.exists(`${path}/identity.json`) || disk.exists(`${path}/${TOMBSTONE}`);

/** Of a directory that is about to join: drawn once and durable before anybody hears it, or a crash would lose it. */
export function incarnationToJoin(runtime: Runtime, path: string): string {
  const { disk } = runtime;
  disk.makeDirectory(path);
  refuseForeign(disk, path);
  const known = readOwn(disk, path, JOINING, (value) => (value as Pick<Identity, 'incarnation'>).incarnation);
  if (known !== undefined) return known;
  const incarnation = toHex(runtime.random.bytes(16));
  replaceJsonFile(disk, path, JOINING, { incarnation });
  return incarnation;
}

/** The directory is a member's once the last of these is there. */
export function writeJoined(disk: Disk, path: string, joined: Joined): void {
  const { genesis, configuration, ...identity } = joined;
  replaceJsonFile(disk, path, 'genesis.json', { ...genesis, started: true });
  replaceJsonFile(disk, path, 'configuration.json', { format: FORMAT, ...configuration });
  replaceJsonFile(disk, path, 'identity.json', { format: DATA_FORMAT, ...identity });
}

/** By somebody who asked for it; a level that was raised leaves the members as the flags describe them. */
function hasChanged(disk: Disk, path: string): boolean {
  const configuration = readOwn(disk, path, 'configuration.json', configurationOf);
  if (configuration === undefined) return false;
  const { members, requests, removed, epoch, plan } = configuration;
  const voters = readOwn(disk, path, 'genesis.json', (value) => value as Genesis)?.voters ?? {};
  const sameMembers = members.every(({ id }) => id in voters) && members.length === Object.keys(voters).length;
  return !sameMembers || plan !== undefined || requests.length > 0 || removed.length > 0 || epoch > 1;
}

/** @param changed since its genesis, or joined later: the flags describe the cluster no more */
function checkIdentity(found: Identity, path: string, cluster: Cluster, self: Member, changed: boolean): void {
  if (found.format !== DATA_FORMAT) {
    throw new StartError(
      'data-directory-foreign',
      `the data directory ${path} has format ${found.format}, this Reknit reads ${DATA_FORMAT}`,
      'use the Reknit version that wrote it',
    );
  }
  if (!changed && found.clusterId !== cluster.id.toString(16)) {
    throw new StartError(
      'data-directory-foreign',
      `the data directory ${path} belongs to cluster ${found.clusterId}, not to ${cluster.id.toString(16)} that the flags describe`,
      'give the --initial-cluster and --initial-cluster-token it was made with, or another --data-dir',
    );
  }
  const same = changed ? found.name === self.name : nodeIdOf(BigInt(`0x${found.memberId}`)) === self.nodeId;
  if (!same) {
    throw new StartError(
      'data-directory-foreign',
      `the data directory ${path} belongs to member ${found.name}, not to ${self.name}`,
      'give each member its own --data-dir',
    );
  }
}

function readOwn<T>(disk: Disk, directory: string, name: string, read: (value: unknown) => T): T | undefined {
  try {
    const value = readJsonFile(disk, `${directory}/${name}`);
    return value === undefined ? undefined : read(value);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof MalformedBytesError)) throw error;
    const cause = `${directory}/${name} is damaged: ${error.message}`;
    throw new StartError('data-directory-damaged', cause, 'restore it from a backup, or replace this member', { cause: error });
  }
}
