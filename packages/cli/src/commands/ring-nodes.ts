// Nodes as the command line names them, and errors of the library as those of a command.
import { writeFileSync } from 'node:fs';
import { type ConsistentHash, createHash, type HashKind, type HashNode, HashRingError } from '@reknit/hashring';
import { CliError, systemReason } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';

const NODES_MAX = 10_000;

export function parseNodes(flag: string, text: string): readonly HashNode[] {
  if (/^\d+$/.test(text)) return numberedNodes(flag, Number(text));
  return listOf(text).map((word) => {
    const { id, weight, path } = /^(?<id>[^*@]+)(?:\*(?<weight>[^@]*))?(?:@(?<path>.*))?$/.exec(word)?.groups ?? {};
    if (id === undefined)
      throw new CliError(`${flag} has ${JSON.stringify(word)}`, 'write ID, ID*WEIGHT or ID@ZONE/RACK', EXIT.usage);
    return { id, weight: weight === undefined ? 1 : Number(weight), domain: path?.split('/') ?? [], seat: id };
  });
}

export const listOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

function numberedNodes(flag: string, count: number): readonly HashNode[] {
  if (count < 1 || count > NODES_MAX)
    throw new CliError(`${flag} is ${count}`, `use a number from 1 to ${NODES_MAX}, or a list`, EXIT.usage);
  return Array.from({ length: count }, (_, at) => ({ id: `node-${at + 1}`, weight: 1, domain: [], seat: `node-${at + 1}` }));
}

export const hashOf = (kind: HashKind, nodes: readonly HashNode[], virtualNodes: number | undefined): ConsistentHash =>
  createHash({ kind, version: 1, nodes, ...(virtualNodes === undefined ? {} : { virtualNodes }) });

export function parseEpsilon(text: string): number {
  const epsilon = Number(text);
  if (text.trim() !== '' && Number.isFinite(epsilon) && epsilon >= 0) return epsilon;
  throw new CliError(`--bounded is ${JSON.stringify(text)}`, 'use a number from 0, for example 0.05', EXIT.usage);
}

export const sampleKeys = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `key-${at}`);

/** What the library refuses was said on the command line. */
export function refusing<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof HashRingError)) throw error;
    const [cause, ...cure] = error.message.split('; ');
    throw new CliError(cause!, cure.length > 0 ? cure.join('; ') : 'see  reknit ring --help', EXIT.usage, { cause: error });
  }
}

export function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new CliError(`cannot write ${path}: ${systemReason(cause)}`, 'choose another file', EXIT.failed, { cause });
  }
}
