import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allPages, chinesePageOf, conceptPages, root } from './snippets.js';

const rootPages = readdirSync(root).filter((name) => name.endsWith('.md'));
const documents = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));
const pages = [...new Set([...rootPages, ...documents, ...allPages()])];

const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const linksOf = (page: string): readonly string[] =>
  [...read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((found) => found[1]!).filter((target) => !/^[a-z]+:/.test(target));

test.each(pages)('the links of %s lead somewhere', (page) => {
  expect(linksOf(page).filter((target) => !existsSync(join(root, page, '..', target)))).toEqual([]);
});

test('the indexes of the concepts name every page', () => {
  const index = 'docs/concepts/README.md';
  const expected = conceptPages().filter((page) => page !== index);
  for (const [home, all] of [
    [index, expected],
    [chinesePageOf(index), expected.map(chinesePageOf)],
  ] as const) {
    expect(
      linksOf(home)
        .map((target) => join(home, '..', target))
        .sort(),
    ).toEqual(expect.arrayContaining(all.toSorted()));
  }
});

test('the index of the decisions names every decision', () => {
  const all = readdirSync(join(root, 'docs/adr')).filter((name) => /^\d{4}-/.test(name));
  expect(linksOf('docs/adr/README.md')).toEqual(all.sort());
});
