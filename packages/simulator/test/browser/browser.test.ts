// The same seed gives the same run in a browser as in Node, byte for byte.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import type { SimulationOptions } from '@reknit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundleSimulator } from './bundle.js';
import { traceOf } from './run-in-page.js';

const RUNS: readonly SimulationOptions[] = [
  { seed: 5, protocol: 'raft', duration: 3000 },
  { seed: 6, protocol: 'paxos', duration: 2000, faults: ['kill', 'loss', 'power-loss', 'torn-writes'] },
  { seed: 7, protocol: 'zab', duration: 2000, faults: ['pause-leader', 'reorder', 'clock-drift'] },
];
/** Debian's. CI installs it; without it only the bundle is checked. */
const CHROMIUM = installed('chromium');
const PAGE_LIMIT_MS = 60_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

function installed(command: string): string | undefined {
  try {
    return execFileSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

describe('the simulator as a bundle for browsers', () => {
  let bundle: Bundle;
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'reknit-browser-'));
    bundle = await bundleSimulator();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('needs nothing but the language and text codecs: it runs where there is nothing else', () => {
    expect(bundle.imports).toEqual([]);
    const bare: { traceOf: typeof traceOf } = runInNewContext(`${bundle.code}; reknit`, { TextEncoder, TextDecoder });
    const options = { ...RUNS[0]!, duration: 500 };
    expect(bare.traceOf(options)).toBe(traceOf(options));
  });

  const compare = async (chromium: string): Promise<void> => {
    const page = join(directory, 'page.html');
    writeFileSync(page, pageOf(bundle.code));
    const { stdout } = await promisify(execFile)(
      chromium,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        `--user-data-dir=${join(directory, 'profile')}`,
        `--timeout=${PAGE_LIMIT_MS}`,
        '--dump-dom',
        `file://${page}`,
      ],
      { maxBuffer: OUTPUT_BYTES_MAX },
    );
    const traces = [...stdout.matchAll(/<pre>([^<]*)<\/pre>/g)].map(([, text]) => unescaped(text!));
    expect(traces).toHaveLength(RUNS.length);
    for (const [at, options] of RUNS.entries()) {
      const expected = traceOf(options);
      expect(expected.length).toBeGreaterThan(20_000);
      // Compared as a whole, and told by the first line that differs.
      if (traces[at] !== expected) expect(traces[at]!.split('\n')).toEqual(expected.split('\n'));
    }
  };

  if (CHROMIUM !== undefined) {
    it('runs each protocol in Chromium as in Node, event for event', () => compare(CHROMIUM));
  } else {
    it('is not run in a browser here: install Debian’s package "chromium" for that', () => {
      expect(process.env.CI, 'CI has Chromium').toBeUndefined();
    });
  }
});

const pageOf = (
  code: string,
): string => `<!doctype html><meta charset="utf-8"><body><script>${code.replaceAll('</script', '<\\/script')}
for (const options of ${JSON.stringify(RUNS)}) {
  const pre = document.createElement('pre');
  pre.textContent = reknit.traceOf(options);
  document.body.append(pre);
}
</script></body>`;

const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
