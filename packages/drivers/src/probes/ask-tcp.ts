// Whether a connection is accepted. The kernel accepts for an application that is stuck, too: good means little, refused much.
import net from 'node:net';
import type { Millis } from '@reknit/base';
import type { ProbeAnswer } from '@reknit/recovery';

/** @param address `host:port`, `[ipv6]:port` */
export function askTcp(address: string, timeoutMs: Millis): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const socket = net.connect(endpointOf(address));
    const settle = (answer: ProbeAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
      socket.destroy();
    };
    const timer = setTimeout(() => settle({ outcome: 'silent', detail: `no connection within ${timeoutMs} ms` }), timeoutMs);
    socket.once('connect', () => settle(isConnectedToItself(socket) ? REFUSED : { outcome: 'good', detail: 'accepted' }));
    socket.on('error', (error) => settle(outcomeOf(error)));
  });
}

const REFUSED: ProbeAnswer = { outcome: 'refused', detail: 'connection refused' };

const outcomeOf = (error: Error): ProbeAnswer =>
  'code' in error && error.code === 'ECONNREFUSED' ? REFUSED : { outcome: 'silent', detail: error.message };

function endpointOf(address: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(`tcp://${address}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** A free port of the range for outgoing connections may be chosen as the connection's own: then nobody else is there. */
const isConnectedToItself = ({ localPort, remotePort, localAddress, remoteAddress }: net.Socket): boolean =>
  localPort === remotePort && localAddress === remoteAddress;
