// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is what stands in a declaration
// The suite that third parties run on their own drivers, on those that Reknit ships.
import { fileURLToPath } from 'node:url';
import type { Driver } from '@reknit/recovery';
import type { ProcessIdentity } from '@reknit/runtime';
import { createNodeRuntime } from '@reknit/runtime/node';
import { describe, expect, it } from 'vitest';
import { freePortBlock } from '../../../tests/support/ports.js';
import { type ConformanceBench, driverConformance } from '../src/conformance/index.js';
import { createInstruments, createNodeDriver, LOG_DEFAULTS, type ProcessComponent, ProcessDriver } from '../src/index.js';
import { scratchDirectory } from './support/scratch.js';

const runtime = createNodeRuntime({ log: { log: () => undefined } });
const program = (name: string): string => fileURLToPath(new URL(`./support/${name}`, import.meta.url));

type Hands = Pick<ConformanceBench, 'crash' | 'hang' | 'heal' | 'close'>;

/** Real faults by real signals; the driver's own starts are noted, so that none is left. */
function handsFor(driver: Driver, end: () => void): Hands & { readonly driver: Driver } {
  const started: ProcessIdentity[] = [];
  const signal = (name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => (process: ProcessIdentity) =>
    void runtime.processes.signal(process, name);
  const start: Driver['start'] = (...words) => {
    const process = driver.start(...words);
    started.push(process);
    return process;
  };
  return {
    driver: new Proxy(driver, {
      get: (target, name) => {
        const value: unknown = name === 'start' ? start : Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
    crash: signal('SIGKILL'),
    hang: signal('SIGSTOP'),
    heal: signal('SIGCONT'),
    close: () => {
      for (const process of started) runtime.processes.signal(process, 'SIGKILL');
      end();
    },
  };
}

describe('the node driver', () => {
  driverConformance(async () => {
    const scratch = scratchDirectory();
    const port = await freePortBlock(1);
    const secret = Buffer.from('a secret of this test');
    const flags = { name: 'n1', port: `${port}`, 'data-dir': scratch.path, 'secret-hex': secret.toString('hex') };
    const node = {
      name: 'n1',
      command: process.execPath,
      args: [program('fake-node.mjs'), ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])],
      clientUrl: `http://127.0.0.1:${port}`,
      dataDir: scratch.path,
      logFile: `${scratch.path}/n1.log`,
    };
    const successor = (): Driver => createNodeDriver({ runtime, nodes: [node], secret });
    return { subject: 'n1', successor, ...handsFor(successor(), () => scratch.remove()) };
  }, it);
});

async function processBench(): Promise<ConformanceBench> {
  const scratch = scratchDirectory();
  const port = await freePortBlock(2);
  const url = 'http://127.0.0.1:${port}/health';
  const probe = {
    kind: 'http',
    name: 'health',
    url,
    method: 'GET',
    headers: {},
    expectStatus: [{ from: 200, to: 200 }],
  } as const;
  const component: ProcessComponent = {
    driver: 'process',
    name: 'web',
    instances: 1,
    command: [process.execPath, program('fake-component.mjs'), '--port', '${port}'],
    cwd: scratch.path,
    env: {},
    ports: [port, port + 1],
    stop: { signal: 'SIGTERM' },
    log: LOG_DEFAULTS,
    config: [],
    detect: [{ kind: 'probe', probe, everyMs: 20, timeoutMs: 1000, failures: 3 }],
    verify: { probes: [{ probe, timeoutMs: 1000 }] },
    policy: { mode: 'active', dependsOn: [], maxConcurrent: 1, group: 'web' },
  };
  const drivers: ProcessDriver[] = [];
  const successor = (): Driver => {
    const driver = new ProcessDriver({
      runtime,
      components: [component],
      directory: `${scratch.path}/agent`,
      instruments: createInstruments(),
    });
    drivers.push(driver);
    return driver;
  };
  const end = (): void => {
    for (const driver of drivers) driver.end();
    scratch.remove();
  };
  return { subject: 'web-1', successor, ...handsFor(successor(), end) };
}

describe('the process driver', () => driverConformance(processBench, it));

describe('the suite', () => {
  /** Runs one check on a driver that is wrong in one way. */
  async function tried(check: string, wrong: (driver: Driver) => Partial<Driver>): Promise<void> {
    const bodies = new Map<string, () => Promise<void>>();
    const bench = async (): Promise<ConformanceBench> => {
      const here = await processBench();
      const mutation = wrong(here.driver);
      const driver = new Proxy(here.driver, {
        get: (target, name) => Reflect.get(name in mutation ? mutation : target, name),
      });
      return { ...here, driver, patienceMs: 1000 };
    };
    driverConformance(bench, (name, body) => void bodies.set(name, body));
    const body = bodies.get(check);
    if (body === undefined) throw new Error(`there is no check "${check}"`);
    await body();
  }

  it.each<[string, string, (driver: Driver) => Partial<Driver>]>([
    [
      'says gone and ends nobody',
      'ends a hanging process by force, and answers when the kernel has confirmed it',
      () => ({ fence: async () => 'gone' }),
    ],
    [
      'tells an end twice',
      'tells the end of a crashed process once, and knows it as gone',
      (driver) => ({
        start: (subject, token, onEnd) =>
          driver.start(subject, token, (end) => {
            onEnd(end);
            onEnd(end);
          }),
      }),
    ],
    [
      'gives all lives one name',
      'gives another life another name',
      (driver) => ({
        identify: async (...words) => {
          const boot = await driver.identify(...words);
          return boot === undefined ? undefined : { ...boot, bootId: 'always' };
        },
      }),
    ],
    ['takes anybody for its subject', 'refuses a subject that it does not have', () => ({ endpoint: () => 'http://somewhere' })],
    [
      'identifies what does not answer',
      'answers in time for a subject that hangs, and hears it again when it goes on',
      () => ({ probe: async () => ({ connect: 'accepted', health: 'good' }) }),
    ],
    [
      'rejects what it does not know',
      'refuses an action that it does not know by an answer, not by a rejection',
      () => ({ act: () => Promise.reject(new Error('what?')) }),
    ],
  ])('finds a driver that %s', async (_, check, wrong) => {
    await expect(tried(check, wrong)).rejects.toThrow();
    await expect(tried(check, () => ({}))).resolves.toBeUndefined();
  });
});
