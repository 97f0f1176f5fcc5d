// The schemas that ship with the command.
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

const folder = new URL('../../packages/cli/schemas/', import.meta.url);
const ajv = new Ajv2020({ allErrors: true });
for (const file of readdirSync(folder)) ajv.addSchema(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));

/** @param name a schema's, without its ending */
export function requireShape(name: string, value: unknown): void {
  if (ajv.validate(`https://reknit.dev/schemas/${name}.schema.json`, value)) return;
  throw new Error(`not of the shape ${name}: ${ajv.errorsText()}\n${JSON.stringify(value)}`);
}
