// What members tell each other of the cluster's genesis, as JSON. It comes from afar: whatever it holds, it is a notice of
// exactly this shape or MalformedBytesError, on which the session ends.
import { MalformedBytesError, utf8Decode, utf8Encode } from '@reknit/base';
import type { Genesis } from '../data-directory.js';
import { isProtocolName } from './protocol.js';

export interface GenesisNotice {
  readonly incarnation: string;
  /** With which its sender would begin the cluster. */
  readonly protocol: string;
  readonly genesis: Genesis | undefined;
}

export const encodeGenesisNotice = (notice: GenesisNotice): Uint8Array => utf8Encode(JSON.stringify(notice));

export function decodeGenesisNotice(bytes: Uint8Array): GenesisNotice {
  const { incarnation, protocol, genesis } = record(parse(bytes));
  return {
    incarnation: text(incarnation),
    protocol: text(protocol),
    genesis: genesis === undefined ? undefined : genesisOf(record(genesis)),
  };
}

function genesisOf({ branch, voters, protocol, started }: Readonly<Record<string, unknown>>): Genesis {
  if (typeof started !== 'boolean' || !isProtocolName(protocol)) return malformed();
  const entries = Object.entries(record(voters)).map(([id, incarnation]) => [id, text(incarnation)] as const);
  return { branch: text(branch), voters: Object.fromEntries(entries), protocol, started };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Decode(bytes));
  } catch {
    return malformed();
  }
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : malformed();

const text = (value: unknown): string => (typeof value === 'string' ? value : malformed());

function malformed(): never {
  throw new MalformedBytesError('a notice that tells nothing of a genesis');
}
