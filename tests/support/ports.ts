// Ports for servers that come and go during a test. They lie below those that the kernel gives out by itself: a port that a
// killed server has just left would otherwise be handed to whoever asks for any port, or to an outgoing connection.
import { createServer } from 'node:net';

const FIRST = 10_000;
const COUNT = 20_000;

/** The first of a block of ports that are free now. */
export async function freePortBlock(width: number = 30): Promise<number> {
  for (;;) {
    const first = FIRST + Math.floor(Math.random() * (COUNT - width));
    const free = await Promise.all(Array.from({ length: width }, (_, at) => isFree(first + at)));
    if (free.every(Boolean)) return first;
  }
}

export async function freePorts(count: number): Promise<readonly number[]> {
  const first = await freePortBlock(count);
  return Array.from({ length: count }, (_, at) => first + at);
}

/** `once` of node:events would reject at an error, which is an answer here. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
