import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { CliError } from '../src/cli-error.js';
import { type LocalCluster, startCluster } from '../src/embed/start-cluster.js';
import { runProgram } from '../src/program.js';

let cluster: LocalCluster;
let output = '';
beforeAll(async () => {
  cluster = await startCluster({ nodes: 3 });
});
afterAll(() => cluster[Symbol.asyncDispose]());
beforeEach(() => {
  output = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const reknit = (...words: string[]): Promise<number> => runProgram([...words, '--endpoints', cluster.endpoints.join()]);

async function refusalOf(...words: string[]): Promise<{ readonly text: string; readonly code: number }> {
  const error: unknown = await reknit(...words).catch((reason: unknown) => reason);
  if (!(error instanceof CliError)) throw new Error(`${words.join(' ')}: ${String(error)} ${output}`);
  return { text: error.message, code: error.exitCode };
}

const schema = JSON.parse(readFileSync(new URL('../schemas/configuration.schema.json', import.meta.url), 'utf8'));
const fits = new Ajv2020().compile(schema);

test('the members are listed, for people and as JSON', async () => {
  expect(await reknit('member', 'list')).toBe(0);
  expect(output).toMatch(/n1 .*voter.*yes/);
  expect(output).toMatch(/raft, configuration 1/);
  output = '';
  expect(await reknit('member', 'list', '--json')).toBe(0);
  expect(fits(JSON.parse(output)), JSON.stringify(fits.errors)).toBe(true);
});

test.each([
  [['protocol', 'switch', 'pbft'], /the protocol is "pbft"; use raft or paxos or zab/, 2],
  [['member', 'remove', 'n9'], /no member n9 in this cluster; there are .*n1/, 2],
  [['member', 'add', '--peer-urls', '127.0.0.1:1'], /--peer-urls holds "127.0.0.1:1"; write http:\/\/HOST:PORT/, 2],
  [['member', 'promote', 'n1'], /etcdserver: can only promote a learner member; it votes already/, 1],
  [['member', 'cancel'], /no reconfiguration is under way/, 1],
])('%s is refused with cause and cure', async (words, text, code) => {
  expect(await refusalOf(...words)).toMatchObject({ text: expect.stringMatching(text), code });
});

test('a second change is told which one is under way, and that one can be taken back', async () => {
  expect(await reknit('member', 'add', '--peer-urls', 'http://127.0.0.1:1')).toBe(0);
  expect(output).toMatch(/It votes once it is up/);
  expect(output).toMatch(/reknit node --name NAME .*--initial-cluster-state existing .*NAME=http:\/\/127.0.0.1:1/);
  expect((await refusalOf('protocol', 'switch', 'zab')).text).toMatch(
    /a reconfiguration is under way: adding member .*catching up.*; wait for its end, or end it with {2}reknit member cancel/,
  );
  output = '';
  expect(await reknit('member', 'list')).toBe(0);
  expect(output).toMatch(/under way .*adding member .*: planned/);
  expect(await reknit('member', 'cancel')).toBe(0);
  output = '';
  expect(await reknit('member', 'list', '--json')).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ plan: null, members: { length: 3 } });
});

test('a switch shows its phases and ends in the other protocol; asked again it is done already', async () => {
  expect(await reknit('protocol', 'switch', 'paxos')).toBe(0);
  expect(output).toMatch(/✔ raft → paxos, configuration 2/);
  output = '';
  expect(await reknit('protocol', 'switch', 'paxos', '--json')).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ protocol: 'paxos', epoch: 2, plan: null });
});
