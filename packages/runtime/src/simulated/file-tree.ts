// Names to files, as the kernel shows them and as the disk holds them. A creation, rename or removal is one operation
// that arrives at the disk whole or not at all, once its directories are synced or by chance at a crash. Operations on
// the same name arrive in order; others in any. Directories themselves are durable as soon as they are made.
import { assert } from '@reknit/base';
import { DiskError } from '../disk.js';
import { Inode } from './inode.js';
import type { Prng } from './prng.js';

export class Directory {
  entries: Map<string, TreeNode> = new Map();
  readonly durable: Map<string, TreeNode> = new Map();
}

type TreeNode = Directory | Inode;

interface Change {
  readonly directory: Directory;
  readonly name: string;
  readonly node: TreeNode | undefined;
}

interface Operation {
  readonly changes: readonly Change[];
  readonly unsynced: Set<Directory>;
}

export class FileTree {
  readonly #root: Directory = new Directory();
  /** Not yet on the disk, oldest first. */
  #pending: Operation[] = [];

  find(path: string): TreeNode | undefined {
    let node: TreeNode | undefined = this.#root;
    for (const name of namesOf(path)) node = node instanceof Directory ? node.entries.get(name) : undefined;
    return node;
  }

  directory(path: string): Directory {
    const node = this.find(path);
    if (!(node instanceof Directory)) throw new DiskError('not-found', path, `no such directory: ${path}`);
    return node;
  }

  file(path: string): Inode {
    const node = this.find(path);
    if (!(node instanceof Inode)) throw new DiskError('not-found', path, `no such file: ${path}`);
    return node;
  }

  makeDirectory(path: string): void {
    let at = this.#root;
    for (const name of namesOf(path)) {
      const found = at.entries.get(name);
      if (found instanceof Inode) throw new DiskError('exists', path, `a file stands where a directory shall: ${path}`);
      const next: Directory = found ?? new Directory();
      at.entries.set(name, next);
      at.durable.set(name, next);
      at = next;
    }
  }

  create(path: string): Inode {
    const { directory, name } = this.#parentOf(path);
    if (directory.entries.has(name)) throw new DiskError('exists', path, `exists: ${path}`);
    const inode = new Inode();
    this.#apply([{ directory, name, node: inode }]);
    return inode;
  }

  rename(from: string, to: string): void {
    const source = this.#parentOf(from);
    const target = this.#parentOf(to);
    const node = source.directory.entries.get(source.name);
    if (node === undefined) throw new DiskError('not-found', from, `no such file: ${from}`);
    this.#apply([
      { ...source, node: undefined },
      { ...target, node },
    ]);
  }

  remove(path: string): void {
    const { directory, name } = this.#parentOf(path);
    const node = directory.entries.get(name);
    if (node === undefined) throw new DiskError('not-found', path, `no such file: ${path}`);
    if (node instanceof Directory && node.entries.size > 0) throw new DiskError('exists', path, `not empty: ${path}`);
    this.#apply([{ directory, name, node: undefined }]);
  }

  syncDirectory(path: string): void {
    const directory = this.directory(path);
    for (const operation of [...this.#pending]) {
      if (operation.unsynced.delete(directory) && operation.unsynced.size === 0) this.#commit(operation);
    }
  }

  /** Decides by chance what of the pending operations had arrived, and shows that from now on. */
  crash(prng: Prng, keep: number): void {
    const dropped: Operation[] = [];
    for (const operation of this.#pending) {
      if (prng.chance(keep) && !dropped.some((earlier) => overlap(earlier, operation))) writeThrough(operation);
      else dropped.push(operation);
    }
    this.#pending = [];
    this.#visit('durable', '', this.#root, (_path, node) => {
      if (node instanceof Directory) node.entries = new Map(node.durable);
    });
  }

  /** Every file, by path in a fixed order. */
  files(image: 'entries' | 'durable'): Map<string, Inode> {
    const files = new Map<string, Inode>();
    this.#visit(image, '', this.#root, (path, node) => {
      if (node instanceof Inode) files.set(path, node);
    });
    return files;
  }

  #visit(image: 'entries' | 'durable', path: string, node: TreeNode, action: (path: string, node: TreeNode) => void): void {
    action(path, node);
    if (!(node instanceof Directory)) return;
    for (const name of [...node[image].keys()].sort()) this.#visit(image, `${path}/${name}`, node[image].get(name)!, action);
  }

  #parentOf(path: string): { directory: Directory; name: string } {
    const names = namesOf(path);
    const name = names.pop();
    assert(name !== undefined, 'the root is neither made, moved nor removed');
    return { directory: this.directory(names.join('/')), name };
  }

  #apply(changes: readonly Change[]): void {
    for (const { directory, name, node } of changes) setEntry(directory.entries, name, node);
    this.#pending.push({ changes, unsynced: new Set(changes.map(({ directory }) => directory)) });
  }

  /** With everything before it that concerns the same names. */
  #commit(operation: Operation): void {
    const at = this.#pending.indexOf(operation);
    if (at < 0) return;
    this.#pending.splice(at, 1);
    for (const earlier of this.#pending.slice(0, at)) if (overlap(earlier, operation)) this.#commit(earlier);
    writeThrough(operation);
  }
}

const namesOf = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.');

const overlap = (left: Operation, right: Operation): boolean =>
  left.changes.some((a) => right.changes.some((b) => a.directory === b.directory && a.name === b.name));

function writeThrough(operation: Operation): void {
  for (const { directory, name, node } of operation.changes) setEntry(directory.durable, name, node);
}

function setEntry(entries: Map<string, TreeNode>, name: string, node: TreeNode | undefined): void {
  if (node === undefined) entries.delete(name);
  else entries.set(name, node);
}
