// A member within this process: the same store on the same wire as `reknit node`, for applications that bring their store along
// and for tests. What ends a member process for good (a failed sync, a broken invariant) ends this process: nothing that is in
// memory may be trusted then.
import type { Millis } from '@reknit/base';
import { createFramedServer } from '@reknit/grpc/node-http2';
import type { Logger, Runtime } from '@reknit/runtime';
import { createNodeRuntime } from '@reknit/runtime/node';
import {
  carryOutRecovery,
  httpHandler,
  type InitialMember,
  MEMBER_DEFAULTS,
  type ProtocolName,
  StartError,
  StoreMember,
  servicesOf,
} from '@reknit/store';
import { GRPC_OVERHEAD_BYTES } from '../member/limits.js';
import { isLoopback } from '../member/loopback.js';
import type { MemberStorage } from './storage.js';
import { Work, watchedDisk, watchedHome } from './work.js';

/** Small beside the 64 MiB of a member process: an embedded one shares its memory and disk with an application. */
const SEGMENT_BYTES = 16 * 1024 * 1024;
/** How long calls that are under way may take to end at a regular stop. */
const GRACE_MS = 1000;

export interface EmbeddedMemberOptions {
  /** One of the names in `cluster`. */
  readonly name: string;
  /** `host:port` of every initial member's peer listener, by name. */
  readonly cluster: Readonly<Record<string, string>>;
  /** `host:port` to serve clients on. */
  readonly clientAddress: string;
  readonly storage: MemberStorage;
  /** Shared by all members of the cluster; at least 16 bytes. */
  readonly secret: Uint8Array;
  /** Default: `etcd-cluster`. */
  readonly token?: string;
  /** With which a new cluster begins, the same for all its members. Default `raft`. */
  readonly protocol?: ProtocolName;
  /** Default 1000. The time after which a silent leader is replaced. */
  readonly electionTimeoutMs?: Millis;
  /** Default: a tenth of the election time-out. */
  readonly heartbeatIntervalMs?: Millis;
  /** There is no TLS yet; without this every address must be one of loopback. */
  readonly insecure?: boolean;
  /** Default: silent. */
  readonly log?: Logger;
}

export interface EmbeddedMember extends AsyncDisposable {
  readonly name: string;
  /** Where clients reach it. */
  readonly endpoint: string;
  /** Settles once this member serves clients: it knows a leader. Rejects with StartError where it cannot go on. */
  readonly ready: Promise<void>;
  /** Whether it leads the keyspace `default` as far as it knows. */
  readonly leads: boolean;
  /** `graceful`: calls that are under way may end. `at-once`: connections break, as at a crash. Resolves when it may be started again. */
  stop(how?: 'graceful' | 'at-once'): Promise<void>;
}

/** Resolves when it listens. Throws StartError. */
export async function startEmbeddedMember(options: EmbeddedMemberOptions): Promise<EmbeddedMember> {
  checkAddresses(options);
  const work = new Work();
  const node = createNodeRuntime({ log: options.log ?? SILENT });
  const runtime: Runtime = { ...node, disk: watchedDisk(options.storage.disk(node), work) };
  const { promise: ready, resolve, reject } = settlement();
  const failed = (error: StartError): void => {
    runtime.log.log('error', 'the member cannot go on', { code: error.code, cause: error.message });
    reject(error);
    void stop('at-once');
  };
  const settings = memberOptions(options, work);
  await new Promise<void>((carriedOut, impossible) => {
    carryOutRecovery(runtime, settings, (error) => (error === undefined ? carriedOut() : impossible(error)));
  });
  const member = new StoreMember(runtime, settings, { ready: resolve, failed });
  const server = createFramedServer({
    addresses: [options.clientAddress],
    services: servicesOf(member),
    http: httpHandler(member, async () => NO_METRICS),
    receiveBytesMax: member.options.requestBytesMax + GRPC_OVERHEAD_BYTES,
  });
  const stop = async (how: 'graceful' | 'at-once' = 'graceful'): Promise<void> => {
    if (!member.closed) member.close();
    reject(new Error('the member was stopped'));
    await server.close(how === 'graceful' ? GRACE_MS : 0);
    await work.idle();
  };
  try {
    await server.listen();
    await new Promise<void>((listening, failed) => {
      member.start((error) => (error === undefined ? listening() : failed(error)));
    });
  } catch (error) {
    await stop('at-once');
    throw error instanceof StartError ? error : addressInUse(options, error);
  }
  return {
    name: options.name,
    endpoint: server.boundAddresses[0]!,
    ready,
    get leads() {
      return !member.closed && member.group('default')?.status.role === 'leader';
    },
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}

const SILENT: Logger = { log: () => undefined };
/** The process is the application's, and so are its metrics. */
const NO_METRICS = { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: '' };

function memberOptions(options: EmbeddedMemberOptions, work: Work): StoreMember['options'] {
  const electionTimeout = options.electionTimeoutMs ?? MEMBER_DEFAULTS.electionTimeout;
  const initialCluster: InitialMember[] = Object.entries(options.cluster).map(([name, address]) => ({
    name,
    peerUrls: [`http://${address}`],
  }));
  return {
    ...MEMBER_DEFAULTS,
    name: options.name,
    dataDirectory: options.storage.directory,
    initialCluster,
    token: options.token ?? MEMBER_DEFAULTS.token,
    secret: options.secret,
    ...(options.protocol === undefined ? {} : { protocol: options.protocol }),
    listenPeers: [options.cluster[options.name] ?? ''],
    advertiseClientUrls: [`http://${options.clientAddress}`],
    electionTimeout,
    heartbeatInterval: options.heartbeatIntervalMs ?? electionTimeout / 10,
    segmentBytes: SEGMENT_BYTES,
    pagesHome: (keyspace, directory) => watchedHome(options.storage.pagesHome(keyspace, directory), work),
  };
}

function checkAddresses({ name, cluster, clientAddress, insecure = false }: EmbeddedMemberOptions): void {
  const own = cluster[name];
  if (own === undefined) {
    throw new StartError(
      'name-not-in-cluster',
      `${name} is not in the cluster (${Object.keys(cluster).join(', ')})`,
      'use one of those names',
    );
  }
  const outside = [clientAddress, own].find((address) => !isLoopback(address));
  if (outside === undefined || insecure) return;
  throw new StartError(
    'insecure-address',
    `${outside} listens beyond loopback without TLS: anyone there could read and write`,
    'use a loopback address, or accept it with insecure: true',
  );
}

const addressInUse = ({ clientAddress }: EmbeddedMemberOptions, cause: unknown): StartError =>
  new StartError(
    'address-in-use',
    `cannot listen for clients on ${clientAddress}: ${cause instanceof Error ? cause.message : String(cause)}`,
    'end the process that holds it, or choose another address',
    { cause },
  );

/** A failure that nobody waits for is not an unhandled one. */
function settlement(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((onReady, onFailed) => {
    resolve = onReady;
    reject = onFailed;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
