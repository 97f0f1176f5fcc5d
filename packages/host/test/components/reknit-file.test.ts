// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is what stands in the file
// reknit.yaml as people write it: what is right is understood, and what is wrong is told all at once, each with its place.
import { instantiate } from '@reknit/drivers';
import { describe, expect, it } from 'vitest';
import { parseReknitFile, type ReknitFile } from '../../src/components/index.js';

function read(text: string): ReknitFile {
  const answer = parseReknitFile(text, '/srv/shop');
  if (!answer.ok)
    throw new Error(answer.problems.map(({ line, column, path, text: why }) => `${line}:${column} ${path} ${why}`).join('\n'));
  return answer.file;
}

function mistakes(text: string): readonly string[] {
  const answer = parseReknitFile(text, '/srv/shop');
  return answer.ok ? [] : answer.problems.map(({ line, column, path, text: why }) => `${line}:${column} ${path} ${why}`);
}

const web = (...lines: readonly string[]): string =>
  ['components:', '  web:', '    driver: process', ...lines.map((line) => `    ${line}`)].join('\n');

describe('a file that is right', () => {
  it('gives every instance its port in command, environment and probes', () => {
    const file = read(
      web(
        'command: node server.js --port ${port} --name ${subject}',
        'instances: 3',
        'ports: 8001',
        'env: { WORKER: "${instance}" }',
        'detect: [{ http: "http://127.0.0.1:${port}/health", every: 1s, timeout: 500ms }, { log: "FATAL|out of memory" }]',
        'recover: { mode: active, ladder: [restart, page], budget: 3 per 10m }',
        'verify: [{ http: "http://127.0.0.1:${port}/ready" }, { soak: 10s }]',
      ),
    );
    const [component] = file.components;
    expect(file.cluster).toBeUndefined();
    expect(component?.policy).toEqual({
      mode: 'active',
      ladder: [['restart'], ['page']],
      budget: { repairs: 3, withinMs: 600_000 },
      dependsOn: [],
      maxConcurrent: 1,
      group: 'web',
      soakMs: 10_000,
    });
    const second = instantiate(component!, { instance: 2, port: 8002 });
    expect([second.command, ...second.args]).toEqual(['node', 'server.js', '--port', '8002', '--name', 'web-2']);
    expect(second.env).toEqual({ PORT: '8002', WORKER: '2' });
    expect(second.cwd).toBe('/srv/shop');
    expect(second.detect).toMatchObject([
      {
        kind: 'probe',
        everyMs: 1000,
        timeoutMs: 500,
        failures: 3,
        probe: { url: 'http://127.0.0.1:8002/health', method: 'GET' },
      },
      { kind: 'log', pattern: 'FATAL|out of memory', source: { kind: 'output' } },
    ]);
    expect(second.verify.probes[0]?.probe).toMatchObject({ url: 'http://127.0.0.1:8002/ready' });
  });

  it('takes ports as a range with spares, or one by one, and what is left over is room to move to', () => {
    const ladder = 'recover: { ladder: [restart, relocate, page] }';
    const ranged = read(web('command: ./a', 'instances: 2', 'ports: { from: 9000, step: 10, spare: 1 }', ladder));
    expect(ranged.components[0]?.ports).toEqual([9000, 9010, 9020]);
    expect(read(web('command: ./a', 'instances: 2', 'ports: [80, 81, 90]', ladder)).components[0]?.ports).toEqual([80, 81, 90]);
  });

  it('understands each kind of detector', () => {
    const file = read(
      web(
        'command: [./a, "two words", ""]',
        'ports: 7000',
        'detect:',
        '  - { tcp: "127.0.0.1:${port}", failures: 1 }',
        '  - { grpc: "127.0.0.1:${port}", service: shop.Orders }',
        '  - { command: "./healthy --port ${port}" }',
        '  - { metric: "process_resident_memory_bytes > 500MB for 10s", url: "http://127.0.0.1:${port}/metrics" }',
        '  - { log: "ERROR", file: logs/app.log, count: 5, within: 10s }',
        '  - { disk: data, minFree: 10% }',
        '  - { http: "https://127.0.0.1:${port}/", expect: [200, 204-299], body: "^ok", headers: { Host: shop } }',
      ),
    );
    expect(file.components[0]?.command).toEqual(['./a', 'two words', '']);
    expect(file.components[0]?.detect).toMatchObject([
      { kind: 'probe', failures: 1, probe: { kind: 'tcp', address: '127.0.0.1:${port}' } },
      { kind: 'probe', probe: { kind: 'grpc', service: 'shop.Orders' } },
      { kind: 'probe', everyMs: 10_000, probe: { kind: 'command', command: './healthy', args: ['--port', '${port}'] } },
      { kind: 'metric', metric: 'process_resident_memory_bytes', limit: 500e6, forMs: 10_000 },
      { kind: 'log', source: { kind: 'file', path: '/srv/shop/logs/app.log' }, count: 5, withinMs: 10_000 },
      { kind: 'disk', path: '/srv/shop/data', minFreeShare: 0.1, minFreeBytes: 0 },
      {
        kind: 'probe',
        probe: {
          expectStatus: [
            { from: 200, to: 200 },
            { from: 204, to: 299 },
          ],
          expectBody: '^ok',
          headers: { Host: 'shop' },
        },
      },
    ]);
  });

  it('has nodes of the store when it says so, or says nothing of components', () => {
    expect(read('cluster: { nodes: 5, protocol: zab }\n').cluster).toEqual({ nodes: 5, protocol: 'zab' });
    expect(read('nodes: 5\nclientPort: 3379\n').cluster).toEqual({ nodes: 5, clientPort: 3379 });
    expect(read('').cluster).toEqual({});
    expect(read(`cluster:\n${web('command: ./a')}`).cluster).toEqual({});
    expect(read(web('command: ./a')).cluster).toBeUndefined();
  });

  it('says how a component is stopped, where its output goes, and whom it needs', () => {
    const file = read(
      `${web('command: ./a', 'stop: { signal: SIGINT, grace: 3s }', 'log: { file: web.log, maxSize: 1MB, keep: 1 }', 'recover: { dependsOn: [api, store] }')}\n  api: { driver: process, command: ./b, stop: SIGQUIT }`,
    );
    expect(file.components[0]).toMatchObject({
      stop: { signal: 'SIGINT', graceMs: 3000 },
      log: { file: '/srv/shop/web.log', bytesMax: 1e6, keep: 1 },
      policy: { dependsOn: ['api', 'store'] },
    });
    expect(file.components[1]?.stop).toEqual({ signal: 'SIGQUIT' });
  });
});

