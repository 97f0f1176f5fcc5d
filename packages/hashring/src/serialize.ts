// A hash as text, and back. The text names the nodes and the settings, not the points: those are computed again, the same on
// every platform. A checksum over the content tells a text that was changed by hand, or cut, from one of ours.
import { HashRingError, refuse } from './errors.js';
import { hash64Hex } from './hash.js';
import { JumpHash } from './jump.js';
import { Maglev } from './maglev.js';
import { Rendezvous } from './rendezvous.js';
import { Ring } from './ring.js';
import type { ConsistentHash, HashDescription, HashKind, HashNode } from './types.js';

const FORMAT_VERSION = 1;

/** Wraps plain data so that `open` can tell whose it is, in what format, and whether it is whole. */
export function seal(format: string, content: object): string {
  const body = JSON.stringify(content);
  return JSON.stringify({ format, formatVersion: FORMAT_VERSION, checksum: hash64Hex(body), content });
}

/**
 * @returns what was sealed; its shape is what this package wrote, because the checksum is right
 * @throws 'foreign', 'later-format', 'damaged'
 */
export function open<Content extends object>(format: string, text: string): Content {
  const { format: found, formatVersion, checksum, content } = parseDocument(format, text);
  if (found !== format) refuse('foreign', `this is ${JSON.stringify(found ?? 'another document')}, not a ${format}`);
  if (typeof formatVersion !== 'number' || typeof content !== 'object' || content === null)
    refuse('damaged', `this ${format} lacks its version or its content`);
  if (formatVersion > FORMAT_VERSION)
    refuse('later-format', `this ${format} has format ${formatVersion}; this version reads up to ${FORMAT_VERSION}`);
  if (checksum !== hash64Hex(JSON.stringify(content)))
    refuse('damaged', `the checksum of this ${format} does not match its content`);
  return content as Content;
}

interface Document {
  readonly format?: unknown;
  readonly formatVersion?: unknown;
  readonly checksum?: unknown;
  readonly content?: unknown;
}

function parseDocument(format: string, text: string): Document {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HashRingError('foreign', `this is no ${format}: not even JSON`, { cause });
  }
  if (typeof value !== 'object' || value === null) refuse('foreign', `this is no ${format}: no JSON object`);
  return value;
}

const FORMAT = 'reknit-hash';

export const serialize = (hash: ConsistentHash): string => seal(FORMAT, hash.describe());

/** @throws 'foreign', 'later-format', 'damaged', and what the constructors throw */
export const deserialize = (text: string): ConsistentHash => createHash(open<HashDescription>(FORMAT, text));

type Create = (nodes: readonly HashNode[], description: HashDescription) => ConsistentHash;
const CREATE: Readonly<Record<HashKind, Create>> = {
  ring: (nodes, { version, virtualNodes }) =>
    new Ring(nodes, virtualNodes === undefined ? { version } : { version, virtualNodes }),
  jump: (nodes, { version }) => new JumpHash(nodes, { version }),
  rendezvous: (nodes, { version }) => new Rendezvous(nodes, { version }),
  maglev: (nodes, { version, tableSize }) => new Maglev(nodes, tableSize === undefined ? { version } : { version, tableSize }),
};

export const HASH_KINDS: readonly HashKind[] = ['ring', 'jump', 'rendezvous', 'maglev'];

/** Any of them by name, as a setting might give it. */
export function createHash(description: HashDescription): ConsistentHash {
  const create = Object.hasOwn(CREATE, description.kind) ? CREATE[description.kind] : undefined;
  return (
    create?.(description.nodes, description) ??
    refuse('foreign', `there is no ${JSON.stringify(description.kind)}; there are ${HASH_KINDS.join(', ')}`)
  );
}
