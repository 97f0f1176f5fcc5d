// Ends a living process, in order or by force. Nothing goes on before the kernel confirms its end: so no two lives of a
// subject ever overlap, however late the old one would have woken up.
import type { ProcessIdentity } from '@reknit/runtime';
import type { Hold } from './hold.js';
import { spokenSeconds } from './words.js';

export interface Ending {
  readonly process: ProcessIdentity;
  readonly unwatch: () => void;
}

export class Stops {
  readonly #hold: Hold;

  constructor(hold: Hold) {
    this.#hold = hold;
  }

  /** For the step that is under way; it goes on when the end is noticed. */
  end(ending: Ending, how: 'fence' | 'stop'): void {
    this.#hold.desk.detector.forget(this.#hold.subject);
    if (how === 'fence') return void this.#fence(ending);
    return void this.#stop(ending);
  }

  async #fence({ process, unwatch }: Ending): Promise<void> {
    const { desk, subject, case: file } = this.#hold;
    const fencing = this.#hold.pass({ kind: 'fencing', process, unwatch });
    // What can be seen of it is lost with it.
    file.steps.keep(desk.driver.look(process));
    file.steps.act();
    const outcome = await desk.driver.fence(subject, process, desk.settings.fenceTimeoutMs);
    if (outcome === 'gone' || !this.#hold.isStill(fencing)) return;
    file.steps.end('failed', `the kernel has not ended pid ${process.pid}`);
    file.escalate(
      `pid ${process.pid} was killed and is still there after ${spokenSeconds(desk.settings.fenceTimeoutMs)}: it is stuck in the kernel, and nothing is started beside it`,
    );
  }

  async #stop({ process, unwatch }: Ending): Promise<void> {
    const { desk, subject, case: file } = this.#hold;
    const stopping = this.#hold.pass({ kind: 'stopping', process, unwatch, next: 'go-on' });
    file.steps.act();
    const outcome = await desk.driver.stop(subject, process, desk.settings.stopGraceMs);
    if (outcome !== 'still-there' || !this.#hold.isStill(stopping)) return;
    file.steps.end('failed', `pid ${process.pid} is still there`);
    file.escalate(`pid ${process.pid} was asked to end, then killed, and is still there: it is stuck in the kernel`);
  }
}