describe('a file that is wrong', () => {
  it('tells every mistake at once, each with line, column and what was expected', () => {
    const text = [
      'componets: {}',
      'components:',
      '  web:',
      '    driver: process',
      '    instances: three',
      '    comand: node server.js',
      '    detect:',
      '      - { http: "127.0.0.1:8001/health", every: 1 }',
      '      - { log: "(" }',
      '      - { every: 1s }',
      '  db:',
      '    driver: postgres',
    ].join('\n');
    expect(mistakes(text)).toEqual([
      '1:1 componets is not known here: did you mean "components"?',
      '4:5 components.web.command is missing: expected the program to run, such as node server.js',
      '5:16 components.web.instances is "three": expected a whole number from 1 to 100',
      '6:5 components.web.comand is not known here: did you mean "command"?',
      '8:17 components.web.detect[0].http is "127.0.0.1:8001/health": expected a URL such as http://127.0.0.1:${port}/health',
      '8:49 components.web.detect[0].every is 1: expected a duration with its unit, such as 500ms, 1s or 10m, of at least 50ms',
      expect.stringMatching(/^9:16 components\.web\.detect\[1\]\.log is no regular expression: .*Unterminated group/),
      '10:9 components.web.detect[2] says not what it looks at: expected one of http, tcp, grpc, command, metric, log, disk',
      '12:13 components.db.driver is "postgres": expected process',
    ]);
  });

  it.each([
    [
      'an unknown variable',
      web('command: ./a ${prot}', 'ports: 1'),
      /uses \$\{prot\}, which is no variable: did you mean \$\{port\}\?/,
    ],
    [
      'a port that it does not have',
      web('command: ./a', 'detect: [{ tcp: "127.0.0.1:${port}" }]'),
      /uses \$\{port\}, but the component has no ports: add {2}ports: 8001/,
    ],
    [
      'a ladder without an end',
      web('command: ./a', 'recover: { ladder: [restart] }'),
      /has no end: expected page as its last rung/,
    ],
    ['an empty ladder', web('command: ./a', 'recover: { ladder: [] }'), /has no end/],
    ['a ladder that goes on', web('command: ./a', 'recover: { ladder: [page, restart, page] }'), /goes on after page/],
    ['an unknown action', web('command: ./a', 'recover: { ladder: [reboot, page] }'), /is "reboot": expected wait, stop/],
    ['an action of the store', web('command: ./a', 'recover: { ladder: [rebuild, page] }'), /cannot be done to a process/],
    ['a move to nowhere', web('command: ./a', 'ports: 1', 'recover: { ladder: [relocate, page] }'), /no port to move to/],
    ['a mode', web('command: ./a', 'recover: { mode: activ }'), /did you mean "active"\?/],
    ['a budget', web('command: ./a', 'recover: { budget: 3 }'), /such as "3 per 10m"/],
    ['a shell', web('command: ./a | tee log'), /has "\|", which only a shell understands: write {2}\[sh, -c, "exec …"\]/],
    ['a quote', web(`command: "./a 'b"`), /a quote that is not closed/],
    ['too few ports', web('command: ./a', 'instances: 3', 'ports: [1, 2]'), /has 2 ports for 3 instances/],
    ['ports beyond the last', web('command: ./a', 'instances: 9', 'ports: 65530'), /reaches port 65538/],
    ['a port twice', web('command: ./a', 'instances: 2', 'ports: [1, 1]'), /stands in this list already/],
    ['two questions in one', web('command: ./a', 'detect: [{ tcp: "a:1", log: x }]'), /log stands beside tcp/],
    [
      'a threshold',
      web('command: ./a', 'detect: [{ metric: "rss >> 5", url: "http://a/" }]'),
      /is no threshold: expected a number.* at its column 6/,
    ],
    [
      'metrics from nowhere',
      web('command: ./a', 'detect: [{ metric: "rss > 5" }]'),
      /url is missing: expected where the metrics are/,
    ],
    ['a status', web('command: ./a', 'detect: [{ http: "http://a/", expect: 600 }]'), /a status such as 200/],
    ['a name', 'components: { Web-1: { driver: process, command: a } }', /is no name: expected lower-case/],
    [
      'an unknown need',
      web('command: ./a', 'recover: { dependsOn: [api] }'),
      /is "api", which is no component: there are web, store/,
    ],
    ['settings in two places', 'nodes: 3\ncluster: { nodes: 3 }', /stands beside cluster/],
    ['a range', 'cluster: { nodes: 12 }', /2?\d*1:\d+ cluster\.nodes is 12: expected a whole number from 1 to 9/],
    ['something else', '- a\n- b', /is a list: expected a map with cluster: and components:/],
    ['two of a name', web('command: ./a', 'command: ./b'), /is not YAML: .*unique/],
    ['an indentation', 'components:\n  web:\n driver: process', /is not YAML/],
  ])('refuses %s', (_, text, expected) => {
    expect(mistakes(text).join('\n')).toMatch(expected);
  });

  it('refuses components that wait for each other, and that share a port', () => {
    const text = [
      'components:',
      '  a: { driver: process, command: ./a, ports: 8000, recover: { dependsOn: b } }',
      '  b: { driver: process, command: ./b, ports: 8000, recover: { dependsOn: [a] } }',
    ].join('\n');
    expect(mistakes(text)).toEqual([
      '3:6 components.b has port 8000, which a has already: expected ports of its own',
      '3:75 components.b.recover.dependsOn[0] closes a circle: a needs b needs a',
    ]);
  });

  it('keeps a dollar sign that is written twice', () => {
    const [component] = read(web('command: ["./a", "$${port}"]')).components;
    expect(instantiate(component!, { instance: 1, port: undefined }).args).toEqual(['${port}']);
  });
});
