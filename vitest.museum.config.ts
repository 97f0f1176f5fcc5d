// One project a mutant: the simulator must find each, and nothing in the sources as they are.
import { defineConfig } from 'vitest/config';
import { MUTANTS, type Mutant } from './packages/simulator/test/museum/mutants.js';
import { mutate } from './packages/simulator/test/museum/mutate.js';
import { MuseumReporter } from './packages/simulator/test/museum/reporter.js';

const conditions = ['source', 'node', 'module', 'default'];

const project = (mutant: Mutant | undefined) => ({
  plugins: mutant === undefined ? [] : [mutate(mutant)],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: mutant?.name ?? 'unchanged',
    include: ['packages/simulator/test/museum/hunt.test.ts'],
    environment: 'node' as const,
    pool: 'forks' as const,
    testTimeout: 300_000,
    provide: { mutant: mutant?.name ?? 'unchanged' },
  },
});

export default defineConfig({
  test: {
    projects: [undefined, ...MUTANTS].map(project),
    reporters:
      process.env.CI === undefined
        ? [new MuseumReporter()]
        : [new MuseumReporter(), ['json', { outputFile: 'tmp/test-results/museum.json' }]],
  },
});
