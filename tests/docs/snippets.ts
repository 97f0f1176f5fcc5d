// Finds the TypeScript blocks of the documents and compiles them all in one run of the compiler. Each block keeps its line
// numbers (blank lines stand where the prose was), so an error at line 40 of a snippet is at line 40 of its page.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const root: string = join(import.meta.dirname, '../..');
/** Snippets are compiled and run here; what they leave behind stays here. */
export const home: string = join(root, 'tmp/snippets');

export interface Snippet {
  /** Of the page, from the root. */
  readonly page: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
  readonly code: string;
  /** 'check': marked `ts no-run`, compiled only. */
  readonly use: 'run' | 'check';
}

const markdownBelow = (folder: string): readonly string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.md'))
        .map((file) => join(folder, file))
        .sort()
    : [];

export const conceptPages = (): readonly string[] => markdownBelow('docs/concepts');
export const chinesePageOf = (page: string): string => page.replace('docs/', 'docs/zh/');

export function allPages(): readonly string[] {
  const readmes = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`);
  return ['README.md', ...readmes, ...conceptPages()].filter((page) => existsSync(join(root, page)));
}

export function snippetsOf(page: string): readonly Snippet[] {
  return extract(page, readFileSync(join(root, page), 'utf8'));
}

export function extract(page: string, text: string): readonly Snippet[] {
  return [...text.matchAll(/^```ts( no-run)?\n([\s\S]*?)^```$/gm)].map((found) => ({
    page,
    line: text.slice(0, found.index).split('\n').length + 1,
    code: found[2]!,
    use: found[1] === undefined ? 'run' : 'check',
  }));
}

/** The examples of doc comments, of all sources that have some. */
export function examplesOfSources(): readonly Snippet[] {
  return readdirSync(join(root, 'packages'))
    .map((name) => `packages/${name}/src`)
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter(({ text }) => text.includes('* @example'))
    .flatMap(({ path, text }) => extract(path, text.replace(/^ *\* ?/gm, '')));
}

const sourceOf = ({ page, line }: Snippet): string => `${page}.L${line}.ts`;
export const scriptOf = (snippet: Snippet): string => join(home, 'out', sourceOf(snippet).replace(/ts$/, 'js'));

const settings = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    composite: false,
    incremental: false,
    declaration: false,
    declarationMap: false,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    sourceMap: false,
    inlineSourceMap: true,
    noEmitOnError: false,
    types: ['node'],
    rootDir: '.',
    outDir: 'out',
  },
  exclude: ['out'],
};

/** @returns what the compiler has to say, in terms of the pages */
export function compile(snippets: readonly Snippet[]): string {
  rmSync(home, { recursive: true, force: true });
  for (const snippet of snippets) {
    const path = join(home, sourceOf(snippet));
    mkdirSync(join(path, '..'), { recursive: true });
    // `export {}` makes a module of a snippet without imports; it stands behind the code, so that no line moves.
    writeFileSync(path, `${'\n'.repeat(snippet.line - 1)}${snippet.code}export {};\n`);
  }
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify(settings));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return inPages(spawnSync(process.execPath, [tsc, '-p', home, '--pretty', 'false'], { cwd: home, encoding: 'utf8' }).stdout);
}

/** Replaces the places of snippets by those of their pages: `docs/concepts/a.md:40`. */
export const inPages = (text: string): string =>
  text
    .replaceAll(`file://${home}/`, '')
    .replaceAll(`${home}/`, '')
    .replace(/\.L\d+\.ts(?:\((\d+),(\d+)\))?/g, (_all, line, column) => (line === undefined ? '' : `:${line}:${column}`));
