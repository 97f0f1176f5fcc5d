// Ending a component's whole process group, and certainty that it has ended: a worker that is left would keep the port.
import type { Millis } from '@reknit/base';
import type { FenceOutcome, StopOutcome } from '@reknit/recovery';
import type { Runtime } from '@reknit/runtime';
import type { StopSignal } from './component.js';
import { type Group, isGroupAlive, signalGroup } from './process-group.js';

const POLL_MS: Millis = 10;
/** A killed process that is still there after this is stuck in the kernel: that is for a human. */
const KILL_GRACE_MS: Millis = 5000;

/** SIGKILL reaches stopped processes too. */
export async function endByForce(runtime: Runtime, group: Group, withinMs: Millis): Promise<FenceOutcome> {
  if (!signalGroup(runtime.processes, group, 'SIGKILL')) return 'gone';
  return (await goneWithin(runtime, group, withinMs)) ? 'gone' : 'still-there';
}

export async function endInOrder(
  runtime: Runtime,
  group: Group,
  stop: { signal: StopSignal; graceMs: Millis },
): Promise<StopOutcome> {
  if (!signalGroup(runtime.processes, group, stop.signal)) return 'already-gone';
  // Who is stopped does not hear the request before it goes on.
  signalGroup(runtime.processes, group, 'SIGCONT');
  if (await goneWithin(runtime, group, stop.graceMs)) return 'terminated';
  return (await endByForce(runtime, group, KILL_GRACE_MS)) === 'gone' ? 'killed' : 'still-there';
}

async function goneWithin({ clock, processes }: Runtime, group: Group, timeoutMs: Millis): Promise<boolean> {
  const deadline = clock.now() + timeoutMs;
  while (isGroupAlive(processes, group)) {
    if (clock.now() >= deadline) return false;
    await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
  }
  return true;
}
