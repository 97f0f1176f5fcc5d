// The linter's rules of purity are configuration, and configuration fails silently: this proves that each of them bites.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

test('each rule of purity can be broken: the linter refuses it in a pure package and bears it in an adapter', () => {
  const broken: Readonly<Record<string, string>> = {
    'date.ts': 'export const a = Date.now();',
    'timer.ts': 'setTimeout(() => {}, 1);',
    'measure.ts': 'export const a = performance.now();',
    'random.ts': 'export const a = Math.random();',
    'files.ts': "import 'node:fs';",
    'pages.ts': "import 'lmdb';",
    'circle.ts': "import { b } from './b.js';\nexport const a = (): number => b();",
    'b.ts': "import { a } from './circle.js';\nexport const b = (): number => a();",
  };
  const purity = ['noRestrictedGlobals', 'noJsRestrictedProperties', 'noNodejsModules', 'noRestrictedImports'];
  expect(lint('packages/wal/src', broken)).toEqual(
    expect.arrayContaining([...purity, 'noUndeclaredDependencies', 'noImportCycles']),
  );
  expect(lint('packages/runtime/src/node', broken).filter((rule) => purity.includes(rule))).toEqual([]);
});

/** The names of the rules that these files break as part of the given folder. */
function lint(folder: string, files: Readonly<Record<string, string>>): readonly string[] {
  const home = mkdtempSync(join(tmpdir(), 'reknit-lint-'));
  try {
    for (const name of ['biome.json', '.gitignore']) copyFileSync(join(root, name), join(home, name));
    mkdirSync(join(home, folder), { recursive: true });
    writeFileSync(join(home, folder.split('/').slice(0, 2).join('/'), 'package.json'), '{}');
    for (const [name, text] of Object.entries(files)) writeFileSync(join(home, folder, name), text);
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
    const { stdout } = spawnSync(process.execPath, [biome, 'lint', '--reporter=github'], { cwd: home, encoding: 'utf8' });
    return [...new Set([...stdout.matchAll(/title=lint\/\w+\/(\w+)/g)].map((found) => found[1]!))];
  } finally {
    rmSync(home, { recursive: true });
  }
}
