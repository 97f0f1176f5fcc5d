// The simulator as one script for a browser, from the sources. What it must not reach for is an error here: nothing of Node's, and
// nothing from outside of the bundle.
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const ENTRY = fileURLToPath(new URL('./run-in-page.ts', import.meta.url));

export interface Bundle {
  readonly code: string;
  /** Modules that the bundle would need from its surroundings. */
  readonly imports: readonly string[];
}

export async function bundleSimulator(): Promise<Bundle> {
  const { output } = await build({
    input: ENTRY,
    platform: 'browser',
    resolve: { conditionNames: ['source', 'browser', 'import', 'module', 'default'] },
    output: { format: 'iife', name: 'reknit' },
    external: (id) => id.startsWith('node:'),
    write: false,
    logLevel: 'silent',
  });
  const [script] = output;
  return { code: script.code, imports: script.imports };
}
