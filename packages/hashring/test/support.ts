import fc from 'fast-check';
import { expect } from 'vitest';
import {
  type ConsistentHash,
  createHash,
  type HashKind,
  HashRingError,
  type HashRingErrorCode,
  type NodeSpec,
} from '../src/index.js';

export const nodesNamed = (count: number, prefix = 'node'): readonly NodeSpec[] =>
  Array.from({ length: count }, (_, at) => ({ id: `${prefix}-${at}` }));
export const keysNamed = (count: number, prefix = 'key'): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}:${at}`);

/** Zones of racks of hosts, all of one size. */
export const inZones = (zones: number, racks: number, hosts: number): readonly NodeSpec[] =>
  Array.from({ length: zones * racks * hosts }, (_, at) => {
    const zone = at % zones;
    const rack = Math.floor(at / zones) % racks;
    return { id: `n${at}`, domain: [`z${zone}`, `r${rack}`] };
  });

export function build(kind: HashKind, specs: readonly NodeSpec[], virtualNodes = 128): ConsistentHash {
  const nodes = specs.map(({ id, weight = 1, domain = [], seat = id }) => ({ id, weight, domain, seat }));
  return createHash({ kind, version: 1, nodes, virtualNodes, tableSize: 4099 });
}

export function expectRefusal(action: () => unknown, code: HashRingErrorCode): void {
  let caught: unknown;
  try {
    action();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(HashRingError);
  expect((caught as HashRingError).code).toBe(code);
}

export const someIds = (minLength: number, maxLength: number): fc.Arbitrary<string[]> =>
  fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength, maxLength });
