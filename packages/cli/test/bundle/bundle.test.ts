// A bundle of a cluster of which nothing runs any more: what its directory holds is all there is.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { writeAgentConfig } from '../../src/cluster/agent-files.js';
import { LAYOUT_DEFAULTS, nodeDirectory, nodeLog, planLayout, secretPath, writeLayout } from '../../src/cluster/layout.js';
import { bundle } from '../../src/commands/bundle.js';

const schema = JSON.parse(readFileSync(new URL('../../schemas/bundle.schema.json', import.meta.url), 'utf8'));
const PLANTED = [
  'environment-s3cret',
  'log-passw0rd',
  'journal-t0ken',
  'uri-passw0rd',
  'bearer-t0ken-abc',
  'MIIplantedkey',
  'component-s3cret',
  'component-t0ken',
];

let directory: string;
let dataDir: string;
let printed: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reknit-bundle-'));
  dataDir = join(directory, 'c');
  // Ports of nobody.
  writeLayout(dataDir, planLayout({ ...LAYOUT_DEFAULTS, clientPort: 1, portStep: 2 }, 'cluster'));
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    printed += String(chunk);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

const layoutOf = () => JSON.parse(readFileSync(join(dataDir, 'cluster.json'), 'utf8'));

/** In every file that a bundle reads. */
function plant(): void {
  writeAgentConfig(dataDir, layoutOf(), {});
  const path = join(dataDir, 'agent', 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  config.nodes[0].env = { API: 'environment-s3cret' };
  config.nodes[0].args.push('--db=postgres://me:uri-passw0rd@db/x');
  const web = join(directory, 'web.out');
  writeFileSync(web, 'served with token=component-t0ken\n');
  config.components = [{ name: 'web', env: { KEY: 'component-s3cret' }, log: { file: web } }];
  writeFileSync(path, JSON.stringify(config));
  const key = readFileSync(secretPath(dataDir));
  writeFileSync(nodeLog(dataDir, 'n1'), `started with ${key.toString('hex')}\npassword=log-passw0rd\n`);
  writeFileSync(nodeLog(dataDir, 'n2'), `-----BEGIN PRIVATE KEY-----\nMIIplantedkey\n`);
  writeFileSync(join(dataDir, 'agent', 'agent.log'), `it was environment-s3cret\nAuthorization: Bearer bearer-t0ken-abc\n`);
  const journal = join(dataDir, 'agent', 'journal');
  mkdirSync(journal);
  writeFileSync(
    join(journal, 'journal-00000001.jsonl'),
    `${JSON.stringify({ token: 'journal-t0ken', of: key.toString('base64') })}\n`,
  );
  mkdirSync(nodeDirectory(dataDir, 'n1'));
  writeFileSync(join(nodeDirectory(dataDir, 'n1'), 'exit.json'), '{"code":1}');
  writeFileSync(join(nodeDirectory(dataDir, 'n1'), 'data.log'), 'what clients wrote');
}

async function make(): Promise<{ readonly file: string; readonly text: string }> {
  const file = join(directory, 'b.tar.gz');
  expect(await bundle({ data: dataDir, output: file, json: true })).toBe(0);
  return { file, text: gunzipSync(readFileSync(file)).toString('latin1') };
}

test('no planted secret is in it, in no spelling; names of variables and paths are', async () => {
  plant();
  const { text } = await make();
  const key = readFileSync(secretPath(dataDir));
  const spellings = [key.toString('latin1'), key.toString('hex'), key.toString('base64'), layoutOf().token];
  for (const secret of [...PLANTED, ...spellings]) expect(text.includes(secret), secret).toBe(false);
  expect(text).toContain('"API": "(left out)"');
  expect(text).toContain(secretPath(dataDir));
  expect(text).not.toContain('what clients wrote');
});

test('without members and without an agent it holds what the directory tells, and says what is missing', async () => {
  plant();
  const { file } = await make();
  const manifest = JSON.parse(printed);
  const ajv = new Ajv2020();
  expect(ajv.validate(schema, manifest), ajv.errorsText()).toBe(true);
  const paths = manifest.entries.map((entry: { path: string }) => entry.path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'versions.json',
      'machine.json',
      'cluster.json',
      'agent/config.json',
      'agent/journal/journal-00000001.jsonl',
      'components/n1/exit.json',
      'logs/n1.log',
      'logs/agent/agent.log',
      'logs/elsewhere/web.log',
      'members.json',
    ]),
  );
  expect(manifest.missing).toContainEqual({ path: 'agent/status.json', why: 'no agent answers here' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const listed = spawnSync('tar', ['-tzf', file], { encoding: 'utf8' }).stdout.trim().split('\n');
  expect(listed.map((path) => path.split('/').slice(1).join('/'))).toEqual(['manifest.json', ...paths]);
});

test('of a long log it takes the end, from the beginning of a line, and says so', async () => {
  writeFileSync(nodeLog(dataDir, 'n1'), Array.from({ length: 200_000 }, (_, at) => `line ${at}`).join('\n'));
  const { text } = await make();
  const entry = JSON.parse(printed).entries.find(({ path }: { path: string }) => path === 'logs/n1.log');
  expect(entry.bytes).toBeLessThanOrEqual(1024 * 1024);
  expect(entry.tailOf).toBe(statSync(nodeLog(dataDir, 'n1')).size);
  expect(text).toContain('line 199999');
  expect(text).not.toContain('line 100\n');
});

test('of a journal that is longer than what was written it takes what was written', async () => {
  const journal = join(dataDir, 'agent', 'journal');
  mkdirSync(journal, { recursive: true });
  const line = '{"kind":"decision"}\n';
  writeFileSync(join(journal, 'journal-00000001.jsonl'), Buffer.concat([Buffer.from(line), Buffer.alloc(2 * 1024 * 1024)]));
  const { text } = await make();
  const entry = JSON.parse(printed).entries.find(({ path }: { path: string }) => path.endsWith('.jsonl'));
  expect(entry).toMatchObject({ bytes: line.length });
  expect(entry.tailOf).toBeUndefined();
  expect(text).toContain(line);
});

test('a file that is there is not overwritten, and a place that cannot be written to leaves nothing behind', async () => {
  const { file } = await make();
  await expect(bundle({ data: dataDir, output: file })).rejects.toThrow(/is there already; name another/);
  await expect(bundle({ data: dataDir, output: join(directory, 'no', 'where.tar.gz') })).rejects.toThrow(
    /no such file or directory/,
  );
  expect(readdirSync(directory).sort()).toEqual(['b.tar.gz', 'c']);
  await expect(bundle({ data: join(directory, 'x') })).rejects.toThrow(/there is no cluster in/);
});
