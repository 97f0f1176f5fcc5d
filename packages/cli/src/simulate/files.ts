// The files that a simulation leaves: the trace, an event a line, and the page of a run.
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { Recording, replayCommand, runPage, runSimulation, type SimulationOptions } from '@reknit/simulator';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';

const TRACE_LINES_PER_WRITE = 1000;

export class TraceFile {
  readonly #file: number;
  #lines: string[] = [];

  /** Throws CliError. */
  constructor(path: string) {
    this.#file = creating('trace', () => openSync(path, 'w'));
  }

  readonly event = (time: number, machine: string, kind: string, detail: number): void => {
    this.#lines.push(`${time} ${machine} ${kind} ${detail}`);
    if (this.#lines.length >= TRACE_LINES_PER_WRITE) this.#flush();
  };

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    if (this.#lines.length > 0) writeSync(this.#file, `${this.#lines.join('\n')}\n`);
    this.#lines = [];
  }
}

/** Runs it once more, and shows what it sees. Throws CliError. */
export function writePage(path: string, options: SimulationOptions): void {
  const recording = new Recording();
  const report = runSimulation({ ...options, observer: recording });
  const { seed, ...shape } = options;
  const page = runPage({ report, recording, replay: replayCommand(seed, shape) });
  creating('page', () => writeFileSync(path, page));
}

function creating<T>(what: string, create: () => T): T {
  try {
    return create();
  } catch (error) {
    throw new CliError(`the ${what} cannot be written: ${String(error)}`, 'name a file that can be made', EXIT.usage);
  }
}
