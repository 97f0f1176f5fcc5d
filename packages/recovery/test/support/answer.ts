import type { ManualClock } from './manual-clock.js';

/** The agent has died before an effect. */
export class Killed extends Error {}

/** After a millisecond, and never to an agent that is dead by then. */
export function answer<Result>(
  world: { readonly clock: ManualClock },
  agent: { readonly alive: boolean },
  compute: () => Result,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    world.clock.after(1, () => {
      if (!agent.alive) return;
      try {
        resolve(compute());
      } catch (error) {
        if (!(error instanceof Killed)) reject(error);
      }
    });
  });
}
