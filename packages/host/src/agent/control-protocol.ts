// What passes over an agent's control socket: one JSON text per frame. Both ends prove that they know the cluster's
// secret, each over the other's fresh challenge, before the first command.
//
//   agent → {challenge}    client → {challenge, proof}    agent → {proof} or {error}, and closes
//   client → {id, command}    agent → {id, result} or {id, error}    agent → {event}, once subscribed
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { utf8Decode, utf8Encode } from '@reknit/base';
import type { EngineEvent, EngineStatus, Incident, StopOutcome, Why } from '@reknit/recovery';
import type { ProcessIdentity } from '@reknit/runtime';

export type Command =
  | { readonly kind: 'status' }
  | { readonly kind: 'incidents' }
  /** The id, or the beginning of exactly one. */
  | { readonly kind: 'incident'; readonly id: string }
  | { readonly kind: 'why'; readonly subject?: string }
  | { readonly kind: 'planned-stop'; readonly subject: string; readonly forMs: number; readonly by: string }
  | { readonly kind: 'stop-all'; readonly by: string }
  /** Events after this sequence, as far back as the agent remembers; then each as it happens. */
  | { readonly kind: 'subscribe'; readonly after: number };

export interface AgentStatus extends EngineStatus {
  readonly process: ProcessIdentity;
}

/** What each command answers. */
export interface Results {
  readonly status: AgentStatus;
  readonly incidents: readonly Incident[];
  readonly incident: Incident;
  readonly why: Why;
  readonly 'planned-stop': { readonly outcome: StopOutcome };
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

/** Undefined for an unknown command or one with wrong parts. */
export function asCommand(value: unknown): Command | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, id, subject, forMs, by, after } = value as Record<string, unknown>;
  switch (kind) {
    case 'status':
    case 'incidents':
      return { kind };
    case 'incident':
      return typeof id === 'string' && id !== '' ? { kind, id } : undefined;
    case 'why':
      if (subject === undefined) return { kind };
      return typeof subject === 'string' ? { kind, subject } : undefined;
    case 'planned-stop':
      if (typeof subject !== 'string' || typeof by !== 'string') return undefined;
      return typeof forMs === 'number' && forMs > 0 && Number.isFinite(forMs) ? { kind, subject, forMs, by } : undefined;
    case 'stop-all':
      return typeof by === 'string' ? { kind, by } : undefined;
    case 'subscribe':
      return typeof after === 'number' ? { kind, after } : undefined;
    default:
      return undefined;
  }
}
