// @ts-check
// Keeps the build of a checkout in step with its sources. The decision compares a digest of every source's path, size
// and modification time with the digest that the last good build left behind: a few milliseconds when nothing changed,
// and unlike "newer than" it also sees deleted files and restored old ones.
// Surprising: a build by hand (`npm run build`) leaves no digest, so the next start asks tsc once more; it has nothing to do then.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Far above the time of a full build; a launcher that waits longer has found a hung one. */
const WAIT_MS_MAX = 180_000;
const POLL_MS = 50;

/** @param {string} root */
export const isCheckout = (root) => existsSync(join(root, 'tsconfig.base.json')) && existsSync(join(root, 'packages/base/src'));

/**
 * Whether the packages must be compiled.
 * @param {string} root
 */
export function isStale(root) {
  const unbuilt = packagesOf(root).some((name) => !existsSync(join(root, 'packages', name, 'dist')));
  return unbuilt || readDigest(root) !== digestSources(root);
}

/**
 * Compiles the checkout at `root` when its sources changed since the last build. Ends the process when that fails.
 * @param {string} root
 */
export function buildIfStale(root) {
  if (!isCheckout(root) || !isStale(root)) return;
  const status = withLock(join(root, 'dist'), () => (isStale(root) ? build(root) : 0));
  if (status !== 0) process.exit(1);
}

/** @param {string} root */
function build(root) {
  process.stderr.write('building…\n');
  const digest = digestSources(root);
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
  const tsc = join(manifest, '../bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-b', root], { stdio: ['ignore', 2, 2] });
  if (status === 0) writeFileSync(digestPath(root), digest);
  return status ?? 1;
}

/** @param {string} root */
const digestPath = (root) => join(root, 'dist/.built');

/** @param {string} root */
function readDigest(root) {
  return existsSync(digestPath(root)) ? readFileSync(digestPath(root), 'utf8') : undefined;
}

/** @param {string} root */
const packagesOf = (root) =>
  readdirSync(join(root, 'packages'))
    .filter(
      (name) => existsSync(join(root, 'packages', name, 'tsconfig.json')) && existsSync(join(root, 'packages', name, 'src')),
    )
    .sort();

/** @param {string} root */
export function digestSources(root) {
  const hash = createHash('sha1');
  const files = ['tsconfig.json', 'tsconfig.base.json', 'package-lock.json'];
  for (const name of packagesOf(root)) {
    const home = join('packages', name);
    files.push(join(home, 'tsconfig.json'), join(home, 'package.json'));
    const found = readdirSync(join(root, home, 'src'), { recursive: true, encoding: 'utf8' });
    for (const file of found.sort()) if (/\.(ts|json)$/.test(file)) files.push(join(home, 'src', file));
  }
  for (const file of files) {
    const stat = statSync(join(root, file), { throwIfNoEntry: false });
    if (stat !== undefined) hash.update(`${file} ${stat.size} ${stat.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * Runs `work` while no other launcher runs its own. A lock whose holder is dead is taken over.
 * @template T
 * @param {string} directory
 * @param {() => T} work
 * @returns {T}
 */
export function withLock(directory, work) {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, '.build-lock');
  const deadline = performance.now() + WAIT_MS_MAX;
  while (!tryLock(path)) {
    if (performance.now() > deadline) throw new Error(`another build holds ${path}; remove the file if none is running`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  }
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** @param {string} path */
function tryLock(path) {
  try {
    const file = openSync(path, 'wx');
    writeFileSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    if (isAbandoned(path)) rmSync(path, { force: true });
    return false;
  }
}

/** @param {string} path */
function isAbandoned(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  const holder = Number(readFileSync(path, 'utf8'));
  // Between creation and the writing of the pid the file is empty: such a lock is only abandoned when it stays so.
  if (!(holder > 0)) return Date.now() - stat.mtimeMs > 5_000;
  try {
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return isCode(error, 'ESRCH');
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
const isCode = (error, code) => error instanceof Error && 'code' in error && error.code === code;
