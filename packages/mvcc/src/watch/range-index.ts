// Intervals of keys, to be asked which of them hold a key: an AVL tree in the order of their starts whose nodes know how far
// their subtree reaches (the interval tree of Cormen et al., 17.3). A question costs a logarithm, and one more for each answer,
// whatever intervals somebody has chosen.
import { assert } from '@reknit/base';
import type { Interest } from './interest.js';

interface Node {
  readonly from: string;
  /** Undefined: no end. */
  readonly to: string | undefined;
  readonly interest: Interest;
  /** Tells intervals with the same start apart. */
  readonly order: number;
  left: Node | undefined;
  right: Node | undefined;
  height: number;
  /** The furthest end in this subtree. */
  furthest: string | undefined;
}

export class RangeIndex {
  #root: Node | undefined;
  readonly #orders = new Map<Interest, number>();
  #nextOrder = 0;

  add(from: string, to: string | undefined, interest: Interest): void {
    const order = this.#nextOrder++;
    this.#orders.set(interest, order);
    const node = { from, to, interest, order, left: undefined, right: undefined, height: 1, furthest: to };
    this.#root = inserted(this.#root, node);
  }

  remove(from: string, interest: Interest): void {
    const order = this.#orders.get(interest);
    assert(order !== undefined, 'a range is removed once, after it was added');
    this.#orders.delete(interest);
    this.#root = removed(this.#root, from, order);
  }

  /** Appends the interests whose range holds `key`. */
  find(key: string, found: Interest[]): void {
    if (this.#root !== undefined) findBelow(this.#root, key, found);
  }
}

function findBelow(node: Node, key: string, found: Interest[]): void {
  if (!reaches(node.furthest, key)) return;
  if (node.left !== undefined) findBelow(node.left, key, found);
  if (node.from > key) return;
  if (reaches(node.to, key)) found.push(node.interest);
  if (node.right !== undefined) findBelow(node.right, key, found);
}

const reaches = (to: string | undefined, key: string): boolean => to === undefined || to > key;

const precedes = (from: string, order: number, node: Node): boolean =>
  from < node.from || (from === node.from && order < node.order);

function inserted(node: Node | undefined, fresh: Node): Node {
  if (node === undefined) return fresh;
  if (precedes(fresh.from, fresh.order, node)) node.left = inserted(node.left, fresh);
  else node.right = inserted(node.right, fresh);
  return balanced(node);
}

function removed(node: Node | undefined, from: string, order: number): Node | undefined {
  assert(node !== undefined, 'what is indexed is found');
  if (node.order === order) return withoutTop(node);
  if (precedes(from, order, node)) node.left = removed(node.left, from, order);
  else node.right = removed(node.right, from, order);
  return balanced(node);
}

/** The next one takes its place. */
function withoutTop(node: Node): Node | undefined {
  if (node.left === undefined) return node.right;
  if (node.right === undefined) return node.left;
  let next = node.right;
  while (next.left !== undefined) next = next.left;
  next.right = removed(node.right, next.from, next.order);
  next.left = node.left;
  return balanced(next);
}

function balanced(node: Node): Node {
  const lean = heightOf(node.left) - heightOf(node.right);
  if (lean > 1) {
    const left = node.left!;
    if (heightOf(left.left) < heightOf(left.right)) node.left = rotatedLeft(left);
    return rotatedRight(node);
  }
  if (lean < -1) {
    const right = node.right!;
    if (heightOf(right.right) < heightOf(right.left)) node.right = rotatedRight(right);
    return rotatedLeft(node);
  }
  return summedUp(node);
}

function rotatedRight(node: Node): Node {
  const top = node.left!;
  node.left = top.right;
  top.right = summedUp(node);
  return summedUp(top);
}

function rotatedLeft(node: Node): Node {
  const top = node.right!;
  node.right = top.left;
  top.left = summedUp(node);
  return summedUp(top);
}

function summedUp(node: Node): Node {
  const { left, right } = node;
  node.height = 1 + Math.max(heightOf(left), heightOf(right));
  node.furthest = node.to;
  if (left !== undefined) node.furthest = further(node.furthest, left.furthest);
  if (right !== undefined) node.furthest = further(node.furthest, right.furthest);
  return node;
}

const heightOf = (node: Node | undefined): number => (node === undefined ? 0 : node.height);

const further = (one: string | undefined, other: string | undefined): string | undefined =>
  one === undefined || other === undefined ? undefined : one > other ? one : other;
