// The files that say whose data this is. `identity.json` is written once, before anything else, and names the cluster, the
// member and the directory's random incarnation; `genesis.json` holds the branch that all initial voters agreed on.
// Both are replaced atomically: a crash leaves the old or the new one whole.
import { toHex } from '@reknit/base';
import { type Disk, DiskError, type Runtime } from '@reknit/runtime';
import { readJsonFile, replaceJsonFile } from './atomic-file.js';
import { type Cluster, type Member, nodeIdOf } from './cluster/identity.js';
import { StartError } from './start-error.js';

/** Raised when an older Reknit could not read the directory any more. */
const DATA_FORMAT = 1;

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
  /** All voters are known to have made their genesis durable: replicas may take part. */
  readonly started: boolean;
}

export class DataDirectory {
  readonly path: string;
  readonly identity: Identity;
  readonly #disk: Disk;
  #genesis: Genesis | undefined;

  private constructor(disk: Disk, path: string, identity: Identity, genesis: Genesis | undefined) {
    this.#disk = disk;
    this.path = path;
    this.identity = identity;
    this.#genesis = genesis;
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
    const found = readOwn<Identity>(disk, path, 'identity.json');
    if (found !== undefined) checkIdentity(found, path, cluster, self);
    const identity = found ?? createIdentity(runtime, path, cluster, self);
    return new DataDirectory(disk, path, identity, readOwn<Genesis>(disk, path, 'genesis.json'));
  }

  get genesis(): Genesis | undefined {
    return this.#genesis;
  }

  /** Durable when it returns. */
  writeGenesis(genesis: Genesis): void {
    replaceJsonFile(this.#disk, this.path, 'genesis.json', genesis);
    this.#genesis = genesis;
  }
}

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

function createIdentity(runtime: Runtime, path: string, cluster: Cluster, self: Member): Identity {
  const leftover = runtime.disk
    .list(path)
    .find((name) => name !== 'lock' && !name.endsWith('.tmp') && !name.endsWith('.log') && name !== 'exit.json');
  if (leftover !== undefined) {
    throw new StartError(
      'data-directory-foreign',
      `the data directory ${path} holds ${leftover} but no identity.json, so it is not Reknit's`,
      'choose an empty or new directory with --data-dir',
    );
  }
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

function checkIdentity(found: Identity, path: string, cluster: Cluster, self: Member): void {
  if (found.format !== DATA_FORMAT) {
    throw new StartError(
      'data-directory-foreign',
      `the data directory ${path} has format ${found.format}, this Reknit reads ${DATA_FORMAT}`,
      'use the Reknit version that wrote it',
    );
  }
  if (found.clusterId !== cluster.id.toString(16)) {
    throw new StartError(
      'data-directory-foreign',
      `the data directory ${path} belongs to cluster ${found.clusterId}, not to ${cluster.id.toString(16)} that the flags describe`,
      'give the --initial-cluster and --initial-cluster-token it was made with, or another --data-dir',
    );
  }
  if (nodeIdOf(BigInt(`0x${found.memberId}`)) !== self.nodeId) {
    throw new StartError(
      'data-directory-foreign',
      `the data directory ${path} belongs to member ${found.name}, not to ${self.name}`,
      'give each member its own --data-dir',
    );
  }
}

function readOwn<T>(disk: Disk, directory: string, name: string): T | undefined {
  try {
    return readJsonFile(disk, `${directory}/${name}`) as T | undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const cause = `${directory}/${name} is damaged: ${error.message}`;
    throw new StartError('data-directory-damaged', cause, 'restore it from a backup, or replace this member', { cause: error });
  }
}
