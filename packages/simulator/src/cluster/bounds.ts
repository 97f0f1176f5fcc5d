// Memory that grows only while something is broken: sampled all through a run. Each limit is ten times what seeds need (400 events,
// 30 waiting writes, 15 segments), and far below what a queue without a bound reaches in the time of a run.
import type { World } from '@reknit/runtime/simulated';
import type { SimulatedMember } from './simulated-member.js';

/** Messages on their way, timers, and those that were cancelled and wait for their time: most are time-outs of clients. */
const EVENTS_MAX = 2000;
const EVENTS_PER_CLIENT = 150;
/** Each client waits for one at a time, and gives up long before its member does. */
const WAITING_WRITES_MAX = 100;
const WAITING_WRITES_PER_CLIENT = 20;
/** Of small segments, with a follower away and a state that cannot be flushed meanwhile. */
const SEGMENTS_MAX = 150;

/** @returns what is beyond its bound */
export function checkBounds(world: World, members: readonly SimulatedMember[], clients: number): string | undefined {
  if (world.pending > EVENTS_MAX + EVENTS_PER_CLIENT * clients) return `${world.pending} events are scheduled`;
  for (const { name, member } of members) {
    if (member === undefined) continue;
    const waitingMax = WAITING_WRITES_MAX + WAITING_WRITES_PER_CLIENT * clients;
    const { segments } = member.wal.statistics();
    if (segments > SEGMENTS_MAX) return `${name} keeps ${segments} segments of its log`;
    for (const group of member.groups) {
      if (group.waitingWrites > waitingMax) return `${group.waitingWrites} writes wait in ${group.name} of ${name}`;
    }
  }
  return undefined;
}
