import type { ProcessIdentity } from '@reknit/runtime';
import type { Incident } from '../incidents/incident.js';
import type { GuardState } from './guard-state.js';

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
}

export interface EngineStatus {
  readonly observer: string;
  readonly since: number;
  readonly subjects: readonly SubjectStatus[];
  readonly open: readonly Incident[];
}
