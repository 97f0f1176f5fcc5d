// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is what stands in the file
// The schema of reknit.yaml that editors use, held to the parser: what one takes the other takes, as far as a schema can tell.
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseReknitFile } from '../../src/components/index.js';

const ajv = new Ajv2020({ allErrors: true, strictTypes: false, formats: { regex: true } });
const fits = ajv.compile(JSON.parse(readFileSync(new URL('../../../cli/schemas/reknit.schema.json', import.meta.url), 'utf8')));
const takes = (text: string): boolean => parseReknitFile(text, '/srv').ok;

const web = (...lines: readonly string[]): string =>
  ['components:', '  web:', '    driver: process', ...lines.map((line) => `    ${line}`)].join('\n');

const RIGHT: readonly string[] = [
  '',
  'nodes: 5\nprotocol: zab\ndata: /srv/five\nclientPort: 3379\nportStep: 4\ndashboardPort: 7401',
  'cluster: { nodes: 1 }',
  'cluster:\ncomponents:',
  web('command: node server.js'),
  web(
    'command: [node, server.js, 8080]',
    'cwd: app',
    'env: { A: b, N: 1, ON: true }',
    'config: [a.json]',
    'instances: 3',
    'ports: 8001',
  ),
  web('command: a', 'instances: 2', 'ports: { from: 1, step: 2, spare: 1 }', 'stop: SIGINT', 'log: a.log'),
  web('command: a', 'ports: [1, 2]', 'stop: { signal: SIGHUP, grace: 1m30s }', 'log: { file: a, maxSize: 1MB, keep: 0 }'),
  web('command: a', 'recover: { mode: passive, ladder: [wait, [fence, restart], page], budget: 3 per 10m, cooldown: 1m }'),
  web('command: a', 'recover: { dependsOn: store, maxConcurrent: 1 }', 'verify: [{ tcp: "a:1", timeout: 1s }, { soak: 10s }]'),
  web(
    'command: a',
    'detect: [{ http: "http://a/", expect: [200, 201-299], body: ok, headers: { A: b }, method: HEAD, name: x }]',
  ),
  web('command: a', 'detect: [{ grpc: "a:1", service: s, every: 1s, failures: 1 }, { command: [x, y], cwd: b, env: {} }]'),
  web(
    'command: a',
    'detect: [{ metric: "a > 1", url: "http://a/" }, { log: "E", file: f, count: 2, within: 1m }, { disk: /, minFree: 10% }]',
  ),
];

const WRONG: readonly string[] = [
  '- a',
  'nodes: 10',
  'protocol: quorum',
  'clientPort: "2379"',
  'nodes: 3\ncluster: { nodes: 3 }',
  'cluster: 3',
  'cluster: { node: 3 }',
  'component: {}',
  'components: { Web: { driver: process, command: a } }',
  'components: { web: }',
  'components: { web: { command: a } }',
  'components: { web: { driver: systemd, command: a } }',
  web('command: {}'),
  web('command: []'),
  web('comand: a'),
  web('command: a', 'instances: 0'),
  web('command: a', 'ports: 70000'),
  web('command: a', 'ports: { to: 3 }'),
  web('command: a', 'ports: [1, 1]'),
  web('command: a', 'env: [a]'),
  web('command: a', 'stop: SIGKILL'),
  web('command: a', 'stop: { grace: 5 }'),
  web('command: a', 'log: { size: 3 }'),
  web('command: a', 'detect: { tcp: "a:1" }'),
  web('command: a', 'detect: [{ every: 1s }]'),
  web('command: a', 'detect: [{ tcp: "a:1", log: x }]'),
  web('command: a', 'detect: [{ tcp: "a:1", every: fast }]'),
  web('command: a', 'detect: [{ tcp: "a:1", failures: 0 }]'),
  web('command: a', 'detect: [{ metric: "a > 1" }]'),
  web('command: a', 'detect: [{ http: "http://a/", expect: 600 }]'),
  web('command: a', 'verify: [{ log: x }]'),
  web('command: a', 'recover: { mode: on }'),
  web('command: a', 'recover: { ladder: [] }'),
  web('command: a', 'recover: { ladder: [reboot, page] }'),
  web('command: a', 'recover: { budget: many }'),
  web('command: a', 'recover: { modes: active }'),
];

describe('the schema of reknit.yaml', () => {
  it.each(RIGHT)('takes what the parser takes: %j', (text) => {
    expect(parseReknitFile(text, '/srv')).toMatchObject({ ok: true });
    expect(fits(parse(text)), ajv.errorsText(fits.errors)).toBe(true);
  });

  it.each(WRONG)('refuses what the parser refuses: %j', (text) => {
    expect(takes(text)).toBe(false);
    expect(fits(parse(text))).toBe(false);
  });

  it('takes the examples of the documents, as the parser does', () => {
    const page = readFileSync(new URL('../../../../docs/reknit-yaml.md', import.meta.url), 'utf8');
    const example = readFileSync(new URL('../../../../examples/processes/reknit.yaml', import.meta.url), 'utf8');
    const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text!);
    expect(blocks.length).toBeGreaterThanOrEqual(2);
    for (const text of [...blocks, example]) {
      expect(parseReknitFile(text, '/srv')).toMatchObject({ ok: true });
      expect(fits(parse(text)), ajv.errorsText(fits.errors)).toBe(true);
    }
  });

  it('knows every field that the parser knows', () => {
    const refused = parseReknitFile(web('command: a', 'x: 1', 'recover: { x: 1 }'), '/srv');
    const listed = refused.ok ? [] : refused.problems.map(({ text }) => /there are (.*)$/.exec(text)?.[1]?.split(', ') ?? []);
    const { $defs } = fits.schema as { $defs: { component: { properties: Record<string, { properties?: object }> } } };
    const { properties } = $defs.component;
    expect(listed.map((names) => [...names].sort())).toEqual([
      Object.keys(properties).sort(),
      Object.keys(properties.recover?.properties ?? {}).sort(),
    ]);
  });
});
