// What explorations make of a sandbox before they begin.
import type { NodeId } from '../../src/index.js';
import type { Sandbox } from './sandbox.js';

export function storeAll<Message>(world: Sandbox<Message>, id: NodeId): void {
  for (let more = true; more; ) more = world.store(id);
}

export function clearLinks<Message>(world: Sandbox<Message>): void {
  for (const link of world.links.values()) link.length = 0;
}

/** What is under way to and from it stays. */
export function restart<Message>(world: Sandbox<Message>, id: NodeId): void {
  world.crash(id, 'links-remain');
  world.start(id);
}

/** The newest message between them arrives, and what it brings is stored. */
export function deliverNewest<Message>(world: Sandbox<Message>, from: NodeId, to: NodeId): void {
  world.deliver(from, to, world.link(from, to).length - 1);
  storeAll(world, to);
}
