import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import {
  allPages,
  chinesePageOf,
  compile,
  conceptPages,
  examplesOfSources,
  extract,
  home,
  inPages,
  root,
  scriptOf,
  snippetsOf,
} from './snippets.js';

const RUN_MS_MAX = 15_000;

const snippets = [...allPages().flatMap(snippetsOf), ...examplesOfSources()];
let errors = '';
beforeAll(() => {
  errors = compile(snippets);
});

const titled = snippets.map((snippet) => [`${snippet.page}:${snippet.line}`, snippet] as const);

test('the TypeScript blocks of a page are found with their places', () => {
  const text = 'Prose\n\n```ts\nconst a = 1;\n```\n```sh\nls\n```\n```ts no-run\nb();\n```\n';
  expect(extract('a.md', text)).toEqual([
    { page: 'a.md', line: 4, code: 'const a = 1;\n', use: 'run' },
    { page: 'a.md', line: 10, code: 'b();\n', use: 'check' },
  ]);
});

test.each(titled)('%s compiles', (_title, { page, line, code }) => {
  const last = line + code.split('\n').length;
  const mine = errors.split('\n').filter((text) => {
    const at = Number(/:(\d+):\d+: error/.exec(text)?.[1]);
    return text.startsWith(`${page}:`) && at >= line && at < last;
  });
  expect(mine).toEqual([]);
});

test.each(titled.filter(([, { use }]) => use === 'run'))('%s runs', (_title, snippet) => {
  const { status, stderr } = spawnSync(process.execPath, ['--enable-source-maps', scriptOf(snippet)], {
    cwd: home,
    encoding: 'utf8',
    timeout: RUN_MS_MAX,
  });
  expect({ status, stderr: inPages(stderr) }).toEqual({ status: 0, stderr: '' });
});

test('the compiler has nothing else to say', () => {
  expect(errors.split('\n').filter((text) => text.includes('error') && !/^[^:]+\.(md|ts):\d+/.test(text))).toEqual([]);
});

test.each(conceptPages())('%s stands in Chinese too, with the same code', (page) => {
  const chinese = chinesePageOf(page);
  expect(existsSync(join(root, chinese)), `${chinese} is missing`).toBe(true);
  expect(snippetsOf(chinese).map(({ code }) => code)).toEqual(snippetsOf(page).map(({ code }) => code));
});
