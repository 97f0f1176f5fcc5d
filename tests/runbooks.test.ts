// The runbooks say what the catalogue does: their tables are made from it, what looks the same stands there in the words of its
// test, and no class lacks a page.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE } from '@reknit/recovery';
import { describe, expect, it } from 'vitest';
import { LOOKALIKES } from '../packages/recovery/test/support/lookalikes.js';
import { renderClass } from '../scripts/runbooks.mjs';

const root = join(import.meta.dirname, '..');
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

describe.each(CATALOGUE)('the runbook of $name', (fault) => {
  const page = existsSync(join(root, fault.runbook)) ? read(fault.runbook) : '';

  it('says what the sources say (else: npm run docs:runbooks)', () => {
    expect(fault.runbook).toBe(`docs/runbooks/${fault.name}.md`);
    expect(page).toContain(renderClass(fault));
  });

  it('names what looks the same, as it is tested', () => {
    for (const { situation } of LOOKALIKES.filter(({ of }) => of === fault.name)) expect(page).toContain(situation);
  });

  it('tells a human what to do, how to verify it, and how to drill it', () => {
    for (const heading of ['What you do', 'How to verify', 'How to drill it']) expect(page).toContain(`\n## ${heading}\n`);
  });
});

it('there is no runbook of a class that is no more, and the index names all', () => {
  const pages = readdirSync(join(root, 'docs/runbooks')).filter((file) => file !== 'README.md');
  expect(pages.sort()).toEqual(CATALOGUE.map(({ name }) => `${name}.md`).sort());
  const index = read('docs/runbooks/README.md');
  for (const page of pages) expect(index).toContain(`](${page})`);
});
