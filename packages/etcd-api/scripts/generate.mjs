// node scripts/generate.mjs: rewrites src/generated from proto.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { emit } from './emit.mjs';
import { readSchema } from './schema.mjs';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const target = path('../src/generated/');

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const [name, text] of emit(readSchema(path('../proto')))) writeFileSync(`${target}${name}`, text);
