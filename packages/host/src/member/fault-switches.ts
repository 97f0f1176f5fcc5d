// Faults that a member causes itself on request, for drills: to block its event loop, to exit at its next starts, and to cut
// its links to other members.
// They exist only in a member that was started with --fault-switches, and obey only who proves the cluster's secret over
// a challenge that serves once.
//
// Surprising: an armed exit lies in the data directory (`fault-switches.json`), because it must outlive the process.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Millis, unreachable } from '@reknit/base';
import type { HttpHandler, HttpResponse } from '@reknit/grpc';
import type { Clock } from '@reknit/runtime';

export type Fault =
  /** Computes for so long, once the answer has left. */
  | { readonly kind: 'block-loop'; readonly ms: number }
  /** The next so many starts end at once with this exit code. */
  | { readonly kind: 'exit-at-start'; readonly times: number; readonly code: number }
  /** What it sends to these peers (`host:port`, joined by commas; empty: all) waits for so long. */
  | { readonly kind: 'cut-links'; readonly peers: string; readonly ms: number };

export const FAULT_SWITCHES_PATH = '/reknit/fault-switches';

/** Longer than any patience that a drill wants to see end. */
const BLOCK_MS_MAX = 120_000;
const TIMES_MAX = 1000;
const PEERS_LENGTH_MAX = 1000;
const KNOWN_FAULTS = `block-loop or cut-links with ms up to ${BLOCK_MS_MAX} (and peers to cut from), or exit-at-start with times and code`;
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
  readonly cutLinks: (addresses: readonly string[], forMs: Millis) => void;
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
    .update(`reknit fault switch|${challenge}|${describe(fault)}`)
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

function describe(fault: Fault): string {
  switch (fault.kind) {
    case 'block-loop':
      return `${fault.kind}|${fault.ms}`;
    case 'exit-at-start':
      return `${fault.kind}|${fault.times}|${fault.code}`;
    case 'cut-links':
      return `${fault.kind}|${fault.peers}|${fault.ms}`;
    default:
      return unreachable(fault);
  }
}

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

function parseFault(query: URLSearchParams): Fault | undefined {
  const number = (name: string, min: number, max: number): number | undefined => {
    const value = Number(query.get(name) ?? Number.NaN);
    return Number.isInteger(value) && value >= min && value <= max ? value : undefined;
  };
  const kind = query.get('fault');
  const [ms, times, code] = [number('ms', 1, BLOCK_MS_MAX), number('times', 1, TIMES_MAX), number('code', 1, 255)];
  if (kind === 'block-loop' && ms !== undefined) return { kind, ms };
  const peers = query.get('peers') ?? '';
  if (kind === 'cut-links' && ms !== undefined && peers.length <= PEERS_LENGTH_MAX) return { kind, peers, ms };
  return kind === 'exit-at-start' && times !== undefined && code !== undefined ? { kind, times, code } : undefined;
}

function cause(fault: Fault, { clock, dataDirectory, cutLinks }: FaultSwitchOptions): void {
  if (fault.kind === 'block-loop') return void clock.after(AFTER_ANSWER_MS, () => compute(clock, fault.ms));
  if (fault.kind === 'cut-links') return cutLinks(fault.peers === '' ? [] : fault.peers.split(','), fault.ms);
  mkdirSync(dataDirectory, { recursive: true });
  writeFileSync(fileIn(dataDirectory), JSON.stringify({ times: fault.times, code: fault.code }), { mode: 0o600 });
}

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
