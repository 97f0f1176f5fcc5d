import { protocols } from '@reknit/consensus';
import { randomRun } from '../../../packages/consensus/test/support/random-run.js';
import { hunter, messageOf } from '../hunter.js';

/** Enough for several leaders, crashes and snapshots. */
const STEPS = 4000;

hunter<'runs'>((ground, seed) => {
  try {
    randomRun(protocols[ground.protocol], seed, STEPS);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
});
