// Searches seeds until a rule is broken; vitest.museum.config.ts runs it once for each mutant and once for none. In an
// ordinary test run it only checks that the mutants still fit the sources.
import { readFileSync } from 'node:fs';
import { runSimulation } from '@reknit/simulator';
import { expect, inject, it } from 'vitest';
import { MUTANTS, type Mutant } from './mutants.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A name, or 'unchanged' for the sources as they are. */
    readonly mutant: string;
  }
  interface TaskMeta {
    hunt?: { readonly seeds: number; readonly seconds: number; readonly virtualSeconds: number; readonly violation: string };
  }
}

/** Twice what the slowest mutant needs, so that a change of the random draws does not fail a build. */
const SEEDS_MAX = 300;
const SEEDS_UNCHANGED = 40;

const name: string | undefined = inject('mutant');
const mutant = MUTANTS.find((candidate) => candidate.name === name);

if (mutant !== undefined) {
  it('the simulator finds the mutant', ({ task }) => {
    task.meta.hunt = hunt(mutant);
  });
} else if (name === 'unchanged') {
  it('the sources as they are break no rule', () => {
    for (let seed = 1; seed <= SEEDS_UNCHANGED; seed++) expect(runSimulation({ seed }).violations, `seed ${seed}`).toEqual([]);
  });
} else {
  it.each(MUTANTS.flatMap(({ edits }) => edits))('an edit of $file fits it in one place', ({ file, find }) => {
    expect(readFileSync(new URL(`../../../../${file}`, import.meta.url), 'utf8').split(find)).toHaveLength(2);
  });
}

function hunt({ found, workloads }: Mutant) {
  const begun = performance.now();
  let virtualMs = 0;
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const report = runSimulation({ seed, workloads });
    virtualMs += report.virtualMs;
    const violation = report.violations.find(({ rule }) => found.includes(rule));
    if (violation === undefined) continue;
    const text = `${violation.rule}: ${violation.detail}`;
    return { seeds: seed, seconds: (performance.now() - begun) / 1000, virtualSeconds: virtualMs / 1000, violation: text };
  }
  return expect.fail(`${SEEDS_MAX} seeds did not find it`);
}
