// The output files of all instances: where they are, where the present life began in them, and that they do not grow for ever.
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TailPosition } from '@reknit/recovery';
import type { Clock, Logger, Timer } from '@reknit/runtime';
import type { ProcessInstance } from './instantiate.js';
import { rotate } from './rotate.js';

/** A stat of a file each; a component that writes 100 MB/s overshoots its limit by half a gigabyte. */
const LOOK_EVERY_MS = 5000;

export class Logs {
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #instances: () => readonly ProcessInstance[];
  #timer: Timer | undefined;
  #told = '';

  constructor(directory: string, { clock, log }: { clock: Clock; log: Logger }, instances: () => readonly ProcessInstance[]) {
    this.#directory = directory;
    this.#clock = clock;
    this.#logger = log;
    this.#instances = instances;
    this.#next();
  }

  /** With its directory made. */
  fileOf({ subject, log }: ProcessInstance): string {
    const file = log.file ?? join(this.#directory, `${subject}.log`);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return file;
  }

  end(): void {
    this.#timer?.cancel();
  }

  #next(): void {
    this.#timer = this.#clock.after(LOOK_EVERY_MS, () => {
      for (const instance of this.#instances()) this.#look(instance);
      this.#next();
    });
  }

  #look(instance: ProcessInstance): void {
    try {
      rotate(this.fileOf(instance), instance.log);
      this.#told = '';
    } catch (error) {
      const text = `its log cannot be set aside: ${error instanceof Error ? error.message : String(error)}`;
      if (text !== this.#told) this.#logger.log('warn', text, { subject: instance.subject });
      this.#told = text;
    }
  }
}

/** What is written from now on; undefined while there is no file. */
export function endOf(file: string): TailPosition | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? undefined : { file: found.ino, offset: found.size };
}
