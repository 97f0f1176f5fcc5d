// Validation of nodes, in one place for all algorithms.
import { refuse } from './errors.js';
import type { HashNode, NodeSpec } from './types.js';

/** Deeper paths are not failure domains any more. Also keeps the rank of a spread an exact number. */
const DOMAIN_LEVELS_MAX = 4;

export function toNodes(specs: readonly NodeSpec[]): readonly HashNode[] {
  if (specs.length === 0) refuse('empty-ring', 'there is no node; give at least one');
  const nodes = specs.map(toNode);
  requireUnique(nodes);
  const depth = nodes[0]!.domain.length;
  const odd = nodes.find((node) => node.domain.length !== depth);
  if (odd !== undefined) {
    refuse(
      'bad-domain',
      `${quote(odd.id)} has ${odd.domain.length} levels of failure domains, ${quote(nodes[0]!.id)} has ${depth}; give all nodes as many`,
    );
  }
  return nodes;
}

function toNode({ id, weight = 1, domain = [], seat = id }: NodeSpec): HashNode {
  if (typeof id !== 'string' || id === '') refuse('bad-id', `a node's id is ${JSON.stringify(id)}; it must be a text, not empty`);
  if (typeof seat !== 'string' || seat === '') refuse('bad-id', `the seat of ${quote(id)} must be a text, not empty`);
  if (typeof weight !== 'number' || !Number.isFinite(weight) || weight <= 0)
    refuse('bad-weight', `the weight of ${quote(id)} is ${String(weight)}; it must be a positive number`);
  if (!Array.isArray(domain) || domain.length > DOMAIN_LEVELS_MAX || domain.some((part) => typeof part !== 'string'))
    refuse('bad-domain', `the failure domains of ${quote(id)} must be a list of at most ${DOMAIN_LEVELS_MAX} texts`);
  return { id, weight, domain, seat };
}

function requireUnique(nodes: readonly HashNode[]): void {
  const ids = new Set<string>();
  const seats = new Set<string>();
  for (const { id, seat } of nodes) {
    if (ids.has(id)) refuse('duplicate-node', `${quote(id)} is there twice; ids must differ`);
    if (seats.has(seat)) refuse('duplicate-node', `two nodes sit at ${quote(seat)}; seats must differ`);
    ids.add(id);
    seats.add(seat);
  }
}

const quote = (id: string): string => JSON.stringify(id);

export const indexOfNode = (nodes: readonly HashNode[], id: string): number => {
  const at = nodes.findIndex((node) => node.id === id);
  return at >= 0 ? at : refuse('unknown-node', `there is no node ${quote(id)}`);
};

export const nodesWithout = (nodes: readonly HashNode[], id: string): readonly HashNode[] =>
  nodes.toSpliced(indexOfNode(nodes, id), 1);

export const nodesReplaced = (nodes: readonly HashNode[], id: string, spec: NodeSpec): readonly NodeSpec[] => {
  const at = indexOfNode(nodes, id);
  return nodes.with(at, toNode({ ...spec, seat: nodes[at]!.seat }));
};

export const byId = (left: { readonly id: string }, right: { readonly id: string }): number =>
  left.id < right.id ? -1 : Number(left.id > right.id);

export function requireReplicas(count: number, nodes: number): void {
  if (!Number.isSafeInteger(count) || count < 1)
    refuse('bad-option', `${String(count)} replicas; the number must be whole and positive`);
  if (count > nodes) refuse('too-many-replicas', `${count} replicas need as many nodes; there are ${nodes}`);
}
