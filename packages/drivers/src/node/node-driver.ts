// The store's own members as subjects: processes of this machine that answer HTTP on their client port and prove who
// they are. Children live in sessions of their own and outlive whoever started them.
//
// Surprising: ready means that the process has proven itself, not that it can serve. Whether it can, with a leader and
// a majority, is the cluster's business and is asked by the verification.
import { randomBytes } from 'node:crypto';
import type { Millis } from '@reknit/base';
import type { Boot, Check, ClockReading, Driver, FenceOutcome, Probe, StopOutcome } from '@reknit/recovery';
import type { ProcessIdentity, Runtime } from '@reknit/runtime';
import { createInstruments } from '../probes/instruments.js';
import { findPidByLaunch, LAUNCH_VARIABLE } from './find-launched.js';
import { CHALLENGE_BYTES, verifiedBoot } from './handshake.js';
import { type HttpOutcome, httpGet } from './http-get.js';
import { KeptLine } from './kept-line.js';
import { NodeActs } from './node-acts.js';
import { NodeSigns } from './node-signs.js';
import { type NodeVitals, parseVitals } from './node-vitals.js';
import { lookAt, readEffort } from './proc-look.js';
import { readExitMark, readLastWords, readRefusal, readRemoval } from './traces.js';

export interface NodeSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `http://host:port` */
  readonly clientUrl: string;
  readonly dataDir: string;
  readonly logFile: string;
}

export interface NodeDriverOptions {
  readonly runtime: Runtime;
  readonly nodes: readonly NodeSpec[];
  readonly secret: Uint8Array;
  /** Clocks of other machines, as their agents tell; a wrong one among few is found by comparing. */
  readonly otherClocks?: () => readonly ClockReading[];
}

/** It declares no metrics and no verification of its own: its data are its verification. */
const CHECKS: ReadonlySet<Check> = new Set<Check>(['identity', 'probe', 'canary', 'lag', 'redundancy', 'hash', 'soak']);
/** From its own knowledge only: a healthy follower whose leader is silent must not be silent itself. */
const VITALS = '/reknit/vitals';
const STOP_POLL_MS: Millis = 20;
/** A killed process that is still there after this is stuck in the kernel: that is for a human. */
const KILL_GRACE_MS: Millis = 5000;

export function createNodeDriver({ runtime, nodes, secret, otherClocks }: NodeDriverOptions): Driver {
  const specs = new Map(nodes.map((node) => [node.name, node]));
  const specOf = (subject: string): NodeSpec => {
    const spec = specs.get(subject);
    if (spec === undefined) throw new Error(`no node "${subject}" is configured here`);
    return spec;
  };
  const lines = new Map(nodes.map(({ name, clientUrl }) => [name, new KeptLine(`${clientUrl}${VITALS}`)]));
  const signs = new NodeSigns({
    clock: runtime.clock,
    instruments: createInstruments(),
    ...(otherClocks === undefined ? {} : { otherClocks }),
  });
  const noteRefusal = (subject: string): void => {
    const refusal = readRefusal(runtime.disk, specOf(subject).logFile);
    if (refusal !== undefined) signs.ended(subject, refusal);
  };
  const acts = new NodeActs({ disk: runtime.disk, wall: () => runtime.clock.wall(), nodes });
  return {
    subjects: [...specs.keys()],
    endpoint: (subject) => specOf(subject).clientUrl,
    state: (process) => runtime.processes.state(process),
    start: (subject, token, onEnd) => {
      const { command, args, env, logFile, dataDir } = specOf(subject);
      signs.forget(subject);
      return runtime.processes.spawn(
        { command, args: [...args, ...acts.joining(dataDir)], env: { ...env, [LAUNCH_VARIABLE]: token }, logFile },
        ({ code, signal }) => {
          noteRefusal(subject);
          const exit = { ...(code === undefined ? {} : { code }), ...(signal === undefined ? {} : { signal }) };
          onEnd({ exit, source: 'kernel exit notice' });
        },
      );
    },
    watch: (subject, process, onEnd) =>
      runtime.processes.watch(process, () => {
        noteRefusal(subject);
        onEnd({ exit: undefined, source: 'kernel exit notice' });
      }),
    findLaunched: (_subject, token) => {
      const pid = findPidByLaunch(token);
      return pid === undefined ? undefined : livingIdentity(runtime, pid);
    },
    identify: (subject, timeoutMs) => identify({ name: subject, clientUrl: specOf(subject).clientUrl }, secret, timeoutMs),
    identifyAt: (subject, endpoint, timeoutMs) => identify({ name: subject, clientUrl: endpoint }, secret, timeoutMs),
    probe: async (subject, timeoutMs) => {
      const { dataDir } = specOf(subject);
      const askedAt = runtime.clock.now();
      signs.lookAtDisk(subject, dataDir);
      const outcome = await lines.get(subject)!.get(timeoutMs);
      const said = outcome.kind === 'answered' ? parseVitals(outcome.body) : undefined;
      if (said !== undefined) signs.note(subject, said, askedAt);
      return probeOf(outcome, said);
    },
    actions: () => acts.actions(),
    act: (subject, action, order) => acts.act(specOf(subject), action, order),
    checks: () => CHECKS,
    signals: (subject) => signs.of(subject),
    exitMark: (subject) => readExitMark(runtime.disk, specOf(subject).dataDir),
    retired: (subject) => readRemoval(runtime.disk, specOf(subject).dataDir),
    lastWords: (subject) => readLastWords(runtime.disk, specOf(subject).logFile),
    effort: (process) => (runtime.processes.state(process) === 'gone' ? undefined : readEffort(process.pid)),
    look: (process) => (runtime.processes.state(process) === 'gone' ? [] : lookAt(process.pid)),
    fence: (_subject, process, withinMs) => fence(runtime, process, withinMs),
    stop: (_subject, process, graceMs) => stop(runtime, process, graceMs),
  };
}

