// Processes of a soak, each of which makes one run at a time: the soak's own script, started once more as a worker.
import { fork } from 'node:child_process';

/** Most of what a run allocates dies young: a larger nursery makes a seed a tenth faster. */
const WORKER_OPTIONS = ['--max-semi-space-size=32'];
const VARIABLE = 'REKNIT_SOAK_WORKER';

export const isWorker = () => process.env[VARIABLE] !== undefined;

export class Workers {
  #all = [];
  #idle = [];

  /** @param script that answers each message with one */
  constructor(script, count) {
    this.#all = Array.from({ length: count }, () =>
      fork(script, process.argv.slice(2), { env: { ...process.env, [VARIABLE]: '1' }, execArgv: WORKER_OPTIONS }),
    );
    this.#idle = [...this.#all];
  }

  /** There is always an idle one: the frame asks for no more rounds at once than there are workers. */
  run(run) {
    const worker = this.#idle.pop();
    if (worker === undefined) throw new Error('no worker is left: all have ended');
    return new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`the process of ${JSON.stringify(run)} ended with ${code}`));
      worker.once('exit', ended);
      worker.once('message', (result) => {
        worker.removeListener('exit', ended);
        this.#idle.push(worker);
        resolve(result);
      });
      worker.send(run);
    });
  }

  close() {
    for (const worker of this.#all) if (worker.connected) worker.disconnect();
  }
}
