import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MUTANTS } from './museum/index.js';

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

test('every mutant has a name of its own', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});

test.each(MUTANTS.flatMap(({ name, edits }) => edits.map((edit) => [name, edit] as const)))(
  'an edit of %s fits its source in one place',
  (_name, { file, find }) => {
    expect(read(file).split(find)).toHaveLength(2);
  },
);

test.each(MUTANTS)('docs/museum.md shows $name', ({ name }) => {
  expect(read('docs/museum.md')).toContain(`\`${name}\``);
});
