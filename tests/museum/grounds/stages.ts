import { stageRandomRun } from '../../../packages/consensus/test/support/stage-random-run.js';
import { hunter, messageOf } from '../hunter.js';

/** Enough for several changes of voters and protocol. */
const STEPS = 6000;

hunter<'stages'>((_ground, seed) => {
  try {
    stageRandomRun(['raft', 'paxos', 'zab'], seed, STEPS);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
});
