// etcd's own command line, unchanged, watches, locks and elects on a cluster of three real members.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RealCluster } from '../support/real-cluster.js';

const run = promisify(execFile);
const ENVIRONMENT = { ...process.env, ETCDCTL_API: '3' };

/** A command that goes on until it is told to stop, and what it has printed so far. */
class LongCommand {
  readonly #child: ChildProcess;
  #output = '';
  #printed: () => void = () => undefined;

  constructor(endpoints: string, words: readonly string[]) {
    this.#child = spawn('etcdctl', ['--endpoints', endpoints, ...words], { env: ENVIRONMENT });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
        this.#printed();
      });
    }
  }

  get output(): string {
    return this.#output;
  }

  async printed(text: string): Promise<void> {
    while (!this.#output.includes(text)) {
      await new Promise<void>((resolve, reject) => {
        this.#printed = resolve;
        if (this.#child.exitCode !== null) reject(new Error(`ended without ${text}: ${this.#output}`));
      });
    }
  }

  type(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }

  /** As Ctrl-C; resolves when it has ended. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    await exit;
  }
}

describe('etcdctl', () => {
  let cluster: RealCluster;
  const commands: LongCommand[] = [];

  beforeAll(async () => {
    cluster = await RealCluster.start(3);
  });

  afterEach(async () => {
    await Promise.all(commands.splice(0).map((command) => command.stop()));
  });

  afterAll(async () => {
    await cluster.stop();
  });

  const etcdctl = async (...words: string[]): Promise<string> => {
    const { stdout } = await run('etcdctl', ['--endpoints', cluster.endpoints, ...words], { env: ENVIRONMENT, timeout: 20_000 });
    return stdout;
  };
  const begin = (...words: string[]): LongCommand => {
    const command = new LongCommand(cluster.endpoints, words);
    commands.push(command);
    return command;
  };
  const revisionOf = async (...words: string[]): Promise<number> => {
    const answer = JSON.parse(await etcdctl(...words, '-w', 'json')) as { readonly header: { readonly revision: number } };
    return answer.header.revision;
  };

  it('watches from a past revision on, with what was before, and goes on live', async () => {
    const from = await revisionOf('put', 'w', 'one');
    await etcdctl('put', 'w', 'two');
    const watch = begin('watch', 'w', '--prev-kv', '--rev', String(from));
    await watch.printed('two\n');
    await etcdctl('del', 'w');
    await watch.printed('DELETE\n');
    await etcdctl('put', 'w', 'three');
    await watch.printed('three\n');
    // Of each event: its kind, the previous key and value, the key and value.
    expect(watch.output.replaceAll(/\n+/g, ' ').trim()).toBe('PUT w one PUT w one w two DELETE w two w PUT w three');
  });

  it('watches a prefix, and a range of one stream of several watchers', async () => {
    const from = await revisionOf('put', 'p/0', 'zero');
    const prefix = begin('watch', '--prefix', 'p/', '--rev', String(from));
    const several = begin('watch', '-i');
    several.type(`watch p/1 p/3 --rev ${from}`);
    several.type(`watch q --rev ${from}`);
    for (const key of ['p/1', 'p/2', 'p/3', 'q']) await etcdctl('put', key, `value of ${key}`);
    await prefix.printed('value of p/3\n');
    await several.printed('value of q\n');
    await several.printed('value of p/2\n');
    expect(prefix.output).not.toContain('value of q');
    expect(several.output).not.toContain('value of p/3');
    several.type('progress');
    await several.printed(`progress notify: ${from + 4}\n`);
  });

  it('is told that what it asks for is compacted', async () => {
    const from = await revisionOf('put', 'c', '1');
    const now = await revisionOf('put', 'c', '2');
    await etcdctl('compaction', String(now));
    const watch = begin('watch', 'c', '--rev', String(from));
    await watch.printed('required revision has been compacted');
  });

  it('goes on watching without a gap when the member that it asks is killed', async () => {
    const from = await revisionOf('put', 'k', '0');
    const watch = begin('watch', 'k', '--rev', String(from));
    await watch.printed('k\n0\n');
    for (const [at, node] of cluster.nodes.entries()) {
      await cluster.kill(node);
      await etcdctl('put', 'k', `after ${at}`);
      await cluster.startNode(node);
    }
    await watch.printed('after 2\n');
    expect(watch.output).toBe('PUT\nk\n0\nPUT\nk\nafter 0\nPUT\nk\nafter 1\nPUT\nk\nafter 2\n');
  });

  it('gives a lock to one after the other', async () => {
    const first = begin('lock', 'l');
    await first.printed('l/');
    const second = begin('lock', 'l');
    await first.stop();
    await second.printed('l/');
    await second.stop();
    expect(await etcdctl('lock', 'l', 'echo', 'held')).toContain('held\n');
  });

  it('elects one after the other, and shows who leads', async () => {
    const first = begin('elect', 'e', 'one');
    await first.printed('one\n');
    const listener = begin('elect', '--listen', 'e');
    await listener.printed('one\n');
    const second = begin('elect', 'e', 'two');
    await first.stop();
    await second.printed('two\n');
    await listener.printed('two\n');
    expect(listener.output).toMatch(/^e\/[0-9a-f]+\none\ne\/[0-9a-f]+\ntwo\n$/);
  });
});
