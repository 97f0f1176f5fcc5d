export { nextBeat } from './beat.js';
export { type PaxosMessage, paxos } from './paxos/index.js';
export { protocols } from './protocols.js';
export { type RaftMessage, raft } from './raft/index.js';
export type * from './replica.js';
export * from './succession/index.js';
export * from './types.js';
export { UnreadableLogError } from './unreadable-log-error.js';
export { type ZabMessage, zab } from './zab/index.js';
