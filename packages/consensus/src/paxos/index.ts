import type { Protocol } from '../replica.js';
import { decode, encode, type PaxosMessage } from './messages.js';
import { PaxosReplica } from './replica.js';

export type { PaxosMessage } from './messages.js';

/** Multi-Paxos on a fixed set of voters; learners receive what is proposed and never count. */
export const paxos: Protocol<PaxosMessage> = {
  name: 'paxos',
  roundName: 'ballot',
  create: (options) => new PaxosReplica(options),
  encode,
  decode,
};
