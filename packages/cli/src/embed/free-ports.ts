// Ports for members that come and go within a test. They lie below those that the kernel gives out by itself: a port that a
// stopped member has just left would otherwise be handed to whoever asks for any port, or to an outgoing connection.
import { isFree } from '../cluster/ports.js';

const FIRST = 10_000;
const COUNT = 20_000;

/** In a row, all free now; somebody else may still be quicker. */
export async function freeLoopbackPorts(count: number): Promise<readonly number[]> {
  for (;;) {
    const first = FIRST + Math.floor(Math.random() * (COUNT - count));
    const ports = Array.from({ length: count }, (_, at) => first + at);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return ports;
  }
}
