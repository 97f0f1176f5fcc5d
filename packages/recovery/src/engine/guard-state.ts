import type { ProcessIdentity, Timer } from '@reknit/runtime';
import type { Boot, Mender } from '../incidents/incident.js';

/** Where one subject stands. What needs ending lives on the state that owns it. */
export type GuardState =
  | { readonly kind: 'new' }
  /** A new agent looks for what its predecessor left. */
  | { readonly kind: 'looking' }
  /** It is dead; facts are gathered. */
  | { readonly kind: 'diagnosing' }
  /** Back-off before the next start. */
  | { readonly kind: 'waiting'; readonly timer: Timer }
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
  | { readonly kind: 'stopping'; readonly process: ProcessIdentity; readonly unwatch: () => void }
  /** Stopped on purpose. */
  | { readonly kind: 'parked'; readonly timer: Timer }
  /** This agent has let go of it. */
  | { readonly kind: 'released' };

export interface HealthWatch {
  lastGoodAt: number;
  silentInARow: number;
  /** A silence of this boot was told to a human; the next answer is worth a word. */
  silenceReported: boolean;
}

export const processOf = (state: GuardState): ProcessIdentity | undefined => {
  if (state.kind === 'living') return state.boot.process;
  return state.kind === 'starting' || state.kind === 'stopping' ? state.process : undefined;
};

export const unwatchOf = (state: GuardState): (() => void) =>
  state.kind === 'starting' || state.kind === 'living' || state.kind === 'stopping' ? state.unwatch : () => undefined;

/** Ends what the state holds; never the process. */
export function letGo(state: GuardState): void {
  if (state.kind === 'waiting' || state.kind === 'parked') state.timer.cancel();
  unwatchOf(state)();
}
