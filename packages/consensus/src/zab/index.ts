import type { Protocol } from '../replica.js';
import { decode, encode, type ZabMessage } from './messages.js';
import { ZabReplica } from './replica.js';

export type { ZabMessage } from './messages.js';

/** Zab on a fixed set of voters; learners (ZooKeeper's observers) receive the history and never count. */
export const zab: Protocol<ZabMessage> = {
  name: 'zab',
  roundName: 'epoch',
  create: (options) => new ZabReplica(options),
  encode,
  decode,
};
