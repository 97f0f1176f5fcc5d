import type { ProcessIdentity } from '@reknit/runtime';
import type { KnownController } from '../controller/candidacy.js';
import type { Incident } from '../incidents/incident.js';
import type { SwitchState } from '../recover/kill-switch.js';
import type { ModeMark } from '../recover/modes.js';
import type { GuardState } from './guard-state.js';
import type { Pause } from './permits.js';

export interface SubjectStatus {
  readonly subject: string;
  readonly endpoint: string;
  readonly state: GuardState['kind'];
  readonly process?: ProcessIdentity;
  readonly bootId?: string;
  /** The open one. */
  readonly incident?: string;
  /** Since the last healthy soak. */
  readonly restarts: number;
  /** Why it is left down. */
  readonly reason?: string;
  /** What keeps the engine from its next act on it. */
  readonly heldBy?: readonly string[];
  /** Wall-clock milliseconds at which the next start comes. */
  readonly until?: number;
}

export interface EngineStatus {
  readonly observer: string;
  readonly since: number;
  readonly subjects: readonly SubjectStatus[];
  /** Escalated ones too: they wait for a human. */
  readonly open: readonly Incident[];
  /** Those that hold now. */
  readonly pauses: readonly Pause[];
  /** Set by operators. */
  readonly modes: readonly (ModeMark & { readonly subject?: string })[];
  /** Absent while none is known: only reflexes act then. */
  readonly controller?: KnownController & { readonly mine: boolean };
  readonly killSwitch?: { readonly path: string; readonly state: SwitchState };
}
