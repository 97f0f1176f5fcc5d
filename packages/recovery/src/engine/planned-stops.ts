// Stops on purpose: announced durably before the signal is sent, left alone until their end, then started again. A
// subject that someone starts by hand before that is adopted, and the announcement is void.
import type { ProcessIdentity } from '@reknit/runtime';
import { describeExit } from '../detect/facts.js';
import type { ProcessEnd, StopOutcome } from '../driver.js';
import type { PlannedStopMark } from '../journal/entries.js';
import { type GuardState, processOf, unwatchOf } from './guard-state.js';
import type { Hold } from './hold.js';
import type { Launcher } from './launcher.js';
import { standStill } from './standstill.js';
import { spokenSeconds } from './words.js';

export class PlannedStops {
  readonly #hold: Hold;
  readonly #launcher: Launcher;

  constructor(hold: Hold, launcher: Launcher) {
    this.#hold = hold;
    this.#launcher = launcher;
  }

  async stop(mark: PlannedStopMark): Promise<StopOutcome> {
    const hold = this.#hold;
    const { desk, subject } = hold;
    desk.journal.commit({ kind: 'mark', at: desk.stamp(), subject, mark });
    hold.case.expire(`planned stop by ${mark.by}`);
    const process = processOf(hold.state);
    if (process === undefined) {
      hold.decide(`stays down: planned stop by ${mark.by}`);
      this.#park();
      return 'already-gone';
    }
    hold.pass({ kind: 'stopping', process, unwatch: unwatchOf(hold.state), next: 'park' });
    hold.decide(`planned stop by ${mark.by}: asking pid ${process.pid} to end`);
    return desk.driver.stop(subject, process, desk.settings.stopGraceMs);
  }

  async ended(process: ProcessIdentity, { exit }: ProcessEnd): Promise<void> {
    const hold = this.#hold;
    const { boot, mark } = hold.desk.recall(hold.subject);
    const validity = mark === undefined ? '' : this.#validity(mark);
    hold.noteGone(process, exit, 'asked for');
    const parked = this.#park();
    const { verdict } = await hold.diagnose({ process, boot, exit });
    if (hold.isStill(parked)) hold.decide(`${describeExit(exit)} with planned stop mark ${validity}: ${verdict}, nothing done`);
  }

  #validity({ by, until, endsWithAgent }: PlannedStopMark): string {
    const end = endsWithAgent ? 'until an agent starts again' : `for another ${spokenSeconds(until - this.#hold.desk.stamp())}`;
    return `by ${by} ${end}`;
  }

  #park(): GuardState {
    const { desk, subject } = this.#hold;
    const by = desk.recall(subject).mark?.by ?? 'somebody';
    return standStill(this.#hold, {
      kind: 'parked',
      reason: `stopped on purpose by ${by}`,
      leftMs: () => (desk.recall(subject).mark?.until ?? 0) - desk.stamp(),
      isOver: () => !desk.isPlannedDown(subject),
      onOver: () => this.#over('the planned stop is over: starting it'),
      onFound: (process) => {
        this.voidMark();
        this.#launcher.adopt(process, 'operator');
      },
    });
  }

  voidMark(): void {
    const { desk, subject } = this.#hold;
    desk.journal.note({ kind: 'mark', at: desk.stamp(), subject, mark: null });
  }

  #over(text: string): void {
    this.voidMark();
    this.#hold.decide(text);
    void this.#launcher.launch();
  }
}
