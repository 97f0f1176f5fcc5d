// Since when a component runs as it does, and how it ran before: what a configuration error is known by, and what a roll-back
// goes back to. Kept over the agent's life, because a change comes with a new one.
//
// Surprising: only what has once been ready is worth going back to. A declaration that never ran well is forgotten by the
// next one, so that two mistakes in a row still end at what worked.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ProcessComponent } from './component.js';

/** What decides how the program runs. Ports, probes and policies are left out: a roll-back must not undo them. */
type Way = Pick<ProcessComponent, 'command' | 'cwd' | 'env'>;

interface Kept {
  /** Of the declaration that is in force. */
  readonly declared: string;
  /** Wall-clock milliseconds; absent: it was never seen to change. */
  readonly changedAt?: number;
  /** When its files were last written, as first seen: older writes are no changes. */
  readonly files: Readonly<Record<string, number>>;
  /** The newest way that has been ready. */
  readonly sound?: Way;
  /** The declaration was undone: `sound` runs in its place until it changes again. */
  readonly isRolledBack?: true;
}

export class Changes {
  readonly #component: ProcessComponent;
  readonly #file: string;
  #kept: Kept;

  /** @param now wall-clock milliseconds */
  constructor(component: ProcessComponent, file: string, now: number) {
    this.#component = component;
    this.#file = file;
    const declared = digestOf(wayOf(component));
    const kept = readKept(file);
    if (kept?.declared === declared) {
      this.#kept = kept;
      return;
    }
    const sound = kept?.sound === undefined ? {} : { sound: kept.sound };
    const files = Object.fromEntries(component.config.map((path) => [path, modifiedAt(path)]));
    this.#kept = { declared, files, ...sound, ...(kept === undefined ? {} : { changedAt: now }) };
    this.#write();
  }

  /** As its file says. */
  get declared(): ProcessComponent {
    return this.#component;
  }

  /** As it is to be run now. */
  get component(): ProcessComponent {
    const { isRolledBack, sound } = this.#kept;
    return isRolledBack === true && sound !== undefined ? { ...this.#component, ...sound } : this.#component;
  }

  /** The last change of how it runs, or of a file that it was declared to read. */
  get changedAt(): number | undefined {
    const { changedAt, files } = this.#kept;
    const written = this.#component.config.filter((path) => modifiedAt(path) !== files[path]).map(modifiedAt);
    const moments = changedAt === undefined ? written : [changedAt, ...written];
    return moments.length === 0 ? undefined : Math.max(...moments);
  }

  get canRollBack(): boolean {
    const { sound, isRolledBack, declared } = this.#kept;
    return isRolledBack !== true && sound !== undefined && digestOf(sound) !== declared;
  }

  /** An instance of it is ready: that is how it can run. */
  ready(): void {
    const way = wayOf(this.component);
    if (this.#kept.sound !== undefined && digestOf(this.#kept.sound) === digestOf(way)) return;
    this.#kept = { ...this.#kept, sound: way };
    this.#write();
  }

  /** Idempotent. */
  rollBack(): void {
    this.#kept = { ...this.#kept, isRolledBack: true };
    this.#write();
  }

  #write(): void {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    // An environment may hold secrets.
    writeFileSync(`${this.#file}.new`, `${JSON.stringify(this.#kept)}\n`, { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
}

const wayOf = ({ command, cwd, env }: Way): Way => ({ command, cwd, env });
const digestOf = (way: Way): string =>
  createHash('sha256')
    .update(JSON.stringify(wayOf(way)))
    .digest('hex');

/** 0 while there is none. */
const modifiedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function readKept(file: string): Kept | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    // Written by `#write` alone, whole.
    return typeof value === 'object' && value !== null && 'declared' in value ? (value as Kept) : undefined;
  } catch {
    return undefined;
  }
}
