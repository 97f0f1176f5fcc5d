// `host:port`, `[::1]:port` and `unix:/path`, and what they mean to node:net.
import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

export function parseAddress(text: string): Address {
  if (text.startsWith('unix:')) return { kind: 'unix', path: text.slice('unix:'.length) };
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    throw new Error(`"${text}" is not an address: expected host:port, [ipv6]:port or unix:/path`);
  return { kind: 'tcp', host: match[1] ?? match[2] ?? '', port };
}

export function formatAddress(host: string | undefined, port: number | undefined): string {
  const name = host ?? '';
  return name.includes(':') ? `[${name}]:${port}` : `${name}:${port}`;
}

/** `localhost` without the resolver, whose threads the disk shares: a stalled name server must not delay a sync. */
export const lookupLocalFirst: LookupFunction = (hostname, options, callback) => {
  if (hostname === 'localhost' && options.all === true) process.nextTick(callback, null, [...LOOPBACK]);
  else lookup(hostname, options, callback);
};

/** All addresses to bind for a host; '' binds every interface. Calls back within the call where nothing is to be asked. */
export function resolveAll(host: string, done: (error: Error | undefined, addresses: readonly string[]) => void): void {
  if (host === '') done(undefined, ['::']);
  else if (host === 'localhost') done(undefined, namesOf(LOOPBACK));
  else lookup(host, { all: true }, (error, addresses) => done(error ?? undefined, namesOf(addresses ?? [])));
}

const namesOf = (addresses: readonly LookupAddress[]): readonly string[] => [...new Set(addresses.map(({ address }) => address))];
