import { defineConfig } from 'vitest/config';

// One suite a mode: `vitest run` for what needs sources only, `--mode docs` for the snippets of the documents (run against
// the build), `--mode peers` for other implementations' clients (which must be installed), `--mode e2e` for
// whole clusters of real processes.
const suites: Readonly<Record<string, readonly string[]>> = {
  test: ['packages/*/test/**/*.test.ts', 'tests/*.test.ts', 'bench/test/**/*.test.ts'],
  docs: ['tests/docs/**/*.test.ts'],
  peers: ['tests/peers/**/*.test.ts'],
  e2e: ['tests/e2e/**/*.test.ts'],
};

// Tests run the TypeScript sources of every package directly: the `source` condition of their exports. vitest hands this list to
// Node too, where `import` in it would give CommonJS packages the modules that are not for them.
const conditions = ['source', 'node', 'default'];

export default defineConfig(({ mode }) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [...(suites[mode] ?? [])],
    environment: 'node',
    pool: 'forks',
    testTimeout: 60_000,
    // Sources alone keep one core busy; whole clusters want all of them for themselves.
    ...(mode === 'test' ? { maxWorkers: '100%' } : {}),
    reporters:
      process.env.CI === undefined ? ['default'] : ['default', ['json', { outputFile: `tmp/test-results/${mode}.json` }]],
  },
}));
