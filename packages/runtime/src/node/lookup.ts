// Host names to addresses.
import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** `localhost` without the resolver, whose threads the disk shares: a stalled name server must not delay a sync. */
export const lookupLocalFirst: LookupFunction = (hostname, options, callback) => {
  if (hostname === 'localhost' && options.all === true) process.nextTick(callback, null, [...LOOPBACK]);
  else lookup(hostname, options, callback);
};

/** All addresses to bind for a host; '' stays '', which binds every interface. Calls back within the call where nothing is to be asked. */
export function resolveAll(host: string, done: (error: Error | undefined, addresses: readonly string[]) => void): void {
  if (host === '') done(undefined, [host]);
  else if (host === 'localhost') done(undefined, namesOf(LOOPBACK));
  else lookup(host, { all: true }, (error, addresses) => done(error ?? undefined, namesOf(addresses ?? [])));
}

const namesOf = (addresses: readonly LookupAddress[]): readonly string[] => [...new Set(addresses.map(({ address }) => address))];
