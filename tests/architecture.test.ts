// The rules between packages that neither the compiler nor the linter knows: which floor stands on which, that the two
// wings stay apart, and that only adapters choose an implementation of the platform. Purity inside a file (timers, Date,
// Math.random, node:*) and circles between files are rules of the linter: see purity.test.ts.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/**
 * A package imports only from lower floors; packages of one floor do not know each other. ARCHITECTURE.md says which stands
 * where: the page is the rule, so the two cannot differ.
 */
const floors: ReadonlyMap<string, number> = new Map(
  [...readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(/^\| (\d) \| `([\w-]+)`(?: \(published as `(\w+)`\))?/gm)].map(
    ([, floor, name, published]) => [published ?? name!, Number(floor)],
  ),
);
/** Entry points that touch the platform; only the outermost packages choose them. */
const platformEntries = ['runtime/node', 'mvcc/lmdb', 'grpc/node-http2', 'grpc/framed'];
const outermost = ['host', 'reknit'];

interface Package {
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly exports: readonly string[];
  readonly references: readonly string[];
}
interface Source {
  readonly package: string;
  readonly path: string;
  readonly text: string;
}

/** Not a number for a package without a floor: every comparison with it fails, and it is reported. */
const floorOf = (name: string): number => floors.get(name) ?? Number.NaN;
const shortName = (name: string): string => name.replace('@reknit/', '');
const isOurs = (name: string): boolean => /^(@reknit\/|reknit$)/.test(name);

const importsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^\s*(?:import|export)\b[^'";]*?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm)].map(
    (found) => found[1] ?? found[2]!,
  );

function layering(all: readonly Package[]): readonly string[] {
  return all.flatMap(({ name, dependencies, references }) => [
    ...(Number.isNaN(floorOf(name)) ? [`${name} stands on no floor`] : []),
    ...dependencies.filter((other) => !(floorOf(other) < floorOf(name))).map((other) => `${name} must not depend on ${other}`),
    ...dependencies
      .filter((other) => !references.includes(other))
      .map((other) => `tsconfig of ${name} lacks a reference to ${other}`),
    ...references
      .filter((other) => !dependencies.includes(other))
      .map((other) => `package.json of ${name} lacks a dependency on ${other}`),
  ]);
}

function forbiddenImports(files: readonly Source[], all: readonly Package[]): readonly string[] {
  const violation = (source: Source, target: string): string | undefined => {
    if (target.startsWith('.')) return escapes(source.path, target) ? 'leaves its package' : undefined;
    if (!isOurs(target)) return undefined;
    const [, name, entry] = /^(?:@reknit\/)?([^/]+)(\/.+)?$/.exec(target)!;
    const owner = all.find((one) => one.name === source.package)!;
    if (!owner.dependencies.includes(name!)) return 'is not among its dependencies';
    if (!all.find((one) => one.name === name)?.exports.includes(`.${entry ?? ''}`)) return 'is no public entry point';
    if (platformEntries.includes(`${name}${entry}`) && !outermost.includes(owner.name))
      return 'chooses the platform below the host';
    return undefined;
  };
  return files.flatMap((source) =>
    importsOf(source.text).flatMap((target) => {
      const reason = violation(source, target);
      return reason === undefined ? [] : [`${source.path} imports ${target}: ${reason}`];
    }),
  );
}

const escapes = (path: string, target: string): boolean =>
  !join(path, '..', target).startsWith(path.split('/').slice(0, 3).join('/'));

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
}
const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8'));
const manifestOf = (folder: string): Manifest => readJson<Manifest>(join(folder, 'package.json'));

/** A reference may lead to a project inside a package: its adapter folder. */
const packageFolderOf = (path: string): string => join(root, ...relative(root, path).split('/').slice(0, 2));

const folders = readdirSync(join(root, 'packages')).filter((name) => existsSync(join(root, 'packages', name, 'package.json')));

const packages: readonly Package[] = folders.map((name) => {
  const folder = join(root, 'packages', name);
  const manifest = manifestOf(folder);
  const { references = [] } = readJson<{ references?: { path: string }[] }>(join(folder, 'tsconfig.json'));
  return {
    name: shortName(manifest.name),
    dependencies: Object.keys(manifest.dependencies ?? {})
      .filter(isOurs)
      .map(shortName),
    exports: Object.keys(manifest.exports ?? {}),
    references: [...new Set(references.map(({ path }) => shortName(manifestOf(packageFolderOf(join(folder, path))).name)))],
  };
});

const sources: readonly Source[] = folders.flatMap((name, at) =>
  readdirSync(join(root, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join('packages', name, 'src', file))
    .map((path) => ({ package: packages[at]!.name, path, text: readFileSync(join(root, path), 'utf8') })),
);

test('packages depend on lower floors only, and the compiler builds them in that order', () => {
  expect(layering(packages)).toEqual([]);
});

test('sources import declared packages by their public entry points, and only the outermost choose the platform', () => {
  expect(forbiddenImports(sources, packages)).toEqual([]);
});

test('no source switches a rule of purity off', () => {
  const excused =
    /biome-ignore(-all|-start)? lint\/(style\/noRestricted|nursery\/noJsRestricted|correctness\/noNodejs|suspicious\/noImportCycles)/;
  expect(sources.filter(({ text }) => excused.test(text)).map(({ path }) => path)).toEqual([]);
});

test('each rule of the floors can be broken', () => {
  const entry = { exports: ['.'], references: [] as string[] };
  const store: Package = { ...entry, name: 'store', dependencies: ['runtime', 'recovery'], references: ['runtime', 'wal'] };
  const runtime: Package = { ...entry, name: 'runtime', dependencies: ['wal'], exports: ['.', './node'] };
  expect(layering([store, runtime, { ...entry, name: 'cellar', dependencies: [] }])).toEqual([
    'store must not depend on recovery',
    'tsconfig of store lacks a reference to recovery',
    'package.json of store lacks a dependency on wal',
    'runtime must not depend on wal',
    'tsconfig of runtime lacks a reference to wal',
    'cellar stands on no floor',
  ]);
  const text = ['../../wal/src/x.js', '@reknit/wal', '@reknit/runtime/src/clock.js', '@reknit/runtime/node', './fine.js']
    .map((target) => `import {\n  a,\n} from '${target}';\n`)
    .join('');
  expect(forbiddenImports([{ package: 'store', path: 'packages/store/src/a.ts', text }], [store, runtime])).toEqual([
    'packages/store/src/a.ts imports ../../wal/src/x.js: leaves its package',
    'packages/store/src/a.ts imports @reknit/wal: is not among its dependencies',
    'packages/store/src/a.ts imports @reknit/runtime/src/clock.js: is no public entry point',
    'packages/store/src/a.ts imports @reknit/runtime/node: chooses the platform below the host',
  ]);
});
