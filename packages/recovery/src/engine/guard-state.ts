import type { ProcessIdentity, Timer } from '@reknit/runtime';
import type { Effort } from '../detect/facts.js';
import type { Boot, Mender } from '../incidents/incident.js';
import type { Action } from '../recover/actions.js';

/** Where one subject stands. What needs ending lives on the state that owns it. */
export type GuardState =
  | { readonly kind: 'new' }
  /** A new agent looks for what its predecessor left. */
  | { readonly kind: 'looking' }
  /** It is dead; facts are gathered. */
  | { readonly kind: 'diagnosing' }
  /** Back-off before the next start. */
  | { readonly kind: 'waiting'; readonly until: number; readonly timer: Timer }
  /** The intent is durable; who holds the port is asked once more. */
  | { readonly kind: 'launching' }
  /** A process exists and has not proven itself yet. */
  | { readonly kind: 'starting'; readonly process: ProcessIdentity; readonly by: Mender; readonly unwatch: () => void }
  | {
      readonly kind: 'living';
      readonly boot: Boot;
      readonly by: Mender;
      readonly unwatch: () => void;
      readonly health: HealthWatch;
    }
  /** Silent and about to be ended by force: no other life may begin before the kernel confirms the end of this one. */
  | { readonly kind: 'fencing'; readonly process: ProcessIdentity; readonly unwatch: () => void }
  | {
      readonly kind: 'stopping';
      readonly process: ProcessIdentity;
      readonly unwatch: () => void;
      /** `go-on`: with the step that it was stopped for. */
      readonly next: 'park' | 'go-on';
    }
  /** Down, while its driver carries out a step on what it left. */
  | { readonly kind: 'acting'; readonly action: Action }
  | Standing
  /** This agent has let go of it. */
  | { readonly kind: 'released' };

/** Down, and left so. */
export interface Standing {
  /** Stopped on purpose; not allowed to be started; given up until a human acts; at the end of its life. */
  readonly kind: 'parked' | 'held' | 'halted' | 'retired';
  readonly reason: string;
  readonly timer: Timer;
}

export interface HealthWatch {
  /** In wall-clock milliseconds: since when this life is watched. */
  readonly since: number;
  /** Of record, in wall-clock milliseconds. */
  lastHeardAt: number;
  probing: boolean;
  investigating: boolean;
  /** In wall-clock milliseconds. */
  investigatedAt: number;
  /** At its last look it was silent, or its detectors said that it is ill. */
  unwell: boolean;
  /** Looks in a row at which most of its peers said that it is down. */
  accusedInARow: number;
  /** Looks in a row at which the kernel said that it is stopped. */
  stoppedInARow: number;
  /** What its main thread had used when it was last heard. */
  effortAtLast: Effort | undefined;
  /** The last inaction that was told, so that it is told once. */
  told: string;
}

export const processOf = (state: GuardState): ProcessIdentity | undefined => {
  if (state.kind === 'living') return state.boot.process;
  return state.kind === 'starting' || state.kind === 'stopping' || state.kind === 'fencing' ? state.process : undefined;
};

export const unwatchOf = (state: GuardState): (() => void) => ('unwatch' in state ? state.unwatch : () => undefined);

/** Ends what the state holds; never the process. */
export function letGo(state: GuardState): void {
  if ('timer' in state) state.timer.cancel();
  unwatchOf(state)();
}
