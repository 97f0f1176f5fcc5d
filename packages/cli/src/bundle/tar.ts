// The archive as every tar reads it: ustar (POSIX.1-1988), regular files only, written in one piece. What is put in has been
// bounded before.
import { assert } from '@reknit/base';

export interface TarFile {
  /** With `/`, relative. Up to 100 bytes, or up to 255 where a `/` stands at the right place. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Wall-clock milliseconds. */
  readonly modifiedAt: number;
}

const BLOCK = 512;
const NAME_MAX = 100;
const PREFIX_MAX = 155;
/** Eleven octal digits. */
const SIZE_MAX = 8 ** 11 - 1;
/** Owner may read and write: what a bundle holds is for whom it is given. */
const MODE = '0000600';

export function tar(files: readonly TarFile[]): Buffer {
  const parts = files.flatMap((file) => [headerOf(file), file.content, Buffer.alloc(padding(file.content.length))]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

const padding = (length: number): number => (BLOCK - (length % BLOCK)) % BLOCK;
const octal = (value: number, digits: number): string => Math.floor(value).toString(8).padStart(digits, '0');

function headerOf({ path, content, modifiedAt }: TarFile): Buffer {
  assert(content.length <= SIZE_MAX, 'a file fits into its header', () => ({ path, length: content.length }));
  const { prefix, name } = split(path);
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0);
  header.write(`${MODE}\0`, 100);
  header.write(`${octal(0, 7)}\0${octal(0, 7)}\0`, 108);
  header.write(`${octal(content.length, 11)}\0${octal(modifiedAt / 1000, 11)}\0`, 124);
  // The sum is taken with blanks in its own place.
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return header;
}

function split(path: string): { readonly prefix: string; readonly name: string } {
  if (Buffer.byteLength(path) <= NAME_MAX) return { prefix: '', name: path };
  const at = path.indexOf('/', Math.max(0, path.length - NAME_MAX - 1));
  const [prefix, name] = [path.slice(0, Math.max(0, at)), path.slice(at + 1)];
  assert(at > 0, 'a long path can be split', () => path);
  assert(Buffer.byteLength(prefix) <= PREFIX_MAX, 'the first part of a path fits', () => path);
  assert(Buffer.byteLength(name) <= NAME_MAX, 'the last part of a path fits', () => path);
  return { prefix, name };
}
