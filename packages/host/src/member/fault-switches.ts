// Faults that a member causes itself on request, for drills: in its event loop, its links, its disk, its clock and its next starts.
// They exist only in a member that was started with --fault-switches, and obey only who proves the cluster's secret over
// a challenge that serves once.
//
// Surprising: an armed exit lies in the data directory (`fault-switches.json`), because it must outlive the process.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unreachable } from '@reknit/base';
import type { HttpHandler, HttpResponse } from '@reknit/grpc';
import type { Clock } from '@reknit/runtime';
import type { CuttableNetwork } from './cuttable-network.js';
import { describeFault, type Fault, KNOWN_FAULTS, parseFault } from './fault.js';
import type { SickClock } from './sick-clock.js';
import type { SickDisk } from './sick-disk.js';

export const FAULT_SWITCHES_PATH = '/reknit/fault-switches';

const CHALLENGE_FOR_MS = 10_000;
/** One drill asks for one at a time; older ones are forgotten. */
const CHALLENGES_MAX = 16;
/** The answer has left by then. */
const AFTER_ANSWER_MS = 20;

export interface FaultSwitchOptions {
  readonly enabled: boolean;
  readonly clock: Clock;
  readonly secret: Uint8Array;
  readonly dataDirectory: string;
  readonly illnesses: Illnesses;
}

/** What can be made sick of what the member stands on. */
export interface Illnesses {
  readonly links: Pick<CuttableNetwork, 'cut' | 'delay'>;
  readonly disk: Pick<SickDisk, 'slow' | 'fill' | 'failNextSync'>;
  readonly clock: Pick<SickClock, 'shift'>;
}

/** Answers for the fault switches; everything else goes on to `next`. */
export function withFaultSwitches(options: FaultSwitchOptions, next: HttpHandler): HttpHandler {
  const challenges = new Map<string, number>();
  return (request, respond) => {
    const [path, query = ''] = request.path.split('?');
    if (path !== FAULT_SWITCHES_PATH) return next(request, respond);
    if (!options.enabled)
      return respond(refusal(403, 'fault switches are off: they exist only in a node that was started with --fault-switches'));
    if (request.method === 'GET') return respond(json(200, { challenge: newChallenge(challenges, options.clock) }));
    respond(obey(new URLSearchParams(query), challenges, options));
  };
}

/** What the one who throws a switch sends as its proof. */
export const proveFault = (secret: Uint8Array, challenge: string, fault: Fault): string =>
  createHmac('sha256', secret)
    .update(`reknit fault switch|${challenge}|${describeFault(fault)}`)
    .digest('hex');

/** Counts one armed exit down; the code with which this start has to end, if it has to. */
export function exitDueAtStart(dataDirectory: string): number | undefined {
  const path = fileIn(dataDirectory);
  const armed = readArmed(path);
  if (armed === undefined) return undefined;
  if (armed.times > 1) writeFileSync(path, JSON.stringify({ ...armed, times: armed.times - 1 }));
  else disarmExits(dataDirectory);
  return armed.code;
}

/** Takes back the exits that are still armed; the member need not be running. */
export const disarmExits = (dataDirectory: string): void => rmSync(fileIn(dataDirectory), { force: true });

const fileIn = (dataDirectory: string): string => join(dataDirectory, 'fault-switches.json');

function newChallenge(challenges: Map<string, number>, clock: Clock): string {
  const [oldest] = challenges.keys();
  if (challenges.size >= CHALLENGES_MAX && oldest !== undefined) challenges.delete(oldest);
  const challenge = randomBytes(16).toString('hex');
  challenges.set(challenge, clock.now() + CHALLENGE_FOR_MS);
  return challenge;
}

function obey(query: URLSearchParams, challenges: Map<string, number>, options: FaultSwitchOptions): HttpResponse {
  const fault = parseFault(query);
  if (fault === undefined) return refusal(400, `unknown fault: ${KNOWN_FAULTS}`);
  const challenge = query.get('challenge') ?? '';
  const until = challenges.get(challenge) ?? Number.NEGATIVE_INFINITY;
  challenges.delete(challenge);
  const proof = Buffer.from(query.get('proof') ?? '', 'hex');
  const expected = Buffer.from(proveFault(options.secret, challenge, fault), 'hex');
  const proves = proof.length === expected.length && timingSafeEqual(proof, expected);
  if (!proves || until < options.clock.now())
    return refusal(401, 'not authenticated: the cluster secret differs, or the challenge is old');
  cause(fault, options);
  return json(200, { done: fault });
}

function cause(fault: Fault, { clock, dataDirectory, illnesses }: FaultSwitchOptions): void {
  switch (fault.kind) {
    case 'block-loop':
      return void clock.after(AFTER_ANSWER_MS, () => compute(clock, fault.ms));
    case 'cut-links':
      return illnesses.links.cut(peersOf(fault), fault.ms);
    case 'delay-links':
      return illnesses.links.delay(peersOf(fault), fault.delayMs, fault.ms);
    case 'slow-disk':
      return illnesses.disk.slow(fault.delayMs, fault.ms);
    case 'full-disk':
      return illnesses.disk.fill(fault.ms);
    case 'failed-sync':
      return illnesses.disk.failNextSync();
    case 'clock-offset':
      return illnesses.clock.shift(fault.offsetMs, fault.ms);
    case 'exit-at-start':
      mkdirSync(dataDirectory, { recursive: true });
      return writeFileSync(fileIn(dataDirectory), JSON.stringify({ times: fault.times, code: fault.code }), { mode: 0o600 });
    default:
      return unreachable(fault);
  }
}

const peersOf = ({ peers }: { readonly peers: string }): readonly string[] => (peers === '' ? [] : peers.split(','));

function compute(clock: Clock, ms: number): void {
  const end = clock.now() + ms;
  while (clock.now() < end) createHmac('sha256', 'block').update('the loop').digest();
}

function readArmed(path: string): { readonly times: number; readonly code: number } | undefined {
  try {
    const { times, code } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    return typeof times === 'number' && typeof code === 'number' ? { times, code } : undefined;
  } catch {
    return undefined;
  }
}

const json = (status: number, value: unknown): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

const refusal = (status: number, error: string): HttpResponse => json(status, { error });
