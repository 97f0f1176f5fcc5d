import { protocols } from '@reknit/consensus';
import { walk } from '../../../packages/consensus/test/support/walk.js';
import { hunter, messageOf } from '../hunter.js';

hunter<'walks'>((ground, seed) => {
  try {
    walk(protocols[ground.protocol], seed);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
});
