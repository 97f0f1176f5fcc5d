// What runs beside the nodes of a drill, so that faults of declared components can be made too: a database, and two fronts that
// need it and that read a file when they start.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProcessComponent } from '@reknit/drivers';
import { freeBlock } from '../cluster/ports.js';
import { readSettingsFile } from '../cluster/settings.js';

const PROGRAM = fileURLToPath(new URL('company-program.js', import.meta.url));
const PORT_FIRST = 31_000;
const PORT_SPREAD = 1000;
const PORT_STEP = 10;

const directoryOf = (dataDir: string): string => join(dataDir, 'company');
export const menuPath = (dataDir: string): string => join(directoryOf(dataDir), 'menu.json');

export const MENU = '{"serves": true}\n';
export const BROKEN_MENU = '{"serves": tr\n';

/** @param dataDir of the drill */
export async function declareCompany(dataDir: string): Promise<readonly ProcessComponent[]> {
  const base = await freeBlock(PORT_FIRST + Math.floor(Math.random() * PORT_SPREAD), 2, PORT_STEP);
  mkdirSync(directoryOf(dataDir), { recursive: true });
  writeFileSync(menuPath(dataDir), MENU);
  const file = join(directoryOf(dataDir), 'reknit.yaml');
  writeFileSync(file, fileOf(dataDir, { database: base, fronts: base + PORT_STEP }));
  return (await readSettingsFile(file)).components;
}

const fileOf = (dataDir: string, ports: { readonly database: number; readonly fronts: number }): string => `components:
  db:
    driver: process
    command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(PROGRAM)}]
    ports: ${ports.database}
    detect:
      - { http: "http://127.0.0.1:\${port}/health", every: 200ms, timeout: 400ms, failures: 3 }
    verify:
      - { soak: 1s }
  front:
    driver: process
    command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(PROGRAM)}, ${JSON.stringify(menuPath(dataDir))}, "${ports.database}"]
    instances: 2
    ports: ${ports.fronts}
    config: [${JSON.stringify(menuPath(dataDir))}]
    detect:
      - { http: "http://127.0.0.1:\${port}/health", every: 200ms, timeout: 400ms, failures: 3 }
    recover: { dependsOn: [db] }
    verify:
      - { soak: 1s }
`;