function livingIdentity({ processes }: Runtime, pid: number): ProcessIdentity | undefined {
  const identity = processes.identify(pid);
  return identity === undefined || processes.state(identity) === 'gone' ? undefined : identity;
}

async function identify(
  spec: Pick<NodeSpec, 'name' | 'clientUrl'>,
  secret: Uint8Array,
  timeoutMs: Millis,
): Promise<Boot | undefined> {
  const challenge = randomBytes(CHALLENGE_BYTES).toString('hex');
  const outcome = await httpGet(`${spec.clientUrl}/reknit/identity?challenge=${challenge}`, timeoutMs);
  if (outcome.kind !== 'answered' || outcome.status !== 200) return undefined;
  return verifiedBoot(outcome.body, spec.name, challenge, secret);
}

function probeOf(outcome: HttpOutcome, said: NodeVitals | undefined): Probe {
  switch (outcome.kind) {
    case 'answered':
      return { connect: 'accepted', health: outcome.status === 200 ? 'good' : 'bad', ...vitalsIn(said) };
    case 'silent':
      return { connect: 'accepted', health: 'silent' };
    case 'refused':
      return { connect: 'refused', health: 'silent' };
    case 'no-answer':
      return { connect: 'no-answer', health: 'silent' };
  }
}

const vitalsIn = (said: NodeVitals | undefined): Pick<Probe, 'vitals'> => (said === undefined ? {} : { vitals: said.vitals });

async function stop(runtime: Runtime, process: ProcessIdentity, graceMs: Millis): Promise<StopOutcome> {
  if (!runtime.processes.signal(process, 'SIGTERM')) return 'already-gone';
  if (await goneWithin(runtime, process, graceMs)) return 'terminated';
  runtime.processes.signal(process, 'SIGKILL');
  return (await goneWithin(runtime, process, KILL_GRACE_MS)) ? 'killed' : 'still-there';
}

/** SIGKILL reaches a stopped process too. */
async function fence(runtime: Runtime, process: ProcessIdentity, withinMs: Millis): Promise<FenceOutcome> {
  if (!runtime.processes.signal(process, 'SIGKILL')) return 'gone';
  return (await goneWithin(runtime, process, withinMs)) ? 'gone' : 'still-there';
}

async function goneWithin({ clock, processes }: Runtime, process: ProcessIdentity, timeoutMs: Millis): Promise<boolean> {
  const deadline = clock.now() + timeoutMs;
  while (processes.state(process) !== 'gone') {
    if (clock.now() >= deadline) return false;
    await new Promise<void>((resolve) => void clock.after(STOP_POLL_MS, resolve));
  }
  return true;
}
