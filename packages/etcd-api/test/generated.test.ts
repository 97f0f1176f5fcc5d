import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
// The generator is plain JavaScript, run by Node as it is.
import { emit } from '../scripts/emit.mjs';
import { readSchema } from '../scripts/schema.mjs';
import { methods } from '../src/index.js';

const folder = (name: string): string => new URL(`../${name}`, import.meta.url).pathname;

test('the committed code is what the .proto files generate', () => {
  const files = emit(readSchema(folder('proto')));
  expect(readdirSync(folder('src/generated')).sort()).toEqual([...files.keys()].sort());
  for (const [name, text] of files) expect(readFileSync(folder(`src/generated/${name}`), 'utf8')).toBe(text);
});

test('the table names the 48 calls of the etcd v3 API', () => {
  expect(methods).toHaveLength(48);
  const perService = new Map<string, number>();
  for (const { service } of methods) perService.set(service, (perService.get(service) ?? 0) + 1);
  expect(Object.fromEntries(perService)).toEqual({
    'etcdserverpb.KV': 5,
    'etcdserverpb.Watch': 1,
    'etcdserverpb.Lease': 5,
    'etcdserverpb.Cluster': 5,
    'etcdserverpb.Maintenance': 8,
    'etcdserverpb.Auth': 17,
    'v3lockpb.Lock': 2,
    'v3electionpb.Election': 5,
  });
});

test('only watches and keep-alives are bidirectional, only snapshot and observe are server streams', () => {
  const of = (kind: string): string[] => methods.filter((method) => method.kind === kind).map((method) => method.path);
  expect(of('bidirectional')).toEqual(['/etcdserverpb.Watch/Watch', '/etcdserverpb.Lease/LeaseKeepAlive']);
  expect(of('server-stream').sort()).toEqual(['/etcdserverpb.Maintenance/Snapshot', '/v3electionpb.Election/Observe']);
});
