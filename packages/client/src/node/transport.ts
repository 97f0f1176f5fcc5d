// Calls over node:http2: one session per endpoint, as many streams on it as there are calls and streams.

import type { Transport } from '../transport.js';
import { connect } from './connect.js';
import { Connection } from './connection.js';

/** @param connectTimeoutMs for one TCP connection; default 2000 */
export function createNodeTransport(connectTimeoutMs: number = 2000): Transport {
  const connections = new Map<string, Connection>();
  const connectionTo = (endpoint: string): Connection => {
    const existing = connections.get(endpoint);
    if (existing !== undefined) return existing;
    const created = new Connection(() => connect(endpoint), connectTimeoutMs);
    connections.set(endpoint, created);
    return created;
  };
  return {
    call: (request, done) => connectionTo(request.endpoint).call(request, done),
    stream: (request, handlers) => connectionTo(request.endpoint).stream(request, handlers),
    now: () => performance.now(),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return { cancel: () => clearTimeout(timer) };
    },
    close: () => {
      for (const connection of connections.values()) connection.close();
    },
  };
}
