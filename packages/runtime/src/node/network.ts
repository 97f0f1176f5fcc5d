// Sessions over TCP and Unix sockets. Keep-alive stays off: the protocols above have heartbeats that are faster.
import net from 'node:net';
import { parseAddress } from '../address.js';
import type { Listener, Network, Session, SessionHandlers } from '../network.js';
import { type Accept, NodeListener, type Ready } from './listener.js';
import { lookupLocalFirst } from './lookup.js';
import { SocketSession } from './session.js';

/** On a network that Reknit can serve at all, a handshake takes milliseconds; the third SYN goes out after 3 s. */
const CONNECT_MS_MAX = 2_000;

export function createNodeNetwork(): Network {
  return {
    listen: (address: string, accept: Accept, ready: Ready): Listener => new NodeListener(parseAddress(address), accept, ready),
    connect,
  };
}

function connect(address: string, handlers: SessionHandlers): Session {
  const target = parseAddress(address);
  const socket =
    target.kind === 'unix'
      ? net.connect({ path: target.path })
      : net.connect({ host: target.host || 'localhost', port: target.port, noDelay: true, lookup: lookupLocalFirst });
  const session = new SocketSession(socket, address, 'connecting');
  session.attach(handlers);
  const timer = setTimeout(() => session.abandon('failed'), CONNECT_MS_MAX);
  socket.once('close', () => clearTimeout(timer));
  socket.once('connect', () => {
    clearTimeout(timer);
    if (isConnectedToItself(socket)) session.abandon('refused');
    else session.opened();
  });
  return session;
}

/**
 * A port that nobody listens on may be chosen as the connection's own source port, and TCP then connects the socket to
 * itself: a retry loop on loopback meets this sooner or later.
 */
function isConnectedToItself(socket: net.Socket): boolean {
  return socket.localPort !== undefined && socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
}
