// The protocols by name, as a cluster's genesis and its flags name them.
import { paxos } from './paxos/index.js';
import { raft } from './raft/index.js';
import type { Protocol, ProtocolName } from './replica.js';
import { zab } from './zab/index.js';

/** What a host can run. */
export const protocols: Readonly<Record<ProtocolName, Protocol<unknown>>> = { raft, paxos, zab };
