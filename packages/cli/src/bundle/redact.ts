// What must not leave the machine is taken out of every text that does: values that are known to be secret, wherever they
// stand, and what looks like a secret. It is done to the texts as they are packed, so no collector can forget it.
//
// Surprising: values of the environment count as secret, all of them. What a variable is called stays.
import { createHash } from 'node:crypto';

/** Shorter ones are words like "1" or "prod", and would tear holes into everything. */
const KNOWN_LENGTH_MIN = 6;
const GONE = '(left out)';

const NAME = '[\\w.-]*(?:passw(?:or)?d|passphrase|secret|token|credential|api[_-]?key|private[_-]?key|access[_-]?key)[\\w.-]*';
/** Each keeps its first group, and in place of the rest says that something stood there. */
const PATTERNS: readonly RegExp[] = [
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(\b\w+:\/\/[^\s:/@]*:)[^\s/@]+(?=@)/g,
  /(\b(?:authorization|proxy-authorization|cookie|set-cookie)["']?\s*[:=]\s*["']?)[^\r\n"']+/gi,
  /(\bbearer\s+)[\w.~+/-]+=*/gi,
  // As JSON has it, also where that stands within a text of JSON. Of files only the path is told, and that is no secret.
  new RegExp(`(\\\\*"${NAME}(?<!-file|_file|File)\\\\*"\\s*:\\s*\\\\*")[^"\\\\]+`, 'gi'),
  new RegExp(`(--${NAME}(?<!-file|_file|File)["']?,?\\s+["']?)[^\\s"',\\\\]+`, 'gi'),
  new RegExp(`(\\b${NAME}(?<!-file|_file|File)\\s*=\\s*["']?)[^\\s"',;&\\\\]+`, 'gi'),
];

export interface Redactor {
  (text: string): string;
  /** How often something was taken out. */
  readonly taken: () => number;
}

/** @param known values that are secret */
export function createRedactor(known: Iterable<string>): Redactor {
  // A text of JSON may hold it with its quotes and line ends escaped.
  const spelled = [...known].flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
  const values = [...new Set(spelled)].filter((value) => value.length >= KNOWN_LENGTH_MIN).sort((a, b) => b.length - a.length);
  let taken = 0;
  const redact = (text: string): string => {
    let left = text;
    for (const value of values) {
      const parts = left.split(value);
      taken += parts.length - 1;
      left = parts.join(GONE);
    }
    for (const pattern of PATTERNS)
      left = left.replace(pattern, (whole, kept: string) => {
        if (whole === kept + GONE) return whole;
        taken++;
        return kept + GONE;
      });
    return left;
  };
  return Object.assign(redact, { taken: () => taken });
}

/** In all the ways in which the bytes of a key may have been written down. */
export function spellingsOf(secret: Uint8Array): readonly string[] {
  const bytes = Buffer.from(secret);
  const text = bytes.toString('utf8');
  const spellings = [bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')];
  return text.includes('�') ? spellings : [text, text.trim(), ...spellings];
}

/** The configuration of an agent as it may be shown: what its programs are given in their environment is left out. */
export function withoutEnvironment(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEnvironment);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, isEnvironment(name) ? namesOnly(part) : withoutEnvironment(part)]),
  );
}

const isEnvironment = (name: string): boolean => name === 'env' || name === 'environment';

const namesOnly = (environment: unknown): unknown =>
  typeof environment === 'object' && environment !== null
    ? Object.fromEntries(Object.keys(environment).map((name) => [name, GONE]))
    : GONE;

/** Every text in what `withoutEnvironment` leaves out. */
export function environmentValues(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => (isEnvironment(name) ? textsIn(part) : environmentValues(part)));
}

const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [String(value)];

export const checksumOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
