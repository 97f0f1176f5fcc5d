import type { Protocol } from '../replica.js';
import { decode, encode, type RaftMessage } from './messages.js';
import { RaftReplica } from './replica.js';

export type { RaftMessage } from './messages.js';

/** Raft on a fixed set of voters; learners receive the log and never count. */
export const raft: Protocol<RaftMessage> = {
  name: 'raft',
  roundName: 'term',
  create: (options) => new RaftReplica(options),
  encode,
  decode,
};
