// What passes over an agent's control socket: one JSON text per frame. Both ends prove that they know the cluster's
// secret, each over the other's fresh challenge, before the first command.
//
//   agent → {challenge}    client → {challenge, proof}    agent → {proof} or {error}, and closes
//   client → {id, command}    agent → {id, result} or {id, error}    agent → {event}, once subscribed
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { utf8Decode, utf8Encode } from '@reknit/base';
import type { Standing } from '@reknit/failure-detector';
import type { EngineEvent, EngineStatus, Incident, Pause, StopOutcome, Why } from '@reknit/recovery';
import type { ProcessIdentity } from '@reknit/runtime';

export type Command =
  | { readonly kind: 'status' }
  | { readonly kind: 'incidents' }
  /** The id, or the beginning of exactly one. */
  | { readonly kind: 'incident'; readonly id: string }
  | { readonly kind: 'why'; readonly subject?: string }
  | { readonly kind: 'planned-stop'; readonly subject: string; readonly forMs: number; readonly by: string }
  /** Stop in order, start, verify; `force`: though it costs the majority. */
  | { readonly kind: 'restart'; readonly subject: string; readonly by: string; readonly force: boolean }
  /** `repair`: its data are had anew from its peers; `replace`: a spare takes its place. */
  | {
      readonly kind: 'mend';
      readonly action: 'repair' | 'replace';
      readonly subject: string;
      readonly by: string;
      readonly force: boolean;
    }
  /** The fingerprint of the plan that was seen; absent: of the one that stands. */
  | { readonly kind: 'approve'; readonly id: string; readonly by: string; readonly fingerprint?: string }
  | { readonly kind: 'reject'; readonly id: string; readonly by: string; readonly reason: string }
  | { readonly kind: 'acknowledge'; readonly id: string; readonly by: string }
  /** Of one subject, or of everything. `until`: wall-clock milliseconds, for a maintenance. */
  | {
      readonly kind: 'mode';
      readonly subject?: string;
      readonly mode: 'observe' | 'passive' | 'active' | 'maintenance' | 'declared';
      readonly until?: number;
      readonly by: string;
    }
  /** The agent only observes, everything or one subject, for so long. */
  | { readonly kind: 'pause'; readonly subject?: string; readonly forMs: number; readonly by: string }
  /** Without a subject: ends every pause. */
  | { readonly kind: 'resume'; readonly subject?: string; readonly by: string }
  | { readonly kind: 'stop-all'; readonly by: string }
  /** Events after this sequence, as far back as the agent remembers; then each as it happens. */
  | { readonly kind: 'subscribe'; readonly after: number };

export interface OtherAgent {
  readonly name: string;
  readonly host: string;
  readonly standing: Standing;
}

export interface AgentStatus extends EngineStatus {
  readonly process: ProcessIdentity;
  /** Of other machines, as this one sees them; absent when it knows of none. */
  readonly otherAgents?: readonly OtherAgent[];
  /** Where Prometheus finds its metrics; absent when no port could be had. */
  readonly metricsUrl?: string;
  /** The etcd that holds its records; absent: the nodes' own keyspace `_system` does. */
  readonly store?: readonly string[];
}

/** What each command answers. */
export interface Results {
  readonly status: AgentStatus;
  readonly incidents: readonly Incident[];
  readonly incident: Incident;
  readonly why: Why;
  readonly 'planned-stop': { readonly outcome: StopOutcome };
  /** The record as it begins; follow it by its events, or ask for it again. */
  readonly restart: { readonly incident: Incident };
  readonly mend: { readonly incident: Incident };
  readonly approve: { readonly incident: Incident };
  readonly reject: { readonly incident: Incident };
  readonly acknowledge: { readonly incident: Incident };
  /** Those that operators have set. */
  readonly mode: { readonly modes: EngineStatus['modes'] };
  /** The pauses that hold now. */
  readonly pause: { readonly pauses: readonly Pause[] };
  readonly resume: { readonly pauses: readonly Pause[] };
  readonly 'stop-all': { readonly outcomes: Readonly<Record<string, StopOutcome>> };
  readonly subscribe: { readonly subscribed: true };
}

export interface ToAgent {
  readonly challenge?: string;
  readonly proof?: string;
  readonly id?: number;
  readonly command?: Command;
}

export interface FromAgent {
  readonly challenge?: string;
  readonly proof?: string;
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: string;
  readonly event?: EngineEvent;
}

export type Role = 'agent' | 'client';

export const newChallenge = (): string => randomBytes(16).toString('hex');

export const prove = (secret: Uint8Array, role: Role, challenge: string): string =>
  createHmac('sha256', secret).update(`reknit control|${role}|${challenge}`).digest('hex');

export function proves(secret: Uint8Array, role: Role, challenge: string, proof: unknown): boolean {
  if (typeof proof !== 'string') return false;
  const expected = Buffer.from(prove(secret, role, challenge), 'hex');
  const given = Buffer.from(proof, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

export const encodeFrame = (message: ToAgent | FromAgent): Uint8Array => utf8Encode(JSON.stringify(message));

/** Undefined for what is not a JSON object; its fields are checked where they are used. */
export function decodeFrame(frame: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(utf8Decode(frame));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

type PartCheck = (value: unknown) => boolean;

const isText: PartCheck = (value) => typeof value === 'string' && value !== '';
const isOptionalText: PartCheck = (value) => value === undefined || isText(value);
const isDuration: PartCheck = (value) => typeof value === 'number' && value > 0 && Number.isFinite(value);
const isNumber: PartCheck = (value) => typeof value === 'number';
const isFlag: PartCheck = (value) => typeof value === 'boolean';

const isOptionalNumber: PartCheck = (value) => value === undefined || isNumber(value);
const isOneOf =
  (...choices: readonly string[]): PartCheck =>
  (value) =>
    typeof value === 'string' && choices.includes(value);

const PARTS: Readonly<Record<Command['kind'], Readonly<Record<string, PartCheck>>>> = {
  status: {},
  incidents: {},
  incident: { id: isText },
  why: { subject: isOptionalText },
  'planned-stop': { subject: isText, forMs: isDuration, by: isText },
  restart: { subject: isText, by: isText, force: isFlag },
  mend: { action: isOneOf('repair', 'replace'), subject: isText, by: isText, force: isFlag },
  approve: { id: isText, by: isText, fingerprint: isOptionalText },
  reject: { id: isText, by: isText, reason: isText },
  acknowledge: { id: isText, by: isText },
  mode: {
    subject: isOptionalText,
    mode: isOneOf('observe', 'passive', 'active', 'maintenance', 'declared'),
    until: isOptionalNumber,
    by: isText,
  },
  pause: { subject: isOptionalText, forMs: isDuration, by: isText },
  resume: { subject: isOptionalText, by: isText },
  'stop-all': { by: isText },
  subscribe: { after: isNumber },
};

/** Undefined for an unknown command or one with wrong parts. */
export function asCommand(value: unknown): Command | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const given = value as Readonly<Record<string, unknown>>;
  if (typeof given.kind !== 'string' || !Object.hasOwn(PARTS, given.kind)) return undefined;
  const parts = Object.entries(PARTS[given.kind as Command['kind']]);
  if (!parts.every(([name, isRight]) => isRight(given[name]))) return undefined;
  const present = parts.filter(([name]) => given[name] !== undefined).map(([name]) => [name, given[name]]);
  // The table vouches for every part.
  return { kind: given.kind, ...Object.fromEntries(present) } as unknown as Command;
}
