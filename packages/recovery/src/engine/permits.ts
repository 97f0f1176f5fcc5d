// Who may stop the engine from acting, asked before each act: the kill switch, then a pause. Neither stops it from
// observing: incidents are opened, diagnosed and planned, and carried out once the objection is gone.
import { EVERYTHING, type PauseMark } from '../journal/entries.js';
import type { Journal } from '../journal/journal.js';
import { KillSwitch, type KillSwitchReader, NO_KILL_SWITCH } from '../recover/kill-switch.js';
import { spokenSeconds } from './words.js';

export interface Pause extends PauseMark {
  /** Absent: everything. */
  readonly subject?: string;
}

export class Permits {
  readonly killSwitch: KillSwitch | undefined;
  readonly #journal: Journal;
  readonly #stamp: () => number;

  constructor(journal: Journal, stamp: () => number, killSwitch: KillSwitchReader = NO_KILL_SWITCH) {
    this.killSwitch = killSwitch === NO_KILL_SWITCH ? undefined : new KillSwitch(killSwitch);
    this.#journal = journal;
    this.#stamp = stamp;
  }

  /** Why the engine must not act on this subject now; undefined: it may. */
  objection(subject: string, tier: 'reflex' | 'coordinated' = 'reflex'): string | undefined {
    return this.killSwitch?.objection(tier) ?? this.#pauseObjection(subject);
  }

  /** Those that hold now. */
  pauses(): readonly Pause[] {
    const { pauses } = this.#journal.memory;
    return [...pauses]
      .filter(([, { until }]) => until > this.#stamp())
      .map(([scope, pause]) => (scope === EVERYTHING ? pause : { subject: scope, ...pause }));
  }

  pause(scope: string, pause: PauseMark): void {
    this.#journal.commit({ kind: 'pause', at: this.#stamp(), scope, pause });
  }

  /** Of everything: ends every pause. */
  resume(scope: string): void {
    const scopes = scope === EVERYTHING ? [...this.#journal.memory.pauses.keys()] : [scope];
    for (const each of scopes) this.#journal.commit({ kind: 'pause', at: this.#stamp(), scope: each, pause: null });
  }

  #pauseObjection(subject: string): string | undefined {
    const pause = this.pauses().find((each) => each.subject === undefined || each.subject === subject);
    return pause === undefined ? undefined : spokenPause(pause, this.#stamp());
  }
}

export const spokenPause = ({ subject, until, by }: Pause, at: number): string =>
  `${subject === undefined ? 'healing' : `healing of ${subject}`} is paused by ${by} for another ${spokenSeconds(until - at)}: only observing`;
