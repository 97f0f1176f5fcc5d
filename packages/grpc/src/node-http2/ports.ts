// Binds addresses. Either all are bound or none; a failure names the address and the cause.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** Waiting connections: with the usual 511 a burst of a thousand clients meets retransmissions. */
const BACKLOG = 4096;

export class Ports {
  readonly #onConnection: (socket: Socket) => void;
  readonly #servers: Server[] = [];

  constructor(onConnection: (socket: Socket) => void) {
    this.#onConnection = onConnection;
  }

  /** `host:port` as bound: a port of 0 is replaced by the real one. */
  get addresses(): readonly string[] {
    return this.#servers.map((server) => formatAddress(server.address() as AddressInfo));
  }

  async bind(addresses: readonly string[]): Promise<void> {
    try {
      for (const address of addresses) await this.#bindAddress(address);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Nothing listens any more when it returns; connections that were accepted go on. */
  close(): void {
    for (const server of this.#servers.splice(0)) server.close();
  }

  async #bindAddress(address: string): Promise<void> {
    const { host, port } = parseAddress(address);
    if (host !== 'localhost') {
      await this.#listen(host, port, address);
      return;
    }
    const bound = await this.#listen('127.0.0.1', port, address);
    try {
      await this.#listen('::1', bound, address);
    } catch (error) {
      if (!isWithoutIpv6(error)) throw error;
    }
  }

  #listen(host: string, port: number, address: string): Promise<number> {
    const server = createServer({ noDelay: true, keepAlive: true }, this.#onConnection);
    return new Promise((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => reject(new Error(explain(address, host, cause), { cause })));
      server.listen({ host, port, backlog: BACKLOG }, () => {
        this.#servers.push(server);
        resolve((server.address() as AddressInfo).port);
      });
    });
  }
}

function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  const port = Number(address.slice(colon + 1));
  const host = address.slice(0, Math.max(colon, 0)).replace(/^\[|\]$/g, '');
  if (colon < 0 || !/^\d+$/.test(address.slice(colon + 1)) || port > 65_535) {
    throw new Error(`address ${address} is not of the form host:port`);
  }
  return { host: host === '' ? '::' : host, port };
}

const formatAddress = ({ address, family, port }: AddressInfo): string =>
  family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;

const CAUSES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is already in use',
  EACCES: 'may not be used by this user (ports below 1024 need a privilege)',
  EADDRNOTAVAIL: 'does not belong to this machine',
  ENOTFOUND: 'has a host name that is not known',
  EAI_AGAIN: 'has a host name that cannot be resolved now',
};

function explain(address: string, host: string, cause: NodeJS.ErrnoException): string {
  const where = host === '::1' && address.startsWith('localhost') ? `${address} (::1)` : address;
  return `address ${where} ${CAUSES[cause.code ?? ''] ?? `cannot be bound: ${cause.message}`}`;
}

function isWithoutIpv6(error: unknown): boolean {
  const code = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined)?.code : undefined;
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}
