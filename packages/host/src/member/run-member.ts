// `reknit node`: one member in one process, from its flags to its end.

import type { GrpcServer } from '@reknit/grpc';
import { createFramedServer } from '@reknit/grpc/node-http2';
import type { Runtime } from '@reknit/runtime';
import { createNodeRuntime } from '@reknit/runtime/node';
import {
  carryOutRecovery,
  ETCD_API_VERSION,
  httpHandler,
  joinCluster,
  type MemberOptions,
  mustJoin,
  StartError,
  StoreMember,
  servicesOf,
} from '@reknit/store';
import { Registry } from 'prom-client';
import { cuttable } from './cuttable-network.js';
import { writeExitRecord } from './exit-journal.js';
import { exitDueAtStart, withFaultSwitches } from './fault-switches.js';
import { checkBindable } from './free-ports.js';
import { FlagError } from './go-flags.js';
import { GRPC_OVERHEAD_BYTES } from './limits.js';
import { createLogger } from './logger.js';
import { type MemberSettings, memberUsage, readMemberFlags } from './member-flags.js';
import { createMeters } from './meters.js';
import { createMetrics } from './metrics.js';
import { sickClock } from './sick-clock.js';
import { sickDisk } from './sick-disk.js';

/** How long calls that are under way may take to end at a graceful stop. */
const GRACE_MS = 1000;

const EXAMPLES = `
Examples:
  reknit node                                     one member on 2379/2380, data in default.reknit
  reknit node --name n1 --data-dir n1 --listen-client-urls http://127.0.0.1:2379 \\
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \\
    --initial-cluster n1=http://127.0.0.1:2380,n2=http://127.0.0.1:2390,n3=http://127.0.0.1:2400
Each flag may come from the environment: --data-dir is ETCD_DATA_DIR.`;

/** Runs until the process is told to end. Resolves to the exit code when the member cannot start. */
export async function runMember(words: readonly string[]): Promise<number> {
  try {
    const command = readMemberFlags(words);
    switch (command.kind) {
      case 'help':
        console.log(`${memberUsage()}\n${EXAMPLES}`);
        return 0;
      case 'version':
        console.log(`reknit Version: 0.1.0\netcd Version: ${ETCD_API_VERSION}\nNode Version: ${process.version}`);
        return 0;
      case 'run':
        return await serve(command.settings);
    }
  } catch (error) {
    if (error instanceof FlagError) return refuse(words, { code: 'usage', msg: error.message }, 2);
    if (error instanceof StartError) return refuse(words, { code: error.code, msg: error.message }, 1);
    throw error;
  }
}

/**
 * The flags may be what cannot be understood, so `--json` is looked for among the words themselves. Whoever was launched by an agent
 * writes to a log, whose lines are JSON: the agent reads the code there.
 */
function refuse(words: readonly string[], refusal: { readonly code: string; readonly msg: string }, exitCode: number): number {
  const asJson = process.env.REKNIT_LAUNCH !== undefined || words.some((word) => /^--?json(=true)?$/.test(word));
  const line = { level: 'error', ts: new Date().toISOString(), ...refusal };
  console.error(asJson ? JSON.stringify(line) : `reknit node: ${refusal.msg}`);
  return exitCode;
}

async function serve(settings: MemberSettings): Promise<number> {
  const { options } = settings;
  const exitCode = settings.faultSwitches ? exitDueAtStart(options.dataDirectory) : undefined;
  if (exitCode !== undefined) return obeyExit(settings, exitCode);
  await checkBindable(settings.listenClients, 'clients');
  await checkBindable(options.listenPeers, 'peers');
  const log = createLogger(settings.logLevel, { member: options.name });
  let bootId = '';
  const recordExit = (reason: string): void =>
    writeExitRecord(options.dataDirectory, { bootId, at: runtime.clock.wall(), reason });
  const own = createNodeRuntime({ log, onFatal: (reason) => recordExit(`fatal: ${reason}`) });
  const links = cuttable(own.network, own.clock);
  const [disk, clock] = [sickDisk(own.disk, own.clock), sickClock(own.clock)];
  const runtime = settings.faultSwitches ? { ...own, network: links.network, disk: disk.disk, clock: clock.clock } : own;
  await recovered(runtime, options);
  await joined(runtime, options);
  return new Promise((resolve, reject) => {
    const fail = (error: StartError): void => {
      recordExit(`fatal: ${error.message}`);
      reject(error);
    };
    const registry = new Registry();
    const member = new StoreMember(
      runtime,
      { ...options, meters: createMeters(registry), processorTime },
      {
        ready: () =>
          log.log('info', 'ready to serve client requests', {
            clients: settings.listenClients,
            memberId: member.self.id.toString(16),
          }),
        failed: fail,
      },
    );
    bootId = member.bootId;
    const server: GrpcServer = createFramedServer({
      addresses: settings.listenClients,
      services: servicesOf(member),
      http: withFaultSwitches(
        {
          enabled: settings.faultSwitches,
          clock: runtime.clock,
          secret: options.secret,
          dataDirectory: options.dataDirectory,
          illnesses: { links, disk, clock },
        },
        httpHandler(
          member,
          createMetrics(registry, member, () => server),
        ),
      ),
      receiveBytesMax: options.requestBytesMax + GRPC_OVERHEAD_BYTES,
    });
    server.listen().then(
      () => member.start((error) => error !== undefined && fail(error)),
      (error: unknown) => fail(listenError(settings, error)),
    );
    endOnSignals(member, server, (reason) => {
      recordExit(reason);
      resolve(0);
    });
  });
}

/** An unsafe recovery that was ordered is carried out. Rejects with StartError. */
async function recovered(runtime: Runtime, options: MemberOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    carryOutRecovery(runtime, options, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

/** Rejects with StartError when the cluster does not let this member in. */
async function joined(runtime: Runtime, options: MemberOptions): Promise<void> {
  if (!mustJoin(runtime, options)) return;
  await new Promise<void>((resolve, reject) => {
    joinCluster(runtime, options, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

/** As a fault that meets the process before it is anything. */
function obeyExit({ logLevel, options }: MemberSettings, exitCode: number): number {
  createLogger(logLevel, { member: options.name }).log('error', 'ending: a fault switch says so', { exitCode });
  return exitCode;
}

/** ms, of all threads. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Somebody was quicker than us since the ports were checked. */
function listenError(settings: MemberSettings, error: unknown): StartError {
  const message = error instanceof Error ? error.message : String(error);
  return new StartError(
    'address-in-use',
    `cannot listen for clients on ${settings.listenClients.join(', ')}: ${message}`,
    'end the process that holds it, or choose another with --listen-client-urls',
    { cause: error },
  );
}

function endOnSignals(member: StoreMember, server: GrpcServer, ended: (reason: string) => void): void {
  let ending = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (ending) return;
      ending = true;
      member.runtime.log.log('info', 'ending', { signal });
      member.close();
      void server.close(GRACE_MS).then(() => ended(`signal ${signal}`));
    });
  }
}
