// Header blocks of responses. Two fields go into the client's table, the two that every successful call repeats, so that its
// headers take two bytes and its trailers one. All else is written out. A client that offers no room gets all written out.
import { concatBytes, utf8Encode } from '@reknit/base';
import { CONTENT_TYPE } from '../headers.js';
import { DEFAULT_HEADER_TABLE_BYTES } from './protocol.js';

const STATUS_200 = 0x88;
const CONTENT_TYPE_NAME = 31;
const INDEXED = 0x80;
const WITH_INDEXING = 0x40;
/** Behind the static table; the newest entry comes first. */
const NEWEST = 62;
const EMPTY_THE_TABLE = 0x20;

const FIRST_HEADERS = Uint8Array.of(STATUS_200, WITH_INDEXING | CONTENT_TYPE_NAME, ...stringOf(CONTENT_TYPE));
const HEADERS_BEFORE_STATUS = Uint8Array.of(STATUS_200, INDEXED | NEWEST);
const HEADERS = Uint8Array.of(STATUS_200, INDEXED | (NEWEST + 1));
const FIRST_OK = Uint8Array.of(WITH_INDEXING, ...stringOf('grpc-status'), ...stringOf('0'));
const OK = Uint8Array.of(INDEXED | NEWEST);
const PLAIN_HEADERS = literalBlock({ ':status': '200', 'content-type': CONTENT_TYPE });
const PLAIN_OK = literalBlock({ 'grpc-status': '0' });

/** How far the client's table is filled. `plain`: it is not used. */
type TableState = 'empty' | 'content-type' | 'both' | 'plain';

export class HeaderEncoder {
  #state: TableState = 'empty';
  #announceEmptyTable = false;

  /** The peer's setting. A table smaller than the default is not worth the trouble. */
  tableSizeOffered(bytes: number): void {
    if (bytes >= DEFAULT_HEADER_TABLE_BYTES || this.#state === 'plain') return;
    this.#state = 'plain';
    this.#announceEmptyTable = true;
  }

  /** Of a response that begins well. */
  headers(): Uint8Array {
    switch (this.#state) {
      case 'empty':
        this.#state = 'content-type';
        return FIRST_HEADERS;
      case 'content-type':
        return HEADERS_BEFORE_STATUS;
      case 'both':
        return HEADERS;
      default:
        return this.#announced(PLAIN_HEADERS);
    }
  }

  /** Trailers of success; always after some `headers`. */
  ok(): Uint8Array {
    switch (this.#state) {
      case 'content-type':
        this.#state = 'both';
        return FIRST_OK;
      case 'both':
        return OK;
      default:
        return this.#announced(PLAIN_OK);
    }
  }

  other(fields: Readonly<Record<string, string>>): Uint8Array {
    return this.#announced(literalBlock(fields));
  }

  /** A change of the table's size must stand at the head of the next block. */
  #announced(block: Uint8Array): Uint8Array {
    if (!this.#announceEmptyTable) return block;
    this.#announceEmptyTable = false;
    return concatBytes([Uint8Array.of(EMPTY_THE_TABLE), block]);
  }
}

function literalBlock(fields: Readonly<Record<string, string>>): Uint8Array {
  return Uint8Array.from(Object.entries(fields).flatMap(([name, value]) => [0, ...stringOf(name), ...stringOf(value)]));
}

function stringOf(text: string): readonly number[] {
  const bytes = utf8Encode(text);
  return [...integerOf(bytes.length, 7), ...bytes];
}

/** With all bits above the prefix zero. */
function integerOf(value: number, prefixBits: number): readonly number[] {
  const mask = (1 << prefixBits) - 1;
  if (value < mask) return [value];
  const bytes = [mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
