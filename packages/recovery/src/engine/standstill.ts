// A subject that is down and left so: on purpose, because nothing may be done, or because the engine has given up. It is
// looked at now and then all the same, because somebody may start it by hand.
import type { ProcessIdentity } from '@reknit/runtime';
import type { Standing } from './guard-state.js';
import type { Hold } from './hold.js';

/** How often: a person who starts it by hand does not notice the difference. */
const LOOK_EVERY_MS = 2000;

export interface Stand {
  readonly kind: Standing['kind'];
  /** For `why`. */
  readonly reason: string;
  /** Until it is over; undefined: until it is looked at again. */
  readonly leftMs: () => number | undefined;
  readonly isOver: () => boolean;
  readonly onOver: () => void;
  /** Somebody else has started it. */
  readonly onFound: (process: ProcessIdentity) => void;
}

export function standStill(hold: Hold, stand: Stand): Standing {
  const { clock } = hold.desk.runtime;
  const delay = Math.min(Math.max(0, stand.leftMs() ?? LOOK_EVERY_MS), LOOK_EVERY_MS);
  return hold.enter({ kind: stand.kind, reason: stand.reason, timer: clock.after(delay, () => void look(hold, stand)) });
}

async function look(hold: Hold, stand: Stand): Promise<void> {
  const { state } = hold;
  const holder = await hold.identify();
  if (!hold.isStill(state)) return;
  if (holder !== undefined) return stand.onFound(holder.process);
  if (stand.isOver()) return stand.onOver();
  standStill(hold, stand);
}
