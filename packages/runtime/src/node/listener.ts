// Listens on every address that a host name stands for, and is ready once all are bound. `localhost` needs only one of
// its two: IPv6 is switched off on many machines. A socket file left by a dead process is removed, after a connection
// attempt has proved that nobody answers there.
import fs from 'node:fs';
import net from 'node:net';
import type { Address } from '../address.js';
import type { Listener, Session, SessionHandlers } from '../network.js';
import { resolveAll } from './lookup.js';
import { remoteAddressOf, SocketSession } from './session.js';

export type Accept = (session: Session) => SessionHandlers;
export type Ready = (error: Error | undefined) => void;

/** Bursts of reconnecting peers after a restart fit in; the kernel cuts it to net.core.somaxconn. */
const BACKLOG = 511;
const NO_SUCH_ADDRESS: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

type State =
  | { readonly kind: 'binding'; left: number; readonly ready: Ready }
  | { readonly kind: 'listening' }
  | { readonly kind: 'closed' };

export class NodeListener implements Listener {
  readonly #accept: Accept;
  #servers: net.Server[] = [];
  #state: State;

  constructor(address: Address, accept: Accept, ready: Ready) {
    this.#accept = accept;
    this.#state = { kind: 'binding', left: 1, ready };
    if (address.kind === 'unix') this.#bindPath(address.path, 'remove-stale');
    else resolveAll(address.host, (error, hosts) => this.#bindAll(error, hosts, address));
  }

  close(): void {
    this.#state = { kind: 'closed' };
    for (const server of this.#servers) server.close();
    this.#servers = [];
  }

  #bindAll(error: Error | undefined, hosts: readonly string[], { host, port }: { host: string; port: number }): void {
    if (error !== undefined) this.#fail(error);
    if (this.#state.kind !== 'binding') return;
    this.#state.left = hosts.length;
    const optional = host === 'localhost' ? NO_SUCH_ADDRESS : new Set<string>();
    for (const each of hosts) {
      const onError = (cause: NodeJS.ErrnoException): void => {
        if (optional.has(cause.code) && each === '::1') this.#bound();
        else this.#fail(cause);
      };
      // Without a host Node binds `::` for both families, or 0.0.0.0 where there is no IPv6.
      const at = each === '' ? { port } : { port, host: each, ipv6Only: each.includes(':') && each !== '::' };
      this.#bind({ ...at, backlog: BACKLOG, exclusive: true }, onError);
    }
  }

  #bindPath(path: string, stale: 'remove-stale' | 'fail'): void {
    this.#bind({ path, backlog: BACKLOG, exclusive: true }, (cause) => {
      if (cause.code !== 'EADDRINUSE' || stale === 'fail') return this.#fail(cause);
      whenNobodyAnswers(path, (nobody) => {
        if (!nobody) return this.#fail(cause);
        fs.rmSync(path, { force: true });
        if (this.#state.kind === 'binding') this.#bindPath(path, 'fail');
      });
    });
  }

  #bind(options: net.ListenOptions, onError: (cause: NodeJS.ErrnoException) => void): void {
    const server = net.createServer({ noDelay: true }, (socket) => this.#onConnection(socket));
    server.once('error', onError);
    server.listen(options, () => {
      // Later errors are failed accepts (no descriptor left): that caller retries, the listener stays.
      server.removeListener('error', onError);
      server.on('error', () => {});
      if (options.path !== undefined) fs.chmodSync(options.path, 0o600);
      this.#bound();
    });
    this.#servers.push(server);
  }

  #onConnection(socket: net.Socket): void {
    const session = new SocketSession(socket, remoteAddressOf(socket), 'open');
    session.attach(this.#accept(session));
  }

  #bound(): void {
    if (this.#state.kind !== 'binding') return;
    this.#state.left--;
    if (this.#state.left > 0) return;
    const { ready } = this.#state;
    this.#state = { kind: 'listening' };
    ready(undefined);
  }

  #fail(cause: Error): void {
    if (this.#state.kind !== 'binding') return;
    const { ready } = this.#state;
    this.close();
    ready(cause);
  }
}

function whenNobodyAnswers(path: string, answer: (nobody: boolean) => void): void {
  const probe = net.connect({ path });
  probe.once('connect', () => {
    probe.destroy();
    answer(false);
  });
  probe.once('error', (error: NodeJS.ErrnoException) => answer(error.code === 'ECONNREFUSED' || error.code === 'ENOENT'));
}
