import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseAgentConfig } from '../../src/agent/agent-config.js';
import { channelOf } from '../../src/agent/pages.js';

const page = { key: 'n2-1/3', at: 5, incident: 'n2-1', subject: 'n2', verdict: 'crash-loop', text: 'it ends again and again' };
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Answers each request in turn with the next status. */
function webhook(...statuses: number[]): Promise<{ url: string; got: { key: string | undefined; body: unknown }[] }> {
  const got: { key: string | undefined; body: unknown }[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      got.push({ key: request.headers['idempotency-key']?.toString(), body: JSON.parse(Buffer.concat(parts).toString()) });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  closers.push(() => server.close());
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`, got })),
  );
}

describe('a page by webhook', () => {
  it('is a POST of JSON with a key, taken with any 2xx', async () => {
    const { url, got } = await webhook(202);
    await channelOf({ webhook: url }).send(page);
    expect(got).toEqual([{ key: page.key, body: { format: 1, ...page } }]);
  });

  it('is not taken when the other end answers with an error, or is not there', async () => {
    const { url } = await webhook(503);
    await expect(channelOf({ webhook: url }).send(page)).rejects.toThrow('it answered 503');
    await expect(channelOf({ webhook: 'http://127.0.0.1:1/' }).send(page)).rejects.toThrow();
  });
});

describe('a page by command', () => {
  it('stands on its input, and its key in its environment', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'reknit-page-')), 'got');
    await channelOf({ command: ['/bin/sh', '-c', `cat > ${file}; echo "|$REKNIT_PAGE_KEY" >> ${file}`] }).send(page);
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify({ format: 1, ...page })}|${page.key}\n`);
  });

  it('is not taken when it fails, or cannot be run', async () => {
    await expect(channelOf({ command: ['/bin/sh', '-c', 'exit 3'] }).send(page)).rejects.toThrow('it ended with exit code 3');
    await expect(channelOf({ command: ['/does/not/exist'] }).send(page)).rejects.toThrow('ENOENT');
  });
});

describe('the configuration of pages', () => {
  const config = (pages: unknown): string =>
    JSON.stringify({
      dataDir: '/d',
      secretFile: '/s',
      nodes: [{ name: 'n1', command: 'x', clientUrl: 'http://127.0.0.1:2379', dataDir: '/d/n1', logFile: '/d/n1.log' }],
      pages,
    });

  it('takes webhooks and commands', () => {
    const pages = [{ webhook: 'https://pager.example/x' }, { command: ['/usr/bin/page', '--now'] }];
    expect(parseAgentConfig(config(pages)).pages).toEqual(pages);
  });

  it.each([
    [[{ webhook: 'ftp://x' }], /pages\[0\]\.webhook is "ftp:\/\/x": expected http/],
    [[{ command: [] }], /pages\[0\]\.command is empty/],
    [[{}], /pages\[0\]\.command is not a list/],
    ['x', /pages is not a list/],
  ])('refuses %j, and says what it should be', (pages, text) => {
    expect(() => parseAgentConfig(config(pages))).toThrow(text);
  });
});
