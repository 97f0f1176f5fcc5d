// The tables of HPACK (RFC 7541, section 2.3): the static one, and the dynamic one that the peer fills.
import { DEFAULT_HEADER_TABLE_BYTES, ErrorCode, Http2Error } from './protocol.js';

/** Appendix A, from index 1 on. */
const STATIC: readonly (readonly [string, string])[] = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  ...['200', '204', '206', '304', '400', '404', '500'].map((status) => [':status', status] as const),
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ...(
    'accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control content-disposition ' +
    'content-encoding content-language content-length content-location content-range content-type cookie date etag expect expires ' +
    'from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified link location max-forwards ' +
    'proxy-authenticate proxy-authorization range referer refresh retry-after server set-cookie strict-transport-security ' +
    'transfer-encoding user-agent vary via www-authenticate'
  )
    .split(' ')
    .map((name) => [name, ''] as const),
];

const ENTRY_OVERHEAD_BYTES = 32;

export class HeaderTable {
  /** Oldest first. */
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  #bytes = 0;
  #bytesMax = DEFAULT_HEADER_TABLE_BYTES;
  /** Grows with every change: what was decoded under an older one may mean something else now. */
  version = 0;

  name(index: number): string {
    return index <= STATIC.length && index > 0 ? STATIC[index - 1]![0] : this.#names[this.#position(index)]!;
  }

  value(index: number): string {
    return index <= STATIC.length && index > 0 ? STATIC[index - 1]![1] : this.#values[this.#position(index)]!;
  }

  add(name: string, value: string): void {
    this.version++;
    this.#names.push(name);
    this.#values.push(value);
    this.#bytes += name.length + value.length + ENTRY_OVERHEAD_BYTES;
    this.#evict();
  }

  resize(bytesMax: number): void {
    if (bytesMax > DEFAULT_HEADER_TABLE_BYTES) {
      throw new Http2Error(ErrorCode.compressionError, `a header table of ${bytesMax} bytes was not offered`);
    }
    this.version++;
    this.#bytesMax = bytesMax;
    this.#evict();
  }

  #evict(): void {
    let count = 0;
    while (this.#bytes > this.#bytesMax) {
      this.#bytes -= this.#names[count]!.length + this.#values[count]!.length + ENTRY_OVERHEAD_BYTES;
      count++;
    }
    if (count === 0) return;
    this.#names.splice(0, count);
    this.#values.splice(0, count);
  }

  #position(index: number): number {
    const position = this.#names.length - (index - STATIC.length);
    if (index === 0 || position < 0) throw new Http2Error(ErrorCode.compressionError, `there is no header ${index}`);
    return position;
  }
}
