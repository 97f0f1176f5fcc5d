// Asked before anything on disk is touched: a node that cannot be reached must not leave a half-made data directory behind.

import { createServer } from 'node:net';
import { StartError } from '@reknit/store';

/** @param addresses `host:port` each. Rejects with StartError, naming the first that cannot be bound. */
export async function checkBindable(addresses: readonly string[], purpose: 'clients' | 'peers'): Promise<void> {
  for (const address of addresses) {
    const cause = await bindingFault(address);
    if (cause === undefined) continue;
    const flag = purpose === 'clients' ? '--listen-client-urls' : '--listen-peer-urls';
    throw new StartError(
      'address-in-use',
      `cannot listen for ${purpose} on ${address}: ${cause}`,
      `end the process that holds it, or choose another with ${flag}`,
    );
  }
}

function bindingFault(address: string): Promise<string | undefined> {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EADDRINUSE' ? `${address} is already in use` : error.message);
    });
    server.listen({ host, port: Number(address.slice(at + 1)) }, () => server.close(() => resolve(undefined)));
  });
}
