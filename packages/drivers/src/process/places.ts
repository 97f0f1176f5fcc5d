// Where each instance of one component runs: its port. Home is the port of its number; who is moved takes one that nobody
// has, and keeps it over the agent's end.
//
// A component whose instances may run under several agents would choose among (agent, port) here, and nowhere else.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ProcessComponent, subjectsOf } from './component.js';
import type { Place } from './instantiate.js';

interface Move {
  readonly port: number;
  /** What it was made for: the same order never moves twice. */
  readonly order: string;
}

export class Places {
  readonly #component: ProcessComponent;
  readonly #file: string;
  readonly #ports: Map<string, number> = new Map();
  readonly #moves: Map<string, Move>;

  /** @param file remembers the moves */
  constructor(component: ProcessComponent, file: string) {
    this.#component = component;
    this.#file = file;
    this.#moves = readMoves(file);
    this.#settle();
  }

  of(subject: string): Place {
    return { instance: subjectsOf(this.#component).indexOf(subject) + 1, port: this.#ports.get(subject) };
  }

  /** That nobody of this component has. */
  get free(): readonly number[] {
    const taken = new Set(this.#ports.values());
    return this.#component.ports.filter((port) => !taken.has(port));
  }

  wasMovedFor(subject: string, order: string): boolean {
    return this.#moves.get(subject)?.order === order;
  }

  /** Durable enough when it returns: a lost move is a subject at home. */
  move(subject: string, move: Move): void {
    this.#ports.set(subject, move.port);
    this.#moves.set(subject, move);
    writeMoves(this.#file, this.#moves);
  }

  /** What the file says, as far as the declaration still allows it; everybody else at home, or where there is room. */
  #settle(): void {
    const subjects = subjectsOf(this.#component);
    for (const subject of subjects) this.#take(subject, this.#moves.get(subject)?.port);
    for (const [at, subject] of subjects.entries()) {
      if (!this.#ports.has(subject)) this.#take(subject, this.#component.ports[at]);
      if (!this.#ports.has(subject)) this.#take(subject, this.free[0]);
    }
  }

  #take(subject: string, port: number | undefined): void {
    if (port !== undefined && this.free.includes(port)) this.#ports.set(subject, port);
  }
}

/** Empty where nobody was ever moved, or the file is not one of these. */
function readMoves(file: string): Map<string, Move> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return new Map(Object.entries(value ?? {}).filter((entry): entry is [string, Move] => isMove(entry[1])));
  } catch {
    return new Map();
  }
}

function isMove(value: unknown): value is Move {
  if (typeof value !== 'object' || value === null) return false;
  const { port, order } = value as Readonly<Record<string, unknown>>;
  return typeof port === 'number' && typeof order === 'string';
}

function writeMoves(file: string, moves: ReadonlyMap<string, Move>): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(Object.fromEntries(moves))}\n`);
  renameSync(`${file}.new`, file);
}
