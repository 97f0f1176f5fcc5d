// node main.mjs: three web servers under `reknit up`, clients that count what fails, and three faults, one after the other. Tells
// the story, and ends with 0 if each fault was named and mended, and no request failed but those under way.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Clients, get } from './client.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const REKNIT = fileURLToPath(new URL('../bin/reknit.mjs', import.meta.resolve('reknit')));
const WORKERS = 4;
/** A fault is mended within seconds; a machine with other work may need longer. */
const MENDED_WITHIN_MS = 60_000;

const FAULTS = [
  { subject: 'web-1', what: 'is killed', verdicts: ['crash'], make: ({ pid }) => process.kill(pid, 'SIGKILL') },
  { subject: 'web-2', what: 'hangs', verdicts: ['hang', 'unhealthy'], make: ({ address }) => void get(`${address}/hang`) },
  { subject: 'web-3', what: 'leaks', verdicts: ['unhealthy'], make: ({ address }) => get(`${address}/leak`) },
];

/** Follows `reknit up --json`, line by line. */
class Reknit {
  #child;
  #waiting = new Set();

  constructor(dataDir) {
    this.#child = spawn(process.execPath, [REKNIT, 'up', '-f', 'reknit.yaml', '--data', dataDir, '--json'], {
      cwd: HERE,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const said = JSON.parse(line);
      for (const each of [...this.#waiting]) each(said);
    });
  }

  /** The next line for which `pick` gives something. */
  said(pick) {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(listen);
        this.#child.off('exit', gone);
      };
      const listen = (said) => {
        const picked = pick(said);
        if (picked === undefined) return;
        end();
        resolve(picked);
      };
      const gone = () => {
        end();
        reject(new Error('reknit has ended'));
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`not within ${MENDED_WITHIN_MS / 1000} s`));
      }, MENDED_WITHIN_MS);
      this.#waiting.add(listen);
      this.#child.once('exit', gone);
    });
  }

  stop() {
    return new Promise((resolve) => {
      if (this.#child.exitCode !== null) return resolve();
      this.#child.once('exit', resolve);
      this.#child.kill('SIGINT');
    });
  }
}

const resolvedOf = (subject) => (said) => {
  const about = said.kind === 'event' && said.event.subject === subject ? said.event.about : undefined;
  return about?.kind === 'phase' && ['resolved', 'escalated'].includes(about.phase) ? about.incident : undefined;
};

async function exercise(reknit, clients, instances, { subject, what, verdicts, make }) {
  const failedBefore = clients.failed;
  const mended = reknit.said(resolvedOf(subject));
  const from = performance.now();
  console.log(`\n${subject} ${what}`);
  await make(instances.find(({ name }) => name === subject));
  const { diagnosis, runs, phase } = await mended;
  const failed = clients.failed - failedBefore;
  const { verdict } = diagnosis;
  console.log(`  diagnosed  ${verdict}`);
  console.log(`  done       ${runs.map(({ action }) => action).join(', ')}`);
  console.log(`  ${phase.kind.padEnd(9)}  after ${((performance.now() - from) / 1000).toFixed(1)} s, soak included`);
  console.log(`  clients    ${failed} requests failed; ${WORKERS} were under way at a time`);
  return phase.kind === 'resolved' && verdicts.includes(verdict) && failed <= WORKERS;
}

const dataDir = mkdtempSync(join(tmpdir(), 'reknit-processes-'));
const reknit = new Reknit(dataDir);
let clients;
let isRight = true;
try {
  const { instances } = await reknit.said((said) => (said.kind === 'ready' ? said : undefined));
  console.log(`three web servers behind Reknit: ${instances.map(({ name, address }) => `${name} at ${address}`).join(', ')}`);
  clients = new Clients(
    instances.map(({ address }) => address),
    WORKERS,
  );
  for (const fault of FAULTS) isRight = (await exercise(reknit, clients, instances, fault)) && isRight;
} catch (error) {
  isRight = false;
  console.error(error.message);
} finally {
  await clients?.stop();
  await reknit.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
console.log(`\n${clients?.sent ?? 0} requests were sent, ${clients?.failed ?? 0} failed.`);
console.log(isRight ? 'Each fault was named and mended.' : 'Not every fault was named and mended as it should.');
process.exitCode = isRight ? 0 : 1;
