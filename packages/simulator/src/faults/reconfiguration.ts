// Changes of the configuration while everything else goes wrong: a plan may be refused, overtaken or given up, and what it asks for
// may come true much later. Whatever becomes of it, clients must not notice but by the time that it takes.
import type { ProtocolName } from '@reknit/consensus';
import type { Fault } from './stage.js';

const PROTOCOLS: readonly ProtocolName[] = ['raft', 'paxos', 'zab'];
const PATIENCE_MS = 5000;

/** Asked of any member that is up. */
export const protocolSwitch: Fault = (stage) => {
  const { victim, prng, world, theatre } = stage;
  const protocol = PROTOCOLS[prng.below(PROTOCOLS.length)]!;
  const { member } = victim;
  if (member === undefined) return;
  const waiter = { done: () => theatre.onSwitched(), failed: () => undefined };
  const request = { id: `switch at ${world.now}`, epoch: undefined, change: { kind: 'switch', protocol } } as const;
  victim.machine.arrive(() => member.reconfiguration.request(request, PATIENCE_MS, waiter));
};
