// Ports below the range from which the kernel takes the near ends of connections: a member that was killed must find its
// port free when it is started again.
import { createServer } from 'node:net';

const FIRST = 20_000;
const LAST = 32_000;

export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  let candidate = FIRST + Math.floor(Math.random() * (LAST - FIRST) * 0.9);
  for (; ports.length < count; candidate++) {
    if (candidate > LAST) throw new Error(`fewer than ${count} ports are free below ${LAST}`);
    if (await isFree(candidate)) ports.push(candidate);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}
