// The header blocks (HPACK, RFC 7541) of one kind of request. As grpc-go and h2load do: the first request of a connection
// puts its fields into the server's table, every later one refers to them and takes a byte a field.

const METHOD_POST = 0x83;
const SCHEME_HTTP = 0x86;
const INDEXED = 0x80;
const WITH_INDEXING = 0x40;
/** Behind the static table; the newest entry comes first. */
const NEWEST = 62;
/** Names that stand in the static table. */
const STATIC_NAMES: ReadonlyMap<string, number> = new Map([
  [':authority', 1],
  [':path', 4],
  ['content-type', 31],
]);
/** One byte holds a length below this. */
const LENGTH_LIMIT = 127;

export interface HeaderBlocks {
  /** Of the first request of a connection. */
  readonly first: Uint8Array;
  readonly later: Uint8Array;
}

const fieldsOf = (authority: string, path: string): Readonly<Record<string, string>> => ({
  ':path': path,
  ':authority': authority,
  'content-type': 'application/grpc',
  te: 'trailers',
});

/** For connections with several kinds of requests: nothing goes into the server's table. */
export function plainRequestHeaders(authority: string, path: string): Uint8Array {
  const fields = Object.entries(fieldsOf(authority, path));
  return Uint8Array.of(METHOD_POST, SCHEME_HTTP, ...fields.flatMap(([name, value]) => unindexed(name, value)));
}

export function requestHeaders(authority: string, path: string, more: Readonly<Record<string, string>> = {}): HeaderBlocks {
  const fields = Object.entries({ ...fieldsOf(authority, path), ...more });
  return {
    first: Uint8Array.of(METHOD_POST, SCHEME_HTTP, ...fields.flatMap(([name, value]) => literal(name, value))),
    later: Uint8Array.of(METHOD_POST, SCHEME_HTTP, ...fields.map((_, at) => INDEXED | (NEWEST + fields.length - 1 - at))),
  };
}

function literal(name: string, value: string): number[] {
  const known = STATIC_NAMES.get(name);
  return known === undefined ? [WITH_INDEXING, ...string(name), ...string(value)] : [WITH_INDEXING | known, ...string(value)];
}

/** Names go as text: rare enough not to care for their bytes. */
const unindexed = (name: string, value: string): number[] => [0, ...string(name), ...string(value)];

function string(text: string): number[] {
  if (text.length >= LENGTH_LIMIT) throw new Error(`a header of this generator is shorter than ${LENGTH_LIMIT} bytes: ${text}`);
  return [text.length, ...Buffer.from(text, 'latin1')];
}
