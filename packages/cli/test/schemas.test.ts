// The shapes that `--json` promises. The commands' own output is held to them by the end-to-end tests.
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { healedIncident } from './support.js';

const folder = new URL('../schemas/', import.meta.url);
const files = readdirSync(folder);
const ajv = new Ajv2020({ allErrors: true, formats: { regex: true } });
for (const file of files) ajv.addSchema(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));

const valid = (name: string, value: unknown): boolean => ajv.validate(`https://reknit.dev/schemas/${name}.schema.json`, value);

test('every schema compiles and says what it is of', () => {
  expect(files).not.toEqual([]);
  for (const file of files)
    expect(ajv.getSchema(`https://reknit.dev/schemas/${file}`)?.schema, file).toMatchObject({ title: expect.any(String) });
});

test('an incident as the agent writes it fits, and without a required part does not', () => {
  const { phase, ...rest } = healedIncident();
  expect(valid('incident-record', { ...rest, phase }), ajv.errorsText()).toBe(true);
  expect(valid('incident-record', rest)).toBe(false);
  expect(valid('incident-record', { ...rest, phase: { ...phase, kind: 'asleep' } })).toBe(false);
});

test('lists of incidents name their source', () => {
  const incidents = [healedIncident()];
  expect(valid('incidents', { format: 1, source: 'store', total: 1, incidents })).toBe(true);
  expect(valid('incidents', { format: 1, source: 'rumour', total: 1, incidents })).toBe(false);
});
